"""The best score one may expect of a search, against the number of its trials."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from mindgap.report.drawing.scores import ScoreAxis
from mindgap.report.drawing.style import LEVELS, Drawing, note, panels, short
from mindgap.report.study import FinishedStudy

TITLE = "What more trials would bring"


def draw(study: FinishedStudy) -> Drawing:
    """One curve a level; flat where more trials of the same search would hardly help."""
    curves = {name: level.expected_best for name, level in study.levels.items()}
    curves = {name: curve for name, curve in curves.items() if curve}
    if not curves:
        return note("This study has no search, so there is no number of trials to judge.")
    canvas, (panel,) = panels(1, columns=1, height=3.1)
    scores = ScoreAxis.of(study)
    everything = scores.distance([value for curve in curves.values() for value in curve])
    scores.apply(panel, everything)
    longest = max(len(curve) for curve in curves.values())
    for place, name in enumerate(study.levels):
        if name not in curves:
            continue
        colour = LEVELS[place % len(LEVELS)]
        heights = scores.distance(curves[name])
        counts = np.arange(1, len(heights) + 1)
        panel.plot(
            counts, heights, color=colour, lw=2.2, solid_joinstyle="round", zorder=3 + place, label=short(name, 24)
        )
        panel.plot(counts[-1], heights[-1], "o", color=colour, ms=5, clip_on=False, zorder=9)
    panel.set_xlim(1, max(longest, 2))
    panel.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    panel.set_xlabel("number of trials")
    panel.set_ylabel(scores.label)
    # A label at the end of each curve would lie on another's where searches end at the same score.
    canvas.legend(loc="outside upper left", ncols=len(curves))
    return Drawing(canvas, _CAPTION + scores.note(everything))


_CAPTION = (
    "The expected best validation score of a search with so many trials, estimated without bias from the trials that "
    "were made. Where a curve is flat, more trials of the same search would hardly help; where it still climbs, they "
    "would."
)
