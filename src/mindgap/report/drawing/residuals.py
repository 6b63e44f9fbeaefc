"""Predicted against measured on the test rows, and how the errors are spread."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mindgap.report.drawing.style import BLACK, BLUE, GREY, Drawing, number_axis, panels, short
from mindgap.report.study import FinishedStudy
from mindgap.results.evaluation import Rows, SplitPredictions

MOST = 1000
"""Rows that are drawn; of more, evenly taken ones."""


def draw(study: FinishedStudy, test: SplitPredictions) -> Drawing:
    """A dot a test row as the saved model has it, and a histogram of its errors, in the target's unit."""
    measured, predicted = test.measured, study.said(test.predicted)
    name = "" if study.target is None else short(study.target.name, 32)
    canvas, (cloud, bars) = panels(2, columns=2, height=4.1)
    _cloud(cloud, measured, predicted)
    _bars(bars, predicted - measured)
    cloud.set_xlabel(f"measured {name}")
    cloud.set_ylabel(f"predicted {name}")
    bars.set_xlabel("predicted minus measured")
    bars.set_ylabel("test rows")
    return Drawing(canvas, _caption(len(measured), f"{study.said_by}{' of its fold' if study.folds else ''}"))


def _cloud(panel: Axes, measured: Rows, predicted: Rows) -> None:
    taken = np.linspace(0, len(measured) - 1, min(len(measured), MOST)).astype(int)
    both = np.concatenate([measured[taken], predicted[taken]])
    margin = 0.04 * (both.max() - both.min()) or 0.5
    ends = (both.min() - margin, both.max() + margin)
    panel.plot(ends, ends, color=BLACK, lw=1, zorder=2)
    panel.scatter(measured[taken], predicted[taken], s=14, color=BLUE, alpha=0.4, linewidths=0, zorder=3)
    panel.set(xlim=ends, ylim=ends, aspect="equal", title="Predicted against measured")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        number_axis(axis)


def _bars(panel: Axes, errors: Rows) -> None:
    panel.hist(errors, bins=int(np.clip(np.sqrt(len(errors)), 8, 40)), color=BLUE, edgecolor="white", lw=0.5)
    panel.axvline(0, color=BLACK, lw=1)
    panel.axvline(float(errors.mean()), color=GREY, lw=1.2, ls=(0, (4, 3)), label="mean error")
    panel.set_title("Errors")
    panel.grid(axis="x", visible=False)
    panel.xaxis.set_major_locator(MaxNLocator(5))
    number_axis(panel.xaxis)
    panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    panel.legend(loc="best")


def _caption(rows: int, said_by: str) -> str:
    which = f"{MOST:,} of the {rows:,} test rows, evenly taken" if rows > MOST else f"the {rows:,} test rows"
    return (
        f"Left: each dot is one of {which}, as {said_by} predicts it; one on the line is exact, "
        "one above it too high. Of a noisy target, predictions vary less than what is measured, so the cloud lies "
        f"flatter than the line. Right: how many of all {rows:,} rows are off by how much. A cloud that is bent, or a "
        "mean error (dashed) far from zero, is a pattern that the network has missed."
    )
