"""Each optimiser's path down a ravine, and the height along it."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse

from mindgap.report.claims.simulated import simulated
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, LEVELS, Drawing, log_axis, note, panels, short

_STYLES = ("-", "--", "-.", ":")


def draw(tested: TestedClaim, steps: int) -> Drawing:
    """One panel an arm, of the first replicate of the first ravine; below, the loss by step."""
    tasks = simulated(tested, "ravine")
    if not tasks:
        return note("No task of this claim is a ravine.")
    (task, settings), *_ = tasks.items()
    runs = {arm: tested.runs[task][arm][0] for arm in settings}
    paths = {arm: np.array(run.history["place"][: steps + 1], float) for arm, run in runs.items()}
    losses = {arm: np.array(run.history["train_loss"][: steps + 1], float) for arm, run in runs.items()}
    steepness = {arm: run.history["steepness"][0] for arm, run in runs.items()}
    widest = np.max([_extent(path, steepness[arm]) for arm, path in paths.items()], axis=0)
    canvas, axes = panels(len(runs) + 1, columns=1, height=1.8)
    *above, below = axes
    for place, (panel, (arm, path)) in enumerate(zip(above, paths.items(), strict=True)):
        colour = LEVELS[place % len(LEVELS)]
        _ravine(panel, steepness[arm], path[0])
        panel.plot(*path.T, "-o", color=colour, lw=1.1, ms=2.5, zorder=3)
        panel.plot(*path[0], "o", ms=7, mfc="white", mec=BLACK, zorder=4)
        panel.set_title(short(arm, 24))
        panel.set_aspect("equal")
        panel.set_xlim(-1.1 * widest[0], 1.1 * widest[0])
        panel.set_ylim(-1.15 * widest[1], 1.15 * widest[1])
        panel.set_ylabel("across, w₂")
        panel.tick_params(labelbottom=panel is above[-1])
        below.plot(losses[arm], _STYLES[place % len(_STYLES)], color=colour, lw=1.8, label=short(arm, 24))
    above[-1].set_xlabel("along, w₁")
    log_axis(below)
    below.minorticks_off()
    below.set_xlabel("step")
    below.set_ylabel("loss")
    handles, labels = below.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 4))
    return Drawing(
        canvas,
        f"The first {steps} steps of each arm down the same {short(task, 30)}, from the ring to the star, its lowest "
        "point, in the first replicate. Grey ellipses are lines of equal height; a dot is a step. Below, how high each "
        "arm is after every step.",
        table=table_of(
            ("task", "arm", "steepness", "step", "w_1", "w_2", "loss"),
            (
                (task, arm, steepness[arm], step, *place, loss)
                for arm, path in paths.items()
                for step, (place, loss) in enumerate(zip(path, losses[arm], strict=True))
            ),
        ),
    )


def _extent(path: np.ndarray, steepness: float) -> np.ndarray:
    """How far a path goes along and across, but no farther than a little beyond the line of its start's height."""
    height = path[0, 0] ** 2 + steepness * path[0, 1] ** 2
    found: np.ndarray = np.minimum(np.nanmax(np.abs(path), axis=0), 1.2 * np.sqrt([height, height / steepness]))
    return found


def _ravine(panel: Axes, steepness: float, start: np.ndarray) -> None:
    """Lines of equal height, w_1^2 + steepness w_2^2 = 2 f: ellipses; the highest goes through the start."""
    height = float(start[0] ** 2 + steepness * start[1] ** 2)
    for share in (1.0, 0.6, 0.3, 0.1, 0.02):
        size = 2 * np.sqrt(share * height)
        panel.add_patch(Ellipse((0, 0), size, size / np.sqrt(steepness), fill=False, ec="#b4bbc5", lw=0.9, zorder=1))
    panel.plot(0, 0, "*", ms=10, color=BLACK, zorder=5)
    panel.grid(visible=False)
