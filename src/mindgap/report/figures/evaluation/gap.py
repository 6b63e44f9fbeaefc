"""The metrics of the winner on every split, seed by seed, and the gaps from training to the other splits."""

import numpy as np
from matplotlib.axes import Axes

from mindgap.report.drawing.style import BLACK, GREY, SPLIT_NAMES, SPLITS, Drawing, metric_axis, panels
from mindgap.report.shown import Shown, shown
from mindgap.report.study import FinishedStudy
from mindgap.results.statistic import Statistic
from mindgap.stages.leading import Leading

TITLE = "The gap over seeds"

LONG = 20
"""A name of so many signs has a line of its own."""


def draw(study: FinishedStudy) -> Drawing:
    """A dot a seed, lines join the splits of one seed; mean and interval beside them."""
    canvas, axes = panels(2, columns=2, height=3.5)
    metrics, gap, test_gap = study.evaluation.metrics, study.evaluation.gap, study.evaluation.test_gap
    for panel, name in zip(axes, _two(study.leading), strict=True):
        metric = shown(name)
        _dots(panel, [metrics[split][name] for split in SPLITS], metric)
        for place, split in enumerate(("val", "test")):
            _bracket(panel, place + 0.6, metrics["train"][name].mean, metrics[split][name].mean)
        panel.set_xticks(range(len(SPLITS)), [SPLIT_NAMES[split] for split in SPLITS])
        panel.set_xlim(-0.6, 2.45)
        panel.margins(y=0.12)
        panel.grid(axis="x", visible=False)
        gaps = " and ".join(metric.difference(found[name].mean) for found in (gap, test_gap))
        title, told = f"{metric.title}:", f"gaps {gaps}{metric.difference_unit}"
        panel.set_title((" " if len(title) < LONG else "\n").join([title, told]))
        metric_axis(panel, metric)
    seeds, folds = len(study.evaluation.replicates), len(study.folds)
    one = "fold" if folds else "seed"
    what = f"Each dot is a {one} ({folds or seeds} in all), the diamond their mean"
    what = what if folds or seeds > 1 else "The dot is the one seed"
    others = "other rows" if folds or seeds == 1 else "other seeds and other rows"
    return Drawing(
        canvas,
        f"{what}; grey lines join the splits of a {one}, bars are 95 % intervals, of what {others} would give. A gap "
        "is training minus another split.",
    )


def _dots(panel: Axes, statistics: list[Statistic], metric: Shown) -> None:
    table = np.array([statistic.values for statistic in statistics], dtype=np.float64)
    panel.plot(range(len(table)), table, color="#c4c9d1", lw=0.8, zorder=1)
    for place, (split, statistic) in enumerate(zip(SPLITS, statistics, strict=True)):
        colour = SPLITS[split]
        panel.plot(np.full(table.shape[1], place), table[place], "o", color=colour, ms=6, alpha=0.6, mew=0, zorder=3)
        beside = place + 0.17
        if statistic.low is not None and statistic.high is not None:
            panel.plot([beside, beside], [statistic.low, statistic.high], color=BLACK, lw=1.6, zorder=2)
        panel.plot(beside, statistic.mean, "D", color=colour, ms=6, mec=BLACK, mew=1, zorder=4)


def _bracket(panel: Axes, place: float, train: float, other: float) -> None:
    """The gap as an arrow between the two means."""
    for mean, start in ((train, 0.17), (other, place + 0.57)):
        panel.plot([start, place], [mean, mean], color=GREY, lw=0.9, ls=(0, (2, 2)), zorder=1)
    arrow = {"arrowstyle": "<->", "color": GREY, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    panel.annotate("", (place, other), xytext=(place, train), arrowprops=arrow)


def _two(leading: Leading) -> tuple[str, str]:
    """The headline, and beside it the score; the loss where these are one."""
    return leading.headline, leading.score if leading.score != leading.headline else "loss"
