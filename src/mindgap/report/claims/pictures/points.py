"""The trials of arms that are searches: where they lie in the space, and what they reached."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator

from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.claims.trials import SearchedArm, best_of, searched, value_of
from mindgap.report.drawing.style import (
    BLACK,
    GREY,
    LEVELS,
    WIDTH,
    Drawing,
    Table,
    metric_axis,
    note,
    number_axis,
    panels,
    short,
)
from mindgap.report.numbers import power
from mindgap.report.shown import shown
from mindgap.results.arm import ArmRun

_MARKERS = ("o", "^", "s", "D", "v", "P")


def draw(tested: TestedClaim, params: Sequence[str], metric: str, task: str | None) -> Drawing:
    """Of one param, a panel a task; of two, a panel an arm on one task, the first unless `task` names another, and
    above it the same trials seen along the first param alone.

    Trials are those of the first replicate.
    """
    tasks = {name: arms for name, arms in searched(tested).items() if task in (None, name)}
    tasks = {
        name: {arm: own for arm, own in arms.items() if all(param in own.space for param in params)}
        for name, arms in tasks.items()
    }
    tasks = {name: arms for name, arms in tasks.items() if arms}
    if not tasks:
        return note(f"No arm of this claim is a search over {' and '.join(params)}.")
    if len(params) == 1:
        return _one(tasks, params[0], metric)
    name, arms = next(iter(tasks.items()))
    return _two(name, arms, (params[0], params[1]), metric)


def _one(tasks: dict[str, dict[str, SearchedArm]], param: str, metric: str) -> Drawing:
    canvas, axes = panels(len(tasks), columns=min(len(tasks), 3), height=3.1)
    for panel, (task, arms) in zip(axes, tasks.items(), strict=True):
        _scale(panel, param, [*arms.values()])
        for place, (arm, found) in enumerate(arms.items()):
            colour, marker = LEVELS[place % len(LEVELS)], _MARKERS[place % len(_MARKERS)]
            panel.axvspan(*_ends(found, param), color=colour, alpha=0.07, lw=0)
            height, across = 1.03 + 0.035 * place, panel.get_xaxis_transform()
            panel.plot(_ends(found, param), [height] * 2, "|-", color=colour, lw=2, ms=6, mew=2, transform=across,
                       clip_on=False)  # fmt: skip
            _dots(panel, found.first, param, metric, colour, marker, short(arm, 24))
        _bottom(panel, [run for found in arms.values() for run in found.first], param, metric)
        panel.set_title(short(task, 30), pad=6 + 9 * len(arms))
        panel.set_xlabel(param.replace("_", " "))
        metric_axis(panel, shown(metric))
    axes[0].set_ylabel(f"validation {shown(metric).name}")
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Drawing(
        canvas,
        "Each mark is a trial of the first replicate; the best of each search has a black edge. Shades, and brackets "
        "above, are the ranges that were searched." + _lost(tasks, metric),
        table=_table(tasks, (param,), metric),
    )


def _table(tasks: dict[str, dict[str, SearchedArm]], params: Sequence[str], metric: str) -> Table:
    return table_of(
        ("task", "arm", "level", *params, metric),
        (
            (task, arm, run.level, *(run.point[param] for param in params), value_of(run, metric))
            for task, arms in tasks.items()
            for arm, found in arms.items()
            for run in found.first
        ),
    )


def _dots(panel: Axes, trials: Sequence[ArmRun], param: str, metric: str, colour: str, marker: str, label: str) -> None:
    there = [(run.point[param], value) for run in trials if (value := value_of(run, metric)) is not None]
    if not there:
        return
    dots: dict[str, Any] = {"ls": "", "ms": 5, "color": colour, "mec": "none", "alpha": 0.8, "label": label}
    panel.plot(*zip(*there, strict=True), marker, zorder=3, **dots)
    if best := best_of(trials, metric):
        panel.plot(best[0].point[param], best[1], marker, ms=8, color=colour, mec=BLACK, mew=1.5, zorder=5)


def _two(task: str, arms: dict[str, SearchedArm], params: tuple[str, str], metric: str) -> Drawing:
    first, second = params
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.05, wspace=0.03, hspace=0.03)
    canvas = Canvas(figsize=(WIDTH, 3.7), layout=layout)
    grid = canvas.add_gridspec(2, len(arms), height_ratios=[1, 1.6])
    colours = matplotlib.colormaps["viridis"].resampled(8)
    values = [value for own in arms.values() for run in own.first if (value := value_of(run, metric)) is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)
    margin, norm = 0.12 * (high - low) or 0.05, Normalize(low, high)
    levels: list[str] = []
    for column, (arm, found) in enumerate(arms.items()):
        above, below = (canvas.add_subplot(grid[row, column]) for row in (0, 1))
        for panel in (above, below):
            _scale(panel, first, [*arms.values()])
            panel.tick_params(labelleft=not column)
        _scale(below, second, [*arms.values()], "y")
        above.set_ylim(low - margin, high + margin)
        above.tick_params(labelbottom=False)
        metric_axis(above, shown(metric))
        above.set_title(f"{short(task, 20)}: {short(arm, 20)}")
        below.set_xlabel(first.replace("_", " "))
        if not column:
            above.set_ylabel(shown(metric).name)
            below.set_ylabel(second.replace("_", " "))
        levels = max(levels, _draw_pair(above, below, found, params, metric, colours, norm), key=len)
    bar = canvas.colorbar(ScalarMappable(norm, colours), ax=canvas.axes, aspect=25, pad=0.02)
    number_axis(bar.ax.yaxis, shown(metric).factor)
    bar.outline.set_visible(False)
    kinds = " Circles are trials of the level {}, triangles those of {}.".format(*levels) if len(levels) == 2 else ""
    if len(levels) > 2:
        kinds = " Circles are trials of the first level or round, other marks those of later ones."
    return Drawing(
        canvas,
        f"Each mark is a trial of the first replicate, coloured by its validation {shown(metric).name}: below, where "
        f"it lies, and above, what it reached, seen along the {first.replace('_', ' ')} alone. Rings are the "
        f"best; ticks along the left and bottom show how many different values each param was tried at.{kinds}"
        + _lost({task: arms}, metric),
        table=_table({task: arms}, params, metric),
    )


def _draw_pair(
    above: Axes,
    below: Axes,
    found: SearchedArm,
    params: tuple[str, str],
    metric: str,
    colours: Colormap,
    norm: Normalize,
) -> list[str]:
    """The levels whose trials were drawn."""
    first, second = params
    levels = list(dict.fromkeys(str(run.level) for run in found.first))
    for number, level in enumerate(levels):
        own = [(run, value_of(run, metric)) for run in found.first if str(run.level) == level]
        there = [(run.point[first], run.point[second], value) for run, value in own if value is not None]
        if there:
            x, y, values = np.array(there, float).T
            looks: dict[str, Any] = {"c": values, "cmap": colours, "norm": norm, "s": 30, "zorder": 3}
            looks |= {"marker": _MARKERS[number % len(_MARKERS)], "edgecolors": GREY, "linewidths": 0.5}
            above.scatter(x, values, **looks)
            below.scatter(x, y, **looks)
    if best := best_of(found.first, metric):
        around: dict[str, Any] = {"ms": 10, "mfc": "none", "mec": BLACK, "mew": 1.6, "zorder": 5, "clip_on": False}
        above.plot(best[0].point[first], best[1], "o", **around)
        below.plot(best[0].point[first], best[0].point[second], "o", **around)
    lost = [run for run in found.first if value_of(run, metric) is None]
    below.plot([run.point[first] for run in lost], [run.point[second] for run in lost], "x", ms=4, color=GREY, mew=1)
    across, up = (sorted({run.point[name] for run in found.first}) for name in params)
    below.plot(*_ticks(across, 0.05), color=BLACK, lw=1, clip_on=False, transform=below.get_xaxis_transform())
    below.plot(*_ticks(up, 0.03)[::-1], color=BLACK, lw=1, clip_on=False, transform=below.get_yaxis_transform())
    _bottom(above, found.first, first, metric)
    return levels


def _ticks(places: Sequence[float], length: float) -> tuple[list[float], list[float]]:
    """One line that is short ticks inside of an axis, at its places."""
    return [at for place in places for at in (place, place, np.nan)], [0.0, length, np.nan] * len(places)


def _ends(found: SearchedArm, param: str) -> tuple[float, float]:
    ((_, ends),) = found.space[param].items()
    return ends[0], ends[1]


def _scale(panel: Axes, param: str, arms: Sequence[SearchedArm], axis: str = "x") -> None:
    """A log axis if any arm draws the param on one; all that any searches is on it."""
    low, high = min(_ends(own, param)[0] for own in arms), max(_ends(own, param)[1] for own in arms)
    mine = panel.xaxis if axis == "x" else panel.yaxis
    limits = panel.set_xlim if axis == "x" else panel.set_ylim
    points = [run.point[param] for own in arms for run in own.first]
    low, high = min(low, *points), max(high, *points)
    if any("log_uniform" in own.space[param] for own in arms):
        (panel.set_xscale if axis == "x" else panel.set_yscale)("log")
        margin = (high / low) ** 0.05
        limits(low / margin, high * margin)
        mine.set_major_locator(LogLocator(numticks=5))
        mine.set_major_formatter(FuncFormatter(power))
        panel.minorticks_off()
    else:
        limits(low - 0.05 * (high - low), high + 0.05 * (high - low))


def _bottom(panel: Axes, trials: Sequence[ArmRun], param: str, metric: str) -> None:
    """Crosses at the bottom for trials that diverged."""
    lost = [run.point[param] for run in trials if value_of(run, metric) is None]
    if lost:
        panel.plot(lost, [0.04] * len(lost), "x", ms=4, mew=1, color=GREY, transform=panel.get_xaxis_transform())


def _lost(tasks: dict[str, dict[str, SearchedArm]], metric: str) -> str:
    lost = any(value_of(run, metric) is None for arms in tasks.values() for own in arms.values() for run in own.first)
    return " Grey crosses are trials that diverged." if lost else ""
