"""An axis for scores that spreads out where they are good."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

Scores = npt.NDArray[np.float64]


def distance(values: list[float], objective: str, rows: int) -> Scores:
    """How far scores are from perfect: the error rate, or the loss; never 0, as it goes on a log axis.

    An error rate of 0 of `rows` validation rows counts as half an error.
    """
    scores = np.array(values, dtype=np.float64)
    return np.maximum(1 - scores, 0.5 / rows) if objective == "val_accuracy" else np.maximum(scores, 1e-9)


def score_axis(axes: Axes, distances: Scores, objective: str, below: float = 0.0) -> None:
    """Make y a log axis of the distance from perfect, the best on top, labelled with the scores themselves.

    `below` leaves room under the worst, as a share of the span.
    """
    low, high = np.log10(distances.min()), np.log10(distances.max())
    span = max(high - low, 0.1)
    limits = (high + (0.08 + below) * span, low - 0.08 * span)
    axes.set_yscale("log")
    axes.set_ylim(10.0 ** limits[0], 10.0 ** limits[1])
    ticks = _ticks(10.0 ** limits[1], min(10.0 ** limits[0], 1.0 if objective == "val_accuracy" else np.inf))
    labels = [f"{100 * (1 - tick) if objective == 'val_accuracy' else tick:.5g}" for tick in ticks]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    axes.yaxis.set_minor_locator(NullLocator())


def axis_label(objective: str) -> str:
    """What stands beside such an axis."""
    return "validation accuracy (%)" if objective == "val_accuracy" else "validation loss (nats)"


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers within the limits: few over decades, more within one."""
    found: list[float] = []
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)):
        found = [
            float(f"{step}e{decade}")
            for decade in range(-10, 10)
            for step in steps
            if low <= float(f"{step}e{decade}") <= high
        ]
        if len(found) >= 4:
            break
    return found
