"""A statistic: a metric's mean over the replicates of a network, and how far it may lie from the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Statistic:
    """Values by replicate, or by fold, their mean, and the ends of its 95 % interval.

    `errors` names what the interval covers the choice of, `seeds` and `rows`, with the standard error that it rests on
    for each; where values are those of folds, `folds` is their luck beyond their rows, and both are put together. Where
    nothing tells how far the mean may be off the ends are null, and nothing is covered: on training rows, which are
    what they are, or where all rows say the same of what has no bounds.
    """

    values: list[float]
    mean: float
    low: float | None
    high: float | None
    errors: Mapping[str, float]

    def holds(self, value: float) -> bool:
        """Whether the interval holds a value; where there is none, it does not."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    @property
    def turned(self) -> Self:
        """How much better the other of two is, where this is how much better the one is."""
        low, high = (None if end is None else 0.0 - end for end in (self.high, self.low))
        return type(self)([0.0 - value for value in self.values], 0.0 - self.mean, low, high, self.errors)
