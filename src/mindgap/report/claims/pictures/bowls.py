"""Where a penalty moves the least of a bowl of two weights: the lecture's diamond and circle."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Ellipse, Polygon

from mindgap.report.claims.simulated import simulated
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, GREY, LEVELS, Drawing, note, panels, short
from mindgap.results.arm import ArmRun


def draw(tested: TestedClaim) -> Drawing:
    """One panel for each arm with a penalty, of the first replicate; the solutions of all replicates as dots."""
    tasks = simulated(tested, "two_weights")
    if not tasks:
        return note("No task of this claim is a bowl of two weights.")
    (task, settings), *_ = tasks.items()
    colours = {arm: LEVELS[place % len(LEVELS)] for place, arm in enumerate(settings)}
    there = {arm: own["penalty"] for arm, own in settings.items() if own["penalty"] != "none"}
    if not there:
        return note("No arm of this claim has a penalty.")
    canvas, axes = panels(len(there), columns=min(len(there), 2), height=4.0)
    for panel, (arm, penalty) in zip(axes, there.items(), strict=True):
        runs = tested.runs[task][arm]
        _bowl(panel, runs[0], penalty, colours[arm])
        places = np.array([run.history["place"][-1] for run in runs])
        panel.plot(*places[1:].T, "o", ms=5, mfc="none", mec=colours[arm], mew=1.1, zorder=4)
        zeros = sum(run.history["zeros"][-1] > 0 for run in runs)
        panel.set_title(f"{short(arm, 24)}: a weight is 0 in {zeros} of {len(runs)}")
        panel.set_xlabel("w₁")
    axes[0].set_ylabel("w₂")
    return Drawing(
        canvas,
        "Grey ellipses are lines of equal loss around its least (cross), and the coloured line is how far it is from 0 "
        "in terms of the penalty, for the first replicate; the path goes from the cross to where the sum of both is "
        "least (full dot), which is where an ellipse touches that line. Rings are the solutions of all other "
        "replicates, whose bowls differ.",
        table=table_of(
            ("task", "arm", "replicate", "step", "w_1", "w_2", "c_1", "c_2", "a_11", "a_12", "a_22"),
            (
                (task, arm, run.replicate, step, *run.history["place"][step], *run.history["bowl"][step])
                for arm in there
                for number, run in enumerate(tested.runs[task][arm])
                for step in range(len(run.history["place"]))[0 if number == 0 else -1 :]
            ),
        ),
    )


def _bowl(panel: Axes, run: ArmRun, penalty: str, colour: str) -> None:
    """Ellipses (w - c)' A (w - c) = const through the solution and others, and the line of its penalty."""
    one, two, first, mixed, second = run.history["bowl"][0]
    least, path = np.array([one, two]), np.array(run.history["place"])
    found = path[-1]
    stretch, ways = np.linalg.eigh(np.array([[first, mixed], [mixed, second]]))
    apart = (found - least) @ ways
    touching = float(np.sqrt(stretch @ apart**2))
    angle = float(np.degrees(np.arctan2(ways[1, 0], ways[0, 0])))
    for share in (0.33, 0.66, 1.0, 1.5, 2.0):
        width, height = 2 * share * touching / np.sqrt(stretch)
        edge = GREY if share == 1 else "#c3c9d1"
        panel.add_patch(Ellipse((one, two), width, height, angle=angle, fill=False, ec=edge, lw=0.9, zorder=1))
    if penalty == "l1":
        size = np.abs(found).sum()
        corners = [(size, 0), (0, size), (-size, 0), (0, -size)]
        panel.add_patch(Polygon(corners, fc=colour, alpha=0.15, lw=0, zorder=1))
        panel.add_patch(Polygon(corners, fill=False, ec=colour, lw=1.6, zorder=2))
    else:
        size = float(np.linalg.norm(found))
        panel.add_patch(Circle((0, 0), size, fc=colour, alpha=0.15, lw=0, zorder=1))
        panel.add_patch(Circle((0, 0), size, fill=False, ec=colour, lw=1.6, zorder=2))
    panel.plot(*least, "x", ms=8, mew=2, color=BLACK, zorder=5)
    panel.plot(*path.T, "-", color=BLACK, lw=1.2, zorder=3)
    panel.plot(*found, "o", ms=8, color=colour, mec=BLACK, zorder=6)
    for line in (panel.axhline, panel.axvline):
        line(0, color=GREY, lw=0.9, zorder=1)
    panel.grid(visible=False)
    panel.set_aspect("equal")
    panel.set_xlim(-0.75, 1.45)
    panel.set_ylim(-0.9, 0.9)
