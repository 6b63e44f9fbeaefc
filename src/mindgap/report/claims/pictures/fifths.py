"""A share in each fifth of the rows, from those whose sampled answers spread least to those that spread most."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import FixedFormatter, FixedLocator

from mindgap.report.claims.tables import table_of_bands
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import LEVELS, Drawing, note, panels, percent_axis, short
from mindgap.results.arm import ArmRun

_MARKERS = ("o", "s", "^", "D", "v", "P")


def draw(tested: TestedClaim, metric: str) -> Drawing:
    """One panel a task, a line an arm: the median over replicates, and where half of them lie."""
    tasks = {task: {arm: _fifths(runs, metric) for arm, runs in arms.items()} for task, arms in tested.runs.items()}
    tasks = {task: arms for task, arms in tasks.items() if any(len(rows) for rows in arms.values())}
    if not tasks:
        return note(f"No training of this claim has {metric.replace('_', ' ')}.")
    lines = {}
    canvas, axes = panels(len(tasks), columns=min(len(tasks), 3), height=2.9)
    for panel, (task, arms) in zip(axes, tasks.items(), strict=True):
        for place, (arm, rows) in enumerate(arms.items()):
            if not len(rows):
                continue
            colour, x = LEVELS[place % len(LEVELS)], np.arange(1, rows.shape[1] + 1)
            band = np.quantile(rows, (0.25, 0.5, 0.75), axis=0)
            low, middle, high = band
            lines[task, arm] = x, band
            panel.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
            panel.plot(x, middle, f"-{_MARKERS[place % len(_MARKERS)]}", color=colour, lw=2, label=short(arm, 24))
        panel.set_title(short(task, 30))
        panel.set_xlabel("fifth of the rows, by spread")
        panel.xaxis.set_major_locator(FixedLocator([1, 2, 3, 4, 5]))
        panel.xaxis.set_major_formatter(FixedFormatter(["least", "2", "3", "4", "most"]))
        panel.set_ylim(bottom=0)
        percent_axis(panel)
    axes[0].set_ylabel("wrong answers, % of the rows")
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Drawing(
        canvas,
        "The validation rows in five equal parts, by how far a row's answers spread when dropout goes on in use, and "
        "how many of each part are answered wrongly. Lines are medians over the replicates, of which half lie in the "
        "band. A line that rises says that the network errs where it is unsure.",
        table=table_of_bands(metric, "fifth", lines),
    )


def _fifths(runs: Sequence[ArmRun], metric: str) -> npt.NDArray[np.float64]:
    """A row of five a training that did not diverge."""
    rows = [run.history[metric][0] for run in runs if metric in run.history]
    return np.array([row for row in rows if row is not None], np.float64)
