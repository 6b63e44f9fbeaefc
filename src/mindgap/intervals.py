"""Intervals: how far a mean over seeds and rows may lie from what other seeds and other rows would give.

A mean varies with the seeds and with the rows that were drawn. To first order the two add: its variance is that of the
seeds' values, s^2 / seeds, and that of the rows' values, each a mean over the seeds, s^2 / rows, of each split that
enters. Its quantile is Student's t, with the degrees of freedom of such a sum (Satterthwaite 1946). Rows are no normal
numbers, so that each kind of metric has its own ends over them, which are put together with the seeds' as
distances from the mean are, by the root of their squares (MOVER: Zou and Donner 2008).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from mindgap.results.statistic import Statistic

Table = NDArray[np.float64]

Reach = tuple[float, float]
"""How far an interval reaches below its mean, and how far above."""

UPPER = 0.975
"""95 % lie between the quantiles of 1 - UPPER and UPPER."""


@dataclass(frozen=True)
class Sample:
    """A metric of some replicates on the same rows: `values` (replicates,), the means of `rows` (replicates, rows).

    The metric lies between `least` and `most`. Where these are 0 and 1, each row is right or wrong.
    """

    values: Sequence[float]
    rows: Table
    least: float = -inf
    most: float = inf

    @property
    def is_share(self) -> bool:
        """Whether the metric counts rows."""
        return (self.least, self.most) == (0, 1)


def measured(values: Sequence[float]) -> Statistic:
    """A metric of the very rows that networks were trained on: it is what it is, and has no interval."""
    return Statistic(list(values), float(np.mean(values)), None, None, {})


def score(sample: Sample) -> Statistic:
    """A metric of other rows than those that networks were trained on."""
    reach = _share if sample.is_share else _mean
    return _statistic(sample.values, [_Part(sample.rows, reach)], sample.least, sample.most)


def gap(train: Sample, other: Sample) -> Statistic:
    """A metric on training rows minus the same on other rows, seed by seed."""
    reach = _share if train.is_share else _mean
    values = [first - second for first, second in zip(train.values, other.values, strict=True)]
    widest = train.most - train.least
    return _statistic(values, [_Part(train.rows, reach), _Part(other.rows, reach, -1)], -widest, widest)


def advantage(sample: Sample, baseline: Sample) -> Statistic:
    """A metric minus that of a baseline of one replicate on the same rows: paired, as what is hard is so for both."""
    reach = _paired_shares if sample.is_share else _mean
    values = [value - baseline.values[0] for value in sample.values]
    widest = sample.most - sample.least
    return _statistic(values, [_Part(sample.rows - baseline.rows, reach)], -widest, widest)


@dataclass(frozen=True)
class _Part:
    """What some rows contribute to a difference: a table (replicates, rows), how far it reaches, and its sign."""

    table: Table
    reach: Callable[[Table, float], Reach]
    sign: int = 1

    @property
    def rows(self) -> Table:
        """Each row's mean over the replicates, (rows,)."""
        means: Table = self.table.mean(axis=0)
        return means

    def around(self, t: float) -> Reach:
        """How far it reaches below and above the difference."""
        below, above = self.reach(self.rows, t)
        return (below, above) if self.sign > 0 else (above, below)


def _statistic(values: Sequence[float], parts: Sequence[_Part], least: float, most: float) -> Statistic:
    count, mean = len(values), float(np.mean(values))
    seeds = float(np.var(values, ddof=1)) / count if count > 1 else 0.0
    rows = [_variance(part.rows) for part in parts]
    t = _quantile([(seeds, count - 1), *((own, len(part.rows) - 1) for own, part in zip(rows, parts, strict=True))])
    sides = zip((t * sqrt(seeds), t * sqrt(seeds)), *(part.around(t) for part in parts), strict=True)
    below, above = (sqrt(sum(side * side for side in own)) for own in sides)
    if not below and not above:  # nothing varied, so nothing tells how much it could
        return Statistic(list(values), mean, None, None, {})
    errors = ({"seeds": sqrt(seeds)} if count > 1 else {}) | {"rows": sqrt(sum(rows))}
    return Statistic(list(values), mean, max(mean - below, least), min(mean + above, most), errors)


def _variance(rows: Table) -> float:
    """The variance of the mean of rows; of one row it is not known, and taken for 0."""
    return float(rows.var(ddof=1)) / len(rows) if len(rows) > 1 else 0.0


def _quantile(variances: Sequence[tuple[float, int]]) -> float:
    """Student's t of a sum of variances, each with its degrees of freedom: (sum v)^2 / sum(v^2 / freedom)."""
    total = sum(variance for variance, _ in variances)
    uncertain = sum(variance**2 / freedom for variance, freedom in variances if variance)
    return float(stdtrit(total**2 / uncertain if uncertain else inf, UPPER))


def _share(rows: Table, t: float) -> Reach:
    """Wilson's interval of a share; so many rows count as a share of its variance has (Korn and Graubard 1998).

    `rows` (rows,) are each row's share of hits over the replicates.
    """
    share, count = float(rows.mean()), len(rows)
    variance = float(rows.var()) / count
    counted = min(share * (1 - share) / variance, 10.0 * count) if variance else count
    middle = (share + t * t / (2 * counted)) / (1 + t * t / counted)
    half = t / (1 + t * t / counted) * sqrt(share * (1 - share) / counted + (t / (2 * counted)) ** 2)
    return share - middle + half, middle + half - share


def _paired_shares(rows: Table, t: float) -> Reach:
    """A difference of two shares of the same rows: two more rows, one for each side (Bonett and Price 2012).

    These are as large as the rows that differ, of which each is a mean over the replicates; 1 where none differs.
    """
    apart = rows[rows != 0]
    size = sqrt(float(np.square(apart).mean())) if len(apart) else 1.0
    more = np.append(rows, (size, -size))
    half = t * float(more.std()) / sqrt(len(more))
    shift = float(more.mean() - rows.mean())
    return half - shift, half + shift


def _mean(rows: Table, t: float) -> Reach:
    """A mean of rows that are skewed, as losses are: Hall's transformation (1992) of Student's t.

    With g the skewness of n rows, t is replaced by 3 sqrt(n) / g (cbrt(1 + g (t / sqrt(n) - g / (6 n))) - 1).
    """
    count, centred = len(rows), rows - rows.mean()
    spread = float(rows.std())
    if count < 2 or not spread:
        return 0.0, 0.0
    root, skewness = sqrt(count), float(((centred / spread) ** 3).mean())
    error = sqrt(_variance(rows))

    def straight(t: float) -> float:
        if abs(skewness) < 1e-6:
            return t
        return 3 * root / skewness * (float(np.cbrt(1 + skewness * (t / root - skewness / (6 * count)))) - 1)

    return error * straight(t), -error * straight(-t)
