"""The curves that networks of each capacity learned from the first sets, over the truth."""

import numpy as np

from mindgap.report.claims.simulated import simulated
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, LEVELS, Drawing, note, panels, short


def draw(tested: TestedClaim) -> Drawing:
    """One panel an arm: its curves in the first replicate, and y = sin(2 pi x)."""
    tasks = simulated(tested, "bias_variance")
    if not tasks:
        return note("No task of this claim draws sets anew.")
    arms = [(task, arm, runs) for task in tasks for arm, runs in tested.runs[task].items()]
    columns = min(len(arms), 4)
    canvas, axes = panels(len(arms), columns=columns, height=2.5)
    rows: list[tuple[object, ...]] = []
    for place, (panel, (task, arm, runs)) in enumerate(zip(axes, arms, strict=True)):
        curves = np.array(runs[0].history["curves"][0])
        x = np.linspace(-1, 1, curves.shape[1])[::4]
        curves, truth = curves[:, ::4], np.sin(2 * np.pi * x)
        for curve in curves:
            panel.plot(x, curve, color=LEVELS[place % len(LEVELS)], lw=1, alpha=0.9)
        panel.plot(x, truth, "--", color=BLACK, lw=1.6, zorder=4)
        panel.set_ylim(-2.2, 2.2)
        panel.set_title(short(arm, 24))
        panel.set_xlabel("x")
        if place % columns:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel("y")
        rows += [
            (task, arm, number, *own)
            for number, curve in enumerate(curves, start=1)
            for own in zip(x, curve, truth, strict=True)
        ]
    return Drawing(
        canvas,
        f"Each coloured line is what a network learned from a set of its own, for {len(curves)} sets of the first "
        "replicate; dashed is the truth. Where all miss it, that is bias; where they part, variance.",
        table=table_of(("task", "arm", "set", "x", "network", "truth"), rows),
    )
