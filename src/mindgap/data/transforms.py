"""Transforms of a column of numbers: what makes a skewed one even, fitted on the training rows."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SKEWED = 1.0
"""Skewness from which on, upwards or downwards, numbers are taken for skewed."""

_KNOTS = 256
"""Between the least and the greatest number, which are knots too, or a flag that is rarer than they are would go."""


@dataclass(frozen=True)
class Transform(ABC):
    """A monotone function of a column's numbers, given by the `numbers` that were fitted."""

    numbers: tuple[float, ...]

    @classmethod
    @abstractmethod
    def fit(cls, values: Numbers) -> Self | None:
        """Fit on the training rows' numbers (rows,), of which none is missing; None where they may stay as they are."""

    @abstractmethod
    def apply(self, values: Numbers) -> Numbers:
        """The function of numbers of any shape; NaN stays NaN."""

    @abstractmethod
    def invert(self, values: Numbers) -> Numbers:
        """The numbers of which the function has these values."""


class Log(Transform):
    """z = sign(x) log(1 + |x| / m), where m is the median size of the training rows' numbers other than 0.

    Around 0 it is straight, far out it grows as the logarithm. Only skewed columns have it.
    """

    @classmethod
    def fit(cls, values: Numbers) -> Self | None:
        sizes = np.abs(values[values != 0])
        if abs(skewness(values)) <= SKEWED or not len(sizes):
            return None
        return cls((float(np.median(sizes)),))

    def apply(self, values: Numbers) -> Numbers:
        found: Numbers = np.sign(values) * np.log1p(np.abs(values) / self.numbers[0])
        return found

    def invert(self, values: Numbers) -> Numbers:
        found: Numbers = np.sign(values) * np.expm1(np.abs(values)) * self.numbers[0]
        return found


@dataclass(frozen=True)
class Quantiles(Transform):
    """z = the normal quantile of a number's rank among the training rows: z is normal there, whatever x is.

    Between 258 knots it is straight, beyond the least and the greatest number it stays as it is; equal knots have the
    mean of their z. Raises ValueError for another number of knots, as in the model of an earlier mindgap.
    """

    def __post_init__(self) -> None:
        if len(self.numbers) != len(_ranks()):
            raise ValueError(f"{len(_ranks())} knots are needed, and here are {len(self.numbers)}")

    @classmethod
    def fit(cls, values: Numbers) -> Self | None:
        inner = np.quantile(values, _ranks()[1:-1]).tolist()
        return cls((float(values.min()), *inner, float(values.max())))

    def apply(self, values: Numbers) -> Numbers:
        found: Numbers = np.interp(values, *self._curve)
        return found

    def invert(self, values: Numbers) -> Numbers:
        knots, z = self._curve
        found: Numbers = np.interp(values, z, knots)
        return found

    @cached_property
    def _curve(self) -> tuple[Numbers, Numbers]:
        """Knots and their z, both (knots,) and ascending."""
        knots, place = np.unique(np.array(self.numbers), return_inverse=True)
        z = np.array([NormalDist().inv_cdf(rank) for rank in _ranks()])
        return knots, np.bincount(place, weights=z) / np.bincount(place)


TRANSFORMS: dict[str, type[Transform]] = {"log": Log, "quantile": Quantiles}
"""The transforms by their names in params."""


def skewness(values: Numbers) -> float:
    """mean((x - mean)^3) / std^3 of numbers (rows,); 0 where they do not vary."""
    with np.errstate(over="ignore", invalid="ignore"):
        apart = values - values.mean()
        largest = np.abs(apart).max(initial=0.0)
        if not np.isfinite(largest) or largest == 0:
            return 0.0
        apart /= largest  # so that no power overflows
        return float((apart**3).mean() / (apart**2).mean() ** 1.5)


def _ranks() -> Numbers:
    ranks = (np.arange(_KNOTS) + 0.5) / _KNOTS
    return np.array([ranks[0] / 2, *ranks, 1 - ranks[0] / 2])
