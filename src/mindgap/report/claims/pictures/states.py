"""How trainings ended, arm by arm or along a sweep: diverged, hardly moved, or learned."""

from collections.abc import Sequence

import numpy as np

from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLUE, VERMILION, Drawing, note, panels, percent_axis, short
from mindgap.report.numbers import setting
from mindgap.results.arm import ArmRun

_STATES = (("learned", BLUE, ""), ("hardly moved", "#d1d5db", "///"), ("diverged", VERMILION, "xx"))


def draw(tested: TestedClaim, metric: str, moved: float) -> Drawing:
    """One panel a task, a bar an arm; of a sweep, a panel a task and arm, and a bar a point."""
    trained = {task: arms for task, arms in tested.runs.items() if tested.view.data.get(task)}
    if not trained:
        return note("No task of this claim trains networks.")
    over = tested.claim.over
    ended = [
        (task, arm, point, _shares([run for run in runs if not over or run.point == point], metric, moved))
        for task, arms in trained.items()
        for arm, runs in arms.items()
        for point in tested.claim.points
    ]
    bars: dict[tuple[str, ...], list[tuple[str, list[float]]]] = {}
    for task, arm, point, shares in ended:
        name = ", ".join(map(setting, point.values())) if over else short(arm)
        bars.setdefault((task, arm) if over else (task,), []).append((name, shares))
    columns = min(len(bars), 3)
    canvas, axes = panels(len(bars), columns=columns, height=2.7)
    for number, (panel, (names, own)) in enumerate(zip(axes, bars.items(), strict=True)):
        table = np.array([shares for _, shares in own])
        bottom = np.zeros(len(own))
        for shares, (name, colour, hatch) in zip(table.T, _STATES, strict=True):
            panel.bar(range(len(own)), shares, 0.7, bottom, color=colour, hatch=hatch, ec="white", lw=0, label=name)
            bottom = bottom + shares
        panel.set_xticks(range(len(own)), [name for name, _ in own])
        panel.set_title(", ".join(short(name, 20 if over else 30) for name in names))
        panel.set_xlabel(" and ".join(name.replace("_", " ") for name in over))
        panel.set_ylim(0, 1)
        panel.grid(axis="x", visible=False)
        percent_axis(panel)
        if number % columns == 0:
            panel.set_ylabel("% of trainings")
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return Drawing(
        canvas,
        f"How the trainings of all replicates ended: as no number or above their limit (diverged), with a "
        f"{metric.replace('train_', 'training ').replace('_', ' ')} of at least {100 * moved:g} % of the first (hardly "
        "moved), or below that (learned).",
        table=table_of(
            ("task", "arm", *over, *(name for name, _, _ in _STATES)),
            ((task, arm, *point.values(), *shares) for task, arm, point, shares in ended),
        ),
    )


def _shares(runs: Sequence[ArmRun], metric: str, moved: float) -> list[float]:
    """Of the states, in their order."""
    ended = [_state(run, metric, moved) for run in runs]
    return [ended.count(name) / len(ended) for name, _, _ in _STATES]


def _state(run: ArmRun, metric: str, moved: float) -> str:
    first, last = run.history[metric][0], run.history[metric][-1]
    if run.status == "diverged" or first is None or last is None:
        return "diverged"
    return "hardly moved" if last >= moved * first else "learned"
