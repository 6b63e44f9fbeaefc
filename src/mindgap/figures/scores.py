"""An axis for scores that spreads out where they are good."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

Scores = npt.NDArray[np.float64]


def distance(values: list[float], objective: str, rows: int) -> Scores:
    """How far scores are from perfect: the error rate, or the loss; never below `floor`, as it goes on a log axis."""
    scores = np.array(values, dtype=np.float64)
    return np.maximum(1 - scores if objective == "val_accuracy" else scores, floor(objective, rows))


def floor(objective: str, rows: int) -> float:
    """The distance at which a perfect score stands: half an error in `rows` validation rows, or a billionth of a nat."""
    return 0.5 / rows if objective == "val_accuracy" else 1e-9


def score_axis(axes: Axes, distances: Scores, objective: str, rows: int, band: float = 0.0) -> None:
    """Make y a log axis of the distance from perfect, the best on top, labelled with the scores themselves.

    `band` is the share of the axis that stays free under the worst score, without ticks.
    """
    best, worst = np.log10(distances.min()), np.log10(distances.max())
    margin = max(0.08 * (worst - best), 0.05)
    top, bottom = best - margin, worst + margin
    axes.set_yscale("log")
    axes.set_ylim(10.0 ** (bottom + (bottom - top) * band / (1 - band)), 10.0**top)
    perfect = floor(objective, rows)
    ticks, labels = _ticks(10.0**top, 10.0**bottom, objective, perfect, bool(distances.min() <= perfect))
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    axes.yaxis.set_minor_locator(NullLocator())


def axis_label(objective: str) -> str:
    """What stands beside such an axis."""
    return "validation accuracy (%)" if objective == "val_accuracy" else "validation loss"


def floor_note(distances: Scores, objective: str, rows: int) -> str:
    """What a caption says of perfect scores, where there are any: a log axis has no place for them."""
    if objective != "val_accuracy" or distances.min() > floor(objective, rows):
        return ""
    return f" A perfect score (100) stands where half an error in the {rows:,} validation rows would."


def _ticks(low: float, high: float, objective: str, perfect: float, reached: bool) -> tuple[list[float], list[str]]:
    """Ticks from `low` to `high`, with what they say; a perfect accuracy that was reached has one of its own."""
    if objective != "val_accuracy":
        ticks = _round_numbers(low, high)
        return ticks, [f"{tick:.5g}" for tick in ticks]
    # Ticks closer to the perfect one than a fifteenth of the axis would touch its label.
    apart = (high / low) ** (1 / 15) if reached else 1.0
    ticks = _round_numbers(max(low, perfect * apart), min(high, 1.0))
    labels = [f"{100 * (1 - tick):.7g}" for tick in ticks]
    return ([perfect, *ticks], ["100", *labels]) if reached else (ticks, labels)


def _round_numbers(low: float, high: float) -> list[float]:
    """Few over decades, more within one, evenly spaced ones where even these are too few."""
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        numbers = (float(f"{step}e{decade}") for decade in range(-10, 10) for step in steps)
        found = [number for number in numbers if low <= number <= high]
        if len(found) >= 4:
            return found
    return [float(number) for number in MaxNLocator(6).tick_values(low, high) if low <= number <= high]
