"""The best score one may expect of a search, against the number of its trials."""

from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import MaxNLocator

from mindgap.report.drawing.scores import ScoreAxis
from mindgap.report.drawing.style import LEVELS, Drawing, note, panels, short
from mindgap.report.study import FinishedStudy
from mindgap.results.level import Level

TITLE = "What more trials would bring"


def draw(study: FinishedStudy) -> Drawing:
    """One curve a level; flat where more trials of the same search would hardly help."""
    curves = {name: level.expected_best for name, level in study.levels.items()}
    curves = {name: curve for name, curve in curves.items() if curve}
    if not curves:
        why = "halves its trials or draws them from earlier ones, so that nothing is known of fewer"
        why = why if study.levels else "has no search"
        return note(f"This study {why}: there is no number of trials to judge.")
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
    drawn = {name: level for name, level in study.levels.items() if name in curves}
    return Drawing(canvas, _caption(drawn) + scores.note(everything))


def _caption(levels: Mapping[str, Level]) -> str:
    evenly = [name for name, level in levels.items() if level.sampler != "random"]
    samplers = sorted({levels[name].sampler for name in evenly})
    text = (
        "The best validation score of so many of a level's trials, on average over all ways to pick them; one that "
        "diverged counts as the worst score reached. "
    )
    if len(evenly) < len(levels):
        text += (
            "Where trials are drawn independently, that is an estimate, without bias if none diverged, of what so many "
            "trials reach in the level's ranges, which are taken as they are. "
        )
    if evenly:
        text += (
            f"The trials of {' and '.join(evenly)} are spread evenly ({', '.join(samplers)}), not drawn independently: "
            "a search that spreads fewer may do better or worse than these picked at random. "
        )
    return text + (
        "Where a curve is flat, more trials of the same search would hardly help; where it still climbs, they would."
    )
