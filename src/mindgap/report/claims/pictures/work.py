"""What a computational graph keeps, arm by arm, and whether its gradient is the same."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from mindgap.report.claims.simulated import with_entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import LEVELS, Drawing, note, panels, short
from mindgap.report.numbers import count, setting, significant
from mindgap.results.arm import ArmRun

_TITLES = {"gates": "gates in the graph", "values": "numbers kept for the way back"}
_HATCHES = ("", "///", "...", "xx", "\\\\\\", "++")


def draw(tested: TestedClaim, counts: tuple[str, ...], equal: str) -> Drawing:
    """One panel a count, a bar an arm, for each point of a sweep; of the first task that has them all."""
    wanted = [*counts, equal]
    tasks = with_entries(tested, wanted)
    if not tasks:
        return note(f"No task of this claim has {', '.join(wanted)}.")
    task, arms = next(iter(tasks.items()))
    points = tested.claim.points
    canvas, axes = panels(len(counts), columns=min(len(counts), 2), height=2.5)
    width = 0.8 / len(arms)
    for panel, name in zip(axes, counts, strict=True):
        for place, (arm, runs) in enumerate(arms.items()):
            values = [_first(runs, point, name) for point in points]
            middles = np.arange(len(points)) + width * (place - (len(arms) - 1) / 2)
            colour, hatch = LEVELS[place % len(LEVELS)], _HATCHES[place % len(_HATCHES)]
            panel.bar(middles, values, 0.8 * width, color=colour, hatch=hatch, ec="white", lw=0, label=short(arm, 24))
            for at, value in zip(middles, values, strict=True):
                panel.annotate(count(value), (at, value), (0, 2), textcoords="offset points", ha="center", fontsize=9)
        panel.set_title(_TITLES.get(name, name.replace("_", " ")))
        panel.margins(x=0.08, y=0.12)
        panel.grid(axis="x", visible=False)
        panel.set_xticks(range(len(points)), [", ".join(map(setting, point.values())) for point in points])
        panel.tick_params(axis="x", length=0)
        panel.set_xlabel(", ".join(name.replace("_", " ") for name in tested.claim.over))
        panel.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        panel.yaxis.set_major_formatter(lambda value, _: count(round(value)))
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Drawing(
        canvas,
        "How much each form of the graph holds for the same loss of the same network. The gradient's component along a "
        f"random direction differs between the arms by at most {significant(_apart(list(arms.values()), equal))} "
        f"times its size, in all of {len({run.replicate for runs in arms.values() for run in runs})} replicates.",
        table=table_of(
            ("task", "arm", *tested.claim.over, *counts),
            (
                (task, arm, *point.values(), *(_first(runs, point, name) for name in counts))
                for arm, runs in arms.items()
                for point in points
            ),
        ),
    )


def _first(runs: list[ArmRun], point: dict[str, object], name: str) -> int:
    found: int = next(run for run in runs if run.point == point).history[name][0]
    return found


def _apart(arms: list[list[ArmRun]], name: str) -> float:
    """The largest difference between arms, relative to the size of the first's value."""
    values = np.array([[run.history[name][0] for run in runs] for runs in arms], float)
    return float(np.max(np.ptp(values, axis=0) / np.abs(values[0])))
