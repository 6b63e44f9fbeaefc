"""The measure of every replicate, arm by arm, task by task; what was not reached is an open dot."""

import numpy as np
from matplotlib.axes import Axes

from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, GREY, LEVELS, Drawing, log_axis, panels, short
from mindgap.results.judgement import Judged


def draw(tested: TestedClaim, prediction: int = 0) -> Drawing:
    """A dot a replicate; lines join those of the same split, initialisation and order."""
    tasks = tested.judgement.tasks
    canvas, axes = panels(len(tasks), columns=min(len(tasks), 3), height=2.9)
    open_ended = False
    for panel, (task, found) in zip(axes, tasks.items(), strict=True):
        open_ended |= _dots(panel, list(tested.claim.arms), found.predictions[prediction])
        panel.set_title(f"{short(task, 30)}: {found.verdict}")
    axes[0].set_ylabel(next(iter(tasks.values())).predictions[prediction].measure)
    text = "Each dot is a replicate; grey lines join those of the same split and draws; bars are medians."
    return Drawing(
        canvas,
        f"{text} Open dots were not reached within all epochs; what diverged is not drawn." if open_ended else text,
    )


def _dots(panel: Axes, names: list[str], judged: Judged) -> bool:
    """Whether any of the dots stands for what was not reached."""
    known = np.array([[np.nan if low is None else low for low, _ in judged.values[name]] for name in names])
    reached = np.array([[high is not None for _, high in judged.values[name]] for name in names])
    panel.plot(range(len(names)), known, color="#d6dae0", lw=0.6, zorder=1)
    for place in range(len(names)):
        colour = LEVELS[place % len(LEVELS)]
        beside = place + 0.08 * np.sin(np.arange(known.shape[1]) * 2.4)  # so that equal values are seen
        for mask, face in ((reached[place], colour), (~reached[place], "white")):
            panel.plot(beside[mask], known[place][mask], "o", ms=5, mfc=face, mec=colour, alpha=0.8, zorder=3)
        panel.plot([place - 0.25, place + 0.25], [np.nanmedian(known[place])] * 2, color=BLACK, lw=2, zorder=4)
    panel.set_xticks(range(len(names)), [short(name) for name in names])
    panel.set_xlim(-0.5, len(names) - 0.5)
    panel.grid(axis="x", visible=False)
    if np.nanmin(known) > 0 and np.nanmax(known) > 10 * np.nanmin(known):
        log_axis(panel)
    panel.tick_params(colors=GREY)
    return not reached.all()
