"""An axis for scores that spreads out where they are good."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Self

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

from mindgap.metrics import METRICS
from mindgap.report.numbers import ticks
from mindgap.report.shown import shown
from mindgap.report.study import FinishedStudy

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScoreAxis:
    """A log axis of how far scores are from perfect, the best on top, labelled with the scores themselves.

    The scores are of a `metric` on so many `rows`. `unit` is the scale of those that have one, RMSE and MAE.
    """

    metric: str
    rows: int
    unit: float = 1.0

    @classmethod
    def of(cls, study: FinishedStudy) -> Self:
        """The axis for what a study picks by."""
        metric = study.objective.removeprefix("val_")
        unit = study.target.scale if study.target is not None and METRICS[metric].in_units else 1.0
        return cls(metric, study.dataset.rows["val"], unit)

    @property
    def _is_share(self) -> bool:
        """Whether scores are shares of rows, written in percent."""
        return METRICS[self.metric].style == "percent"

    @property
    def floor(self) -> float:
        """Where a perfect score stands, as a log axis has no 0: half an error in all rows, or a billionth."""
        return 0.5 / self.rows if self._is_share else 1e-9 * self.unit

    @property
    def label(self) -> str:
        """What stands beside the axis."""
        return f"validation {shown(self.metric).name}"

    def distance(self, values: Sequence[float]) -> Scores:
        """How far scores are from perfect: 1 - score where larger is better, or else the score; at least `floor`."""
        scores = np.array(values, dtype=np.float64)
        return np.maximum(1 - scores if METRICS[self.metric].larger_is_better else scores, self.floor)

    def apply(self, panel: Axes, distances: Scores, band: float = 0.0) -> None:
        """Make a panel's y this axis, wide enough for `distances`.

        `band` is the share of the axis that stays free under the worst score, without ticks.
        """
        best, worst = np.log10(distances.min()), np.log10(distances.max())
        margin = max(0.08 * (worst - best), 0.05)
        top, bottom = best - margin, worst + margin
        panel.set_yscale("log")
        panel.set_ylim(10.0 ** (bottom + (bottom - top) * band / (1 - band)), 10.0**top)
        places, labels = self._ticks(10.0**top, 10.0**bottom, self._reached(distances))
        panel.yaxis.set_major_locator(FixedLocator(places))
        panel.yaxis.set_major_formatter(FixedFormatter(labels))
        panel.yaxis.set_minor_locator(NullLocator())

    def note(self, distances: Scores) -> str:
        """What a caption says of perfect accuracies, where there are any."""
        if not self._reached(distances):
            return ""
        return f" A perfect score (100) stands where half an error in the {self.rows:,} validation rows would."

    def _reached(self, distances: Scores) -> bool:
        """Whether an accuracy is perfect; other scores hardly ever are, and need no tick for it."""
        return self._is_share and bool(distances.min() <= self.floor)

    def _ticks(self, low: float, high: float, reached: bool) -> tuple[list[float], list[str]]:
        """Ticks from `low` to `high`, with what they say; a perfect accuracy that was reached has one of its own."""
        if not self._is_share:
            places = _round_numbers(low, high)
            return places, [ticks([1 - at if METRICS[self.metric].larger_is_better else at])[0] for at in places]
        # Ticks closer to the perfect one than a fifteenth of the axis would touch its label.
        apart = (high / low) ** (1 / 15) if reached else 1.0
        places = _round_numbers(max(low, self.floor * apart), min(high, 1.0))
        labels = [f"{100 * (1 - at):.7g}" for at in places]
        return ([self.floor, *places], ["100", *labels]) if reached else (places, labels)


def _round_numbers(low: float, high: float) -> list[float]:
    """Few over decades, more within one, evenly spaced ones where even these are too few."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        numbers = (float(f"{step}e{decade}") for decade in decades for step in steps)
        found = [number for number in numbers if low <= number <= high]
        if len(found) >= 4:
            return found
    return [float(number) for number in MaxNLocator(6).tick_values(low, high) if low <= number <= high]
