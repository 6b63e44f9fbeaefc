"""The best score one may expect of a search, against the number of its trials."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from mindgap.figures.scores import axis_label, distance, score_axis
from mindgap.figures.style import LEVELS, Drawing, note, panels, short
from mindgap.study_files import StudyFiles


def draw(study: StudyFiles) -> Drawing:
    """One curve a level; flat where more trials of the same search would hardly help."""
    curves = {name: level.summary["expected_best"] for name, level in study.levels.items()}
    curves = {name: curve for name, curve in curves.items() if curve}
    if not curves:
        return note("This study has no search, so there is no number of trials to judge.")
    canvas, (panel,) = panels(1, columns=1, height=2.9)
    rows = study.dataset["rows"]["val"]
    everything = distance([value for curve in curves.values() for value in curve], study.objective, rows)
    score_axis(panel, everything, study.objective)
    longest = max(len(curve) for curve in curves.values())
    for place, (name, colour) in enumerate(zip(study.levels, LEVELS * len(study.levels), strict=False)):
        if name not in curves:
            continue
        heights = distance(curves[name], study.objective, rows)
        counts = np.arange(1, len(heights) + 1)
        panel.plot(counts, heights, color=colour, lw=2.2, solid_joinstyle="round", zorder=3 + place)
        panel.plot(counts[-1], heights[-1], "o", color=colour, ms=5, clip_on=False, zorder=9)
        panel.annotate(
            short(name, 24),
            (counts[-1], heights[-1]),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontweight="bold",
            annotation_clip=False,
        )
    panel.set_xlim(1, max(longest, 2))
    panel.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    panel.set_xlabel("number of trials")
    panel.set_ylabel(axis_label(study.objective))
    return Drawing(canvas, _CAPTION)


_CAPTION = (
    "The expected best validation score of a search with so many trials, estimated without bias from the trials that "
    "were made. Where a curve is flat, more trials of the same search would hardly help; where it still climbs, they "
    "would."
)
