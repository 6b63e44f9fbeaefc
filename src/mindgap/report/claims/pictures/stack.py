"""Parts that add up, such as bias, variance and noise, stacked arm by arm, and what was measured as a whole."""

from collections.abc import Iterator

import numpy as np

from mindgap.report.claims.simulated import with_entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, BLUE, GREY, ORANGE, PURPLE, SKY, Drawing, note, panels, short
from mindgap.results.arm import ArmRun

_FILLS = ((BLUE, ""), (ORANGE, "///"), ("#d1d5db", ""), (SKY, "..."), (PURPLE, "xx"))


def draw(tested: TestedClaim, parts: list[str], total: str, beside: str | None) -> Drawing:
    """One panel a task whose histories have the parts; each is its mean over replicates, so that they add up."""
    wanted = [*parts, total, *([beside] if beside else [])]
    tasks = with_entries(tested, wanted)
    if not tasks:
        return note(f"No task of this claim has {', '.join(wanted)}.")
    canvas, axes = panels(len(tasks), columns=min(len(tasks), 2), height=3.4)
    rows: list[tuple[object, ...]] = []
    for panel, (task, arms) in zip(axes, tasks.items(), strict=True):
        rows += [(task, arm, *row) for arm, runs in arms.items() for row in _rows(runs, wanted, total)]
        places, height = np.arange(len(arms)), np.zeros(len(arms))
        for part, (colour, hatch) in zip(parts, _FILLS, strict=False):
            found = np.array([np.mean(_last(runs, part)) for runs in arms.values()])
            panel.bar(places, found, 0.55, height, color=colour, hatch=hatch, ec="white", lw=0, label=part, zorder=2)
            height = height + found
        values = [_last(runs, total) for runs in arms.values()]
        for place, own in zip(places, values, strict=True):
            panel.plot([place, place], np.quantile(own, (0.25, 0.75)), color=BLACK, lw=1.6, zorder=4)
        means = [np.mean(own) for own in values]
        panel.plot(places, means, "D", ms=7, color=BLACK, mec="white", zorder=5, label=f"{total}, measured")
        if beside:
            means = [np.mean(_last(runs, beside)) for runs in arms.values()]
            panel.plot(places, means, "--s", ms=5, color=GREY, mfc="white", zorder=4, label=f"{beside} error")
        panel.set_xticks(places, [short(arm) for arm in arms])
        panel.grid(axis="x", visible=False)
        panel.set_ylim(bottom=0)
        panel.set_title(short(task, 30))
    axes[0].set_ylabel("mean squared error")
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    text = (
        f"Bars are means over the replicates, stacked: where they add up to the {total}, a bar ends at its diamond. "
        f"The {total} was measured by itself, on new values; lines through the diamonds hold half of the replicates."
    )
    if beside:
        text += f" Squares: the same of {beside}, that is of the rows that the networks learned."
    columns = ("task", "arm", "part", "mean", "lower quartile", "upper quartile")
    return Drawing(canvas, text, table=table_of(columns, rows))


def _rows(runs: list[ArmRun], wanted: list[str], total: str) -> Iterator[tuple[object, ...]]:
    for name in wanted:
        own = _last(runs, name)
        yield name, own.mean(), *(np.quantile(own, (0.25, 0.75)) if name == total else (np.nan, np.nan))


def _last(runs: list[ArmRun], name: str) -> np.ndarray:
    values = [run.history[name][-1] for run in runs]
    return np.array([value for value in values if value is not None], float)
