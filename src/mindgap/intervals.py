"""Intervals: how far a mean over seeds and rows may lie from what other seeds and other rows would give.

A mean varies with the seeds and with the rows that were drawn. To first order the two add: its variance is that of the
seeds' values, s^2 / seeds, and that of the rows' values, each a mean over the seeds, s^2 / rows, of each split that
enters; of rows drawn from each class apart, as a stratified split does, that within the classes. Its quantile is
Student's t, with the degrees of freedom of such a sum (Satterthwaite 1946). Rows are no normal numbers, so that each
kind of metric has its own ends over them, which are put together with the seeds' as distances from the mean are, by the
root of their squares (MOVER: Zou and Donner 2008).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from mindgap.results.statistic import Statistic

Row = NDArray[np.float64]

Classes = NDArray[Any]

Reach = tuple[float, float]
"""How far an interval reaches below its mean, and how far above."""

UPPER = 0.975
"""95 % lie between the quantiles of 1 - UPPER and UPPER."""

ROUNDING = 1e-12
"""Values that differ by less than this share of the largest are equal."""


@dataclass(frozen=True)
class Sample:
    """A metric of some replicates on the same rows: its `values` (replicates,), and `rows` (rows,), of which each is a
    mean over the replicates, and all together have the values' mean.

    The metric lies between `least` and `most`. Where these are 0 and 1, each row is right or wrong. `classes` (rows,)
    are those of rows that were drawn from each class apart.
    """

    values: Sequence[float]
    rows: Row
    least: float = -inf
    most: float = inf
    classes: Classes | None = None

    @property
    def is_share(self) -> bool:
        """Whether the metric counts rows."""
        return (self.least, self.most) == (0, 1)


def measured(values: Sequence[float]) -> Statistic:
    """A metric of the very rows that networks were trained on: it is what it is, and has no interval."""
    return Statistic(list(values), float(np.mean(values)), None, None, {})


def unseen(sample: Sample) -> Statistic:
    """A metric of rows that networks were not trained on."""
    reach = _share if sample.is_share else _mean
    return _statistic(sample.values, [_Part(sample.rows, sample.classes, reach)], sample.least, sample.most)


def gap(train: Sample, other: Sample) -> Statistic:
    """A metric on training rows minus the same on other rows, seed by seed."""
    reach = _share if train.is_share else _mean
    values = [first - second for first, second in zip(train.values, other.values, strict=True)]
    widest = train.most - train.least
    parts = [_Part(train.rows, train.classes, reach), _Part(other.rows, other.classes, reach, -1)]
    return _statistic(values, parts, -widest, widest)


def advantage(sample: Sample, baseline: Sample, *, larger_is_better: bool) -> Statistic:
    """By how much networks are better than a baseline of one replicate: paired, as what is hard is hard for both."""
    sign = 1.0 if larger_is_better else -1.0
    values = [sign * (value - baseline.values[0]) for value in sample.values]
    reach, widest = _paired_shares if sample.is_share else _mean, sample.most - sample.least
    apart = _Part(sign * (sample.rows - baseline.rows), sample.classes, reach)
    return _statistic(values, [apart], -widest, widest)


class _Part:
    """What `rows` (rows,) contribute to a difference, added or, with the sign -1, taken away.

    `spread` (rows,) is how far each is from what is expected of it: the mean of all, or of its class where each class
    was drawn apart, then by as much more as the classes' means have taken up. `error` is the standard error of the
    mean; of a single row it is not known, and 0.
    """

    def __init__(
        self, rows: Row, classes: Classes | None, reach: "Callable[[_Part, float], Reach]", sign: int = 1
    ) -> None:
        self.rows, self._reach, self._sign = rows, reach, sign
        count = len(rows)
        self.spread: Row = rows - rows.mean()
        self.freedom = count - 1
        if classes is not None:
            _, place, counts = np.unique(classes, return_inverse=True, return_counts=True)
            if len(counts) < count:
                self.freedom = count - len(counts)
                apart = rows - (np.bincount(place, rows) / counts)[place]
                self.spread = apart * sqrt((count - 1) / self.freedom)
        self.spread[np.abs(self.spread) < ROUNDING * np.abs(rows).max()] = 0.0
        self.error = sqrt(float(np.square(self.spread).sum()) / max(count - 1, 1) / count)

    def around(self, t: float) -> Reach:
        """How far it reaches below and above the difference."""
        below, above = self._reach(self, t)
        return (below, above) if self._sign > 0 else (above, below)


def _statistic(values: Sequence[float], parts: Sequence[_Part], least: float, most: float) -> Statistic:
    count, mean = len(values), float(np.mean(values))
    seeds = sqrt(float(np.var(values, ddof=1)) / count) if count > 1 else 0.0
    if seeds < ROUNDING * max(map(abs, values)):
        seeds = 0.0
    t = _quantile([(seeds, count - 1), *((part.error, part.freedom) for part in parts)])
    over_rows = [part.around(t) for part in parts]
    below, above = (sqrt(sum(side * side for side in own)) for own in zip((t * seeds,) * 2, *over_rows, strict=True))
    if not below and not above:  # nothing varied, so nothing tells how much it could
        return Statistic(list(values), mean, None, None, {})
    rows = sqrt(sum(((low + high) / 2 / t) ** 2 for low, high in over_rows))
    errors = ({"seeds": seeds} if count > 1 else {}) | {"rows": rows}
    return Statistic(list(values), mean, max(mean - below, least), min(mean + above, most), errors)


def _quantile(errors: Sequence[tuple[float, int]]) -> float:
    """Student's t of independent standard errors and their degrees of freedom: (sum e^2)^2 / sum(e^4 / freedom)."""
    largest = max(error for error, _ in errors)
    if not largest:
        return float(stdtrit(inf, UPPER))
    squares = [((error / largest) ** 2, freedom) for error, freedom in errors if error]
    total = sum(square for square, _ in squares)
    return float(stdtrit(total**2 / sum(square**2 / freedom for square, freedom in squares), UPPER))


