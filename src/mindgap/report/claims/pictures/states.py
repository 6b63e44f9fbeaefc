"""How trainings ended, arm by arm or along a sweep: diverged, hardly moved, or learned."""

from collections.abc import Sequence

import numpy as np

from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLUE, VERMILION, Drawing, note, panels, percent_axis, short
from mindgap.report.numbers import setting
from mindgap.results.arm import ArmRun

_STATES = (("learned", BLUE, ""), ("hardly moved", "#d1d5db", "///"), ("diverged", VERMILION, "xx"))


def draw(tested: TestedClaim, metric: str = "train_loss", moved: float = 0.95) -> Drawing:
    """One panel a task, a bar an arm; of a sweep, a panel a task and arm, and a bar a point."""
    trained = {task: arms for task, arms in tested.runs.items() if tested.view.data.get(task)}
    if not trained:
        return note("No task of this claim trains networks.")
    bars: dict[str, dict[str, list[ArmRun]]]
    if tested.claim.over:
        bars = {
            f"{short(task, 20)}, {short(arm, 20)}": _by_point(runs)
            for task, arms in trained.items()
            for arm, runs in arms.items()
        }
    else:
        bars = {short(task, 30): {short(arm): runs for arm, runs in arms.items()} for task, arms in trained.items()}
    columns = min(len(bars), 3)
    canvas, axes = panels(len(bars), columns=columns, height=2.7)
    for number, (panel, (title, own)) in enumerate(zip(axes, bars.items(), strict=True)):
        table = np.array([_shares(runs, metric, moved) for runs in own.values()])
        bottom = np.zeros(len(own))
        for shares, (name, colour, hatch) in zip(table.T, _STATES, strict=True):
            panel.bar(range(len(own)), shares, 0.7, bottom, color=colour, hatch=hatch, ec="white", lw=0, label=name)
            bottom = bottom + shares
        panel.set_xticks(range(len(own)), list(own))
        panel.set_title(title)
        panel.set_xlabel(" and ".join(name.replace("_", " ") for name in tested.claim.over))
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
    )


def _by_point(runs: Sequence[ArmRun]) -> dict[str, list[ArmRun]]:
    found: dict[str, list[ArmRun]] = {}
    for run in runs:
        found.setdefault(", ".join(map(setting, run.point.values())), []).append(run)
    return found


def _shares(runs: Sequence[ArmRun], metric: str, moved: float) -> list[float]:
    """Of the states, in their order."""
    ended = [_state(run, metric, moved) for run in runs]
    return [ended.count(name) / len(ended) for name, _, _ in _STATES]


def _state(run: ArmRun, metric: str, moved: float) -> str:
    first, last = run.history[metric][0], run.history[metric][-1]
    if run.status == "diverged" or first is None or last is None:
        return "diverged"
    return "hardly moved" if last >= moved * first else "learned"
