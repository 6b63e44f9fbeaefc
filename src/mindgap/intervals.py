"""Intervals: how far a mean over seeds and rows may lie from what other seeds and other rows would give.

A mean varies with the seeds and with the rows that were drawn. Each has its own interval, and these are put together by
the root of their squares, as far as each reaches below and above (MOVER: Zou and Donner 2008). Over seeds it is
Student's; over rows, of which each is a mean over the seeds, each kind of metric has its own, as rows are no normal
numbers. Where networks err each in its own way, that is in both: it is counted once, with the rows.

Where rows are cut into folds, see `Folds`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from mindgap.results.statistic import Statistic

T = TypeVar("T")

Row = NDArray[np.float64]

Classes = NDArray[Any]

Reach = tuple[float, float]
"""How far an interval reaches below its mean, and how far above."""

UPPER = 0.975
"""95 % lie between the quantiles of 1 - UPPER and UPPER."""

NORMAL = float(ndtri(UPPER))

ROUNDING = 1e-12
"""Values that differ by less than this share of the largest are equal."""


@dataclass(frozen=True)
class Sample:
    """A metric of some replicates on the same rows: its `values` (replicates,), and `rows` (rows,), of which each is a
    mean over the replicates, and all together have the values' mean.

    The metric lies between `least` and `most`. Where these are 0 and 1, each row is right or wrong. `classes` (rows,)
    are those of rows that were drawn from each class apart. `interaction` is how much of the variance of the mean comes
    of what each network makes of each row beside what all make of it, and it of all.

    Where classes weigh differently, rows are right or wrong times their `weights` (rows,), equal within each class of
    the `labels` (rows,). What lies between 0 and 1 and is no share rests on so many `counted` rows at most.
    """

    values: Sequence[float]
    rows: Row
    interaction: float = 0.0
    least: float = -inf
    most: float = inf
    classes: Classes | None = None
    weights: Row | None = None
    labels: Classes | None = None
    counted: float | None = None

    @classmethod
    def of(cls, values: Sequence[float], table: Row, **own: Any) -> Self:
        """The sample of a table (replicates, rows).

        Its interaction is sum e^2 / ((n - 1) (k - 1)) / (n k), with e what its row and its column leave of each entry.
        """
        (count, rows), means = table.shape, table.mean(axis=0)
        left = table - means - (table.mean(axis=1, keepdims=True) - means.mean())
        freedom = (count - 1) * (rows - 1)
        return cls(values, means, float(np.square(left).sum()) / freedom / table.size if freedom else 0.0, **own)

    @property
    def is_share(self) -> bool:
        """Whether the metric counts rows."""
        return (self.least, self.most) == (0, 1)


def by_group(table: Row, groups: Classes, labels: Classes | None = None) -> Row:
    """What a table (replicates, rows) says by groups of rows: (replicates, groups), with the same means over each.

    A group's value is m + G / n sum(row - m) over its rows, for the mean m of a replicate, n rows and G groups. As rows
    of a group may be alike, groups vary independently and rows do not; the standard error of these values' mean is that
    of a mean of groups of unequal size (Cochran 1977, Sampling Techniques, ratio estimator; Korn and Graubard 1998).
    Where classes weigh differently, which are the `labels` (rows,), the metric is a sum of such ratios, and what is
    summed up is row - c, for the mean c of the row's class.
    """
    _, place = np.unique(groups, return_inverse=True)
    count, mean = int(place.max()) + 1, table.mean(axis=1, keepdims=True)
    expected = mean
    if labels is not None:
        _, own_class, sizes = np.unique(labels, return_inverse=True, return_counts=True)
        expected = np.stack([np.bincount(own_class, row) / sizes for row in table])[:, own_class]
    sums = np.stack([np.bincount(place, own, count) for own in table - expected])
    found: Row = mean + sums * count / table.shape[1]
    return found


def measured(values: Sequence[float]) -> Statistic:
    """A metric of the very rows that networks were trained on: it is what it is, and has no interval."""
    return Statistic(list(values), float(np.mean(values)), None, None, {})


def unseen(sample: Sample) -> Statistic:
    """A metric of rows that networks were not trained on."""
    return _statistic(sample.values, sample.interaction, [_reach(sample)], sample.least, sample.most)


def gap(train: Sample, other: Sample) -> Statistic:
    """A metric on training rows minus the same on other rows, seed by seed."""
    values = [first - second for first, second in zip(train.values, other.values, strict=True)]
    (below, above), (less, more) = _reach(train), _reach(other)
    reaches, widest = [(below, above), (more, less)], train.most - train.least
    return _statistic(values, train.interaction + other.interaction, reaches, -widest, widest)


def advantage(sample: Sample, baseline: Sample, *, larger_is_better: bool) -> Statistic:
    """By how much networks are better than a baseline of one replicate: paired, as what is hard is hard for both."""
    sign = 1.0 if larger_is_better else -1.0
    values = [sign * (value - baseline.values[0]) for value in sample.values]
    widest = sample.most - sample.least
    apart = replace(sample, rows=sign * (sample.rows - baseline.rows))
    reach = _reach(apart, _paired_shares)
    return _statistic(values, sample.interaction, [reach], -widest, widest)


@dataclass(frozen=True)
class Folds:
    """Statistics of folds, each measured on its own test rows; each cut of all rows has so many `parts`.

    A fold's score is the mean over its seeds, and the estimate the mean over all J folds. Its interval is made of two.
    That over the rows of one cut, for which K folds count as one test of all rows (Bayle et al. 2020), is wider by
    the root of 1 + `overlap`, the rows of the test over all others: as folds share training rows, scores vary together
    (that share is Nadeau and Bengio's, 2003). That over folds, which each have their luck in training and in
    their search, is Student's, of what the scores vary within a cut more than by their rows.
    """

    parts: int
    overlap: float

    def measured(self, samples: Sequence[Sample]) -> Statistic:
        """A metric of the rows that each fold's networks were trained on."""
        return measured(_scores(samples))

    def unseen(self, samples: Sequence[Sample]) -> Statistic:
        """A metric of rows that each fold's networks were not trained on."""
        first = samples[0]
        return self._statistic(_scores(samples), self._reach(samples), first.least, first.most)

    def gap(self, train: Sequence[Sample], others: Sequence[Sample]) -> Statistic:
        """A metric on training rows minus the same on other rows, fold by fold."""
        values = [one - other for one, other in zip(_scores(train), _scores(others), strict=True)]
        (less, more), widest = self._reach(others), train[0].most - train[0].least
        return self._statistic(values, (more, less), -widest, widest)

    def advantage(self, samples: Sequence[Sample], baselines: Sequence[Sample], *, larger_is_better: bool) -> Statistic:
        """By how much networks are better than a baseline that was fitted on the same rows, fold by fold."""
        pairs, sign = list(zip(samples, baselines, strict=True)), 1.0 if larger_is_better else -1.0
        values = [sign * (one - other) for one, other in zip(_scores(samples), _scores(baselines), strict=True)]
        apart = [replace(own, rows=sign * (own.rows - baseline.rows)) for own, baseline in pairs]
        widest = samples[0].most - samples[0].least
        return self._statistic(values, self._reach(apart, _paired_shares), -widest, widest)

    def _reach(self, samples: Sequence[Sample], share: Callable[..., Reach] | None = None) -> Reach:
        return _reach(_pooled(samples[: self.parts]), share)

    def _statistic(self, values: Sequence[float], over_rows: Reach, least: float, most: float) -> Statistic:
        count, mean, rows = len(values), float(np.mean(values)), sum(over_rows) / 2 / NORMAL
        within = np.var(np.reshape(values, (-1, self.parts)), axis=1, ddof=1).mean() / count
        variance = float(within) - rows**2 * self.parts / count
        luck = sqrt(variance) if variance > (ROUNDING * max(map(abs, values))) ** 2 else 0.0
        side = float(stdtrit(count - count // self.parts, UPPER)) * luck if luck else 0.0
        below, above = (sqrt(side**2 + (1 + self.overlap) * reach**2) for reach in over_rows)
        if not below and not above:
            return Statistic(list(values), mean, None, None, {})
        errors = {"folds": luck, "rows": sqrt(1 + self.overlap) * rows}
        return Statistic(list(values), mean, max(mean - below, least), min(mean + above, most), errors)


def _scores(samples: Sequence[Sample]) -> list[float]:
    """Each fold's: the mean over its seeds."""
    return [float(np.mean(sample.values)) for sample in samples]


def _pooled(samples: Sequence[Sample]) -> Sample:
    """The rows of several folds as one sample; where classes weigh differently, each as in the mean of the folds."""
    first, labels = samples[0], None
    rows = np.concatenate([sample.rows for sample in samples])
    classes = None if first.classes is None else np.concatenate([_given(sample.classes) for sample in samples])
    counted = None if first.counted is None else sum(_given(sample.counted) for sample in samples)
    weights = None
    if first.weights is not None:
        labels = np.concatenate([_given(sample.labels) for sample in samples])
        own = np.concatenate([_given(sample.weights) for sample in samples])
        weights = np.zeros_like(own)
        for label in np.unique(labels):
            weights[labels == label] = own[labels == label].mean()
        rows = np.divide(rows, own, out=np.zeros_like(rows), where=own > 0) * weights
    return replace(first, rows=rows, classes=classes, counted=counted, weights=weights, labels=labels)


def _given(value: T | None) -> T:
    """What all folds have where the first has it."""
    assert value is not None
    return value


def _reach(sample: Sample, share: Callable[..., Reach] | None = None) -> Reach:
    """How far the interval over rows reaches, of shares by `share`; of weighed ones, class by class."""
    share = share or _share
    if sample.weights is None or sample.labels is None:
        part = _Part(sample.rows, sample.classes)
        return share(part, sample.counted) if sample.is_share else _mean(part)
    reaches = []
    for label in np.unique(sample.labels):
        own = sample.labels == label
        weight = float(sample.weights[own][0])
        if weight:
            size = weight * np.count_nonzero(own) / len(own)
            reaches.append([size * side for side in share(_Part(sample.rows[own] / weight, None))])
    below, above = (sqrt(sum(side**2 for side in sides)) for sides in zip(*reaches, strict=True))
    return below, above


class _Part:
    """The `rows` (rows,) of a split, and how they vary.

    `spread` (rows,) is how far each is from what is expected of it: the mean of all, or of its class where each class
    was drawn apart, then by as much more as the classes' means have taken up. `error` is the standard error of the
    mean; of a single row it is not known, and 0.
    """

    def __init__(self, rows: Row, classes: Classes | None) -> None:
        self.rows, count = rows, len(rows)
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


def _statistic(
    values: Sequence[float], interaction: float, over_rows: Sequence[Reach], least: float, most: float
) -> Statistic:
    count, mean = len(values), float(np.mean(values))
    variance = float(np.var(values, ddof=1)) / count - interaction if count > 1 else 0.0
    seeds = sqrt(variance) if variance > (ROUNDING * max(map(abs, values))) ** 2 else 0.0
    side = float(stdtrit(count - 1, UPPER)) * seeds if seeds else 0.0
    below, above = (sqrt(sum(reach**2 for reach in own)) for own in zip((side, side), *over_rows, strict=True))
    if not below and not above:  # nothing varied, so nothing tells how much it could
        return Statistic(list(values), mean, None, None, {})
    rows = sqrt(sum(((low + high) / 2 / NORMAL) ** 2 for low, high in over_rows))
    errors = ({"seeds": seeds} if count > 1 else {}) | {"rows": rows}
    return Statistic(list(values), mean, max(mean - below, least), min(mean + above, most), errors)


def _share(part: _Part, most: float | None = None) -> Reach:
    """Wilson's interval of a share; so many rows count as a share of its variance has (Korn and Graubard 1998).

    These are more than there are where replicates err on different rows. As few errors say little of that, four rows
    more have a part in it, two right and two wrong for all. There are at most so many.
    """
    share, z = float(part.rows.mean()), NORMAL
    more = np.append(part.spread + share, (1.0, 1.0, 0.0, 0.0))
    counted = len(part.rows) * float(more.mean() * (1 - more.mean()) / more.var())
    counted = counted if most is None else min(counted, max(most, 1.0))
    middle = (share + z * z / (2 * counted)) / (1 + z * z / counted)
    half = z / (1 + z * z / counted) * sqrt(share * (1 - share) / counted + (z / (2 * counted)) ** 2)
    return share - middle + half, middle + half - share


def _paired_shares(part: _Part, most: float | None = None) -> Reach:
    """A difference of two shares of the same rows: two more rows, one for each side (Bonett and Price 2012).

    Where only some rows count, the two are as many times larger.
    """
    mean, times = float(part.rows.mean()), 1.0 if most is None else max(1.0, len(part.rows) / max(most, 1.0))
    more = np.append(part.spread + mean, (times, -times))
    half, shift = NORMAL * float(more.std()) / sqrt(len(more)), float(more.mean()) - mean
    return half - shift, half + shift


def _mean(part: _Part) -> Reach:
    """A mean of rows that are skewed, as losses are: Hall's transformation (1992) of Student's t.

    With g the skewness of n rows, t is replaced by 3 sqrt(n) / g (cbrt(1 + g (t / sqrt(n) - g / (6 n))) - 1).
    """
    count, deviation = len(part.rows), float(np.sqrt(np.square(part.spread).mean()))
    if not part.error or not deviation:
        return 0.0, 0.0
    t, root = float(stdtrit(part.freedom, UPPER)), sqrt(count)
    skewness = float(((part.spread / deviation) ** 3).mean())

    def straight(t: float) -> float:
        if abs(skewness) < 1e-6:
            return t
        return 3 * root / skewness * (float(np.cbrt(1 + skewness * (t / root - skewness / (6 * count)))) - 1)

    return part.error * straight(t), -part.error * straight(-t)