def _share(part: _Part, t: float) -> Reach:
    """Wilson's interval of a share; so many rows count as a share of its variance has (Korn and Graubard 1998).

    These are more than there are where replicates err on different rows. As few errors say little of that, four rows
    more have a part in it, two right and two wrong for all.
    """
    share = float(part.rows.mean())
    more = np.append(part.spread + share, (1.0, 1.0, 0.0, 0.0))
    counted = len(part.rows) * float(more.mean() * (1 - more.mean()) / more.var())
    middle = (share + t * t / (2 * counted)) / (1 + t * t / counted)
    half = t / (1 + t * t / counted) * sqrt(share * (1 - share) / counted + (t / (2 * counted)) ** 2)
    return share - middle + half, middle + half - share


def _paired_shares(part: _Part, t: float) -> Reach:
    """A difference of two shares of the same rows: two more rows, one for each side (Bonett and Price 2012)."""
    mean = float(part.rows.mean())
    more = np.append(part.spread + mean, (1.0, -1.0))
    half, shift = t * float(more.std()) / sqrt(len(more)), float(more.mean()) - mean
    return half - shift, half + shift


def _mean(part: _Part, t: float) -> Reach:
    """A mean of rows that are skewed, as losses are: Hall's transformation (1992) of Student's t.

    With g the skewness of n rows, t is replaced by 3 sqrt(n) / g (cbrt(1 + g (t / sqrt(n) - g / (6 n))) - 1).
    """
    count, deviation = len(part.rows), float(np.sqrt(np.square(part.spread).mean()))
    if not part.error or not deviation:
        return 0.0, 0.0
    root, skewness = sqrt(count), float(((part.spread / deviation) ** 3).mean())

    def straight(t: float) -> float:
        if abs(skewness) < 1e-6:
            return t
        return 3 * root / skewness * (float(np.cbrt(1 + skewness * (t / root - skewness / (6 * count)))) - 1)

    return part.error * straight(t), -part.error * straight(-t)
