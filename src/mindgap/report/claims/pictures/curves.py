"""A metric over the epochs, arm by arm: the median over replicates, and where half of them lie."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.histories import curves
from mindgap.report.drawing.style import LEVELS, Drawing, Table, log_axis, panels, short


def draw(tested: TestedClaim, metric: str = "train_loss", log: bool = True) -> Drawing:
    """One panel a task, one curve an arm; of a sweep, its first value."""
    canvas, axes = panels(len(tested.runs), columns=min(len(tested.runs), 3), height=2.9)
    rows: list[tuple[object, ...]] = []
    for panel, (task, arms) in zip(axes, tested.runs.items(), strict=True):
        for place, (arm, runs) in enumerate(arms.items()):
            table = curves([run for run in runs if run.point == runs[0].point], metric)
            epochs, colour = np.arange(table.shape[1]), LEVELS[place % len(LEVELS)]
            low, middle, high = quartiles = np.nanquantile(table, (0.25, 0.5, 0.75), axis=0)
            rows += [(task, arm, *row) for row in zip(epochs.tolist(), *quartiles.tolist(), strict=True)]
            panel.fill_between(epochs, low, high, color=colour, alpha=0.2, lw=0)
            panel.plot(epochs, middle, color=colour, lw=2, label=short(arm, 24))
        if log:
            log_axis(panel)
        panel.set_title(short(task, 30))
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes[0].set_ylabel(metric.replace("train_", "training ").replace("val_", "validation "))
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Drawing(
        canvas,
        "Lines are medians over the replicates; half of these lie in the shaded bands.",
        table=Table(("task", "arm", "epoch", "lower quartile", "median", "upper quartile"), rows),
    )
