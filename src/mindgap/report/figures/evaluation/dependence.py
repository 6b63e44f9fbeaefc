"""What the networks say as one column goes through its values, in the mean over rows: partial dependence."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from mindgap.report.drawing.style import LEVELS, Drawing, note, number_axis, panels, percent_axis, short
from mindgap.report.study import FinishedStudy
from mindgap.results.reliance import Dependence

TITLE = "What the networks say along a column"

CLASSES = len(LEVELS)
"""Curves of so many classes at most, those that change most."""

NAMES = 12
"""Beneath a panel at most, of more texts every so many-th."""


def draw(study: FinishedStudy) -> Drawing:
    """A panel a column, those that matter most; a line an output, and lines of the seeds behind it."""
    found = study.reliance.dependences
    if not found:
        return note("There is no column to go along.")
    canvas, axes = panels(len(found), columns=min(len(found), 2), height=2.9)
    spread = np.max([np.ptp(np.mean(own.curves, axis=2), axis=1) for own in found], axis=0)
    outputs = [1] if len(spread) == 2 else sorted(np.argsort(-spread, kind="stable")[:CLASSES].tolist())
    for panel, own in zip(axes, found, strict=True):
        _lines(panel, own, outputs, study)
        panel.set_title(short(own.column, 30))
    what = f"mean {short(study.target.name, 20)}" if study.target else "mean probability (%)"
    ends = [panel.get_ylim() for panel in axes]  # one scale, as a small effect is small
    for place, panel in enumerate(axes):
        panel.set_ylim(min(low for low, _ in ends), max(high for _, high in ends))
        panel.set_ylabel("" if place % 2 else what)
    if study.target is None:
        handles, labels = axes[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 4))
    left = f" Of {len(spread)} classes, those are drawn that change most." if len(outputs) < len(spread) > 2 else ""
    return Drawing(
        canvas,
        "All validation rows (500 at most) are given one value of a column, and what the networks say of them is "
        "averaged; strong colours are means over the seeds, faint ones the seeds. Numbers go from the 5 % quantile to "
        "that of 95 %. Where columns belong together, some of the rows that this makes are none that there could be."
        + left,
    )


def _lines(panel: Axes, own: Dependence, outputs: list[int], study: FinishedStudy) -> None:
    curves = np.array(own.curves)
    texts = [value for value in own.values if isinstance(value, str)]
    at = np.arange(len(own.values)) if texts else np.array(own.values, np.float64)
    for place, output in enumerate(outputs):
        colour, mark = LEVELS[place], "o" if texts else "-"
        label = short(study.dataset.classes[output], 20) if study.target is None else None
        panel.plot(at, curves[output], mark, color=colour, lw=0.7, ms=3, alpha=0.4, zorder=2)
        panel.plot(at, curves[output].mean(axis=1), mark, color=colour, lw=2.2, ms=7, label=label, zorder=3)
    if texts:
        every = -(-len(texts) // NAMES)
        names = [short(text, 12) for text in texts[::every]]
        turned: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if len(texts) > 4 else {}
        panel.set_xticks(at[::every], names, **turned)
    else:
        number_axis(panel.xaxis)
    if study.target is None:
        percent_axis(panel)
    else:
        number_axis(panel.yaxis)
