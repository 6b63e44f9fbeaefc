"""Association: how a column goes with the target, and how far apart two samples of it are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

_LEAVES, _LEAF = 16, 5

Values = NDArray[np.float64]


def correlation(x: Values, y: NDArray[Any], ordered: bool, classes: int) -> float | None:
    """How closely a column (rows,) and the target (rows,) go together, on rows where no cell is missing; None for none.

    An ordered column with a measured target, or with two classes (of which the second counts as more): Spearman's
    correlation of ranks, -1 to 1. An ordered column with more classes, or categories with a measured target: the
    correlation ratio of ranks, sqrt(1 - (1 - between / total) (n - 1) / (n - k)), for k groups of n rows, 0 to 1.
    Categories with classes: Cramér's V without its bias (Bergsma 2013), 0 to 1.
    """
    kept = ~np.isnan(x)
    x, y = x[kept], y[kept]
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return None
    if ordered and classes <= 2:
        return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])
    if ordered:
        return _ratio(_ranks(x), y)
    return _ratio(_ranks(y), x) if not classes else _cramer(x, y)


def _ranks(values: NDArray[Any]) -> Values:
    """Ranks from 0, equal values with the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Values = (ends - (counts + 1) / 2)[place]
    return ranks


def _ratio(values: Values, groups: NDArray[Any]) -> float | None:
    _, group, counts = np.unique(groups, return_inverse=True, return_counts=True)
    left = len(values) - len(counts)
    if left <= 0:
        return None
    within = np.square(values - (np.bincount(group, values) / counts)[group]).sum()
    unexplained = within / np.square(values - values.mean()).sum() * (len(values) - 1) / left
    return float(np.sqrt(max(0.0, 1 - unexplained)))


def _cramer(x: NDArray[Any], y: NDArray[Any]) -> float | None:
    seen = _table(x, y)
    n, expected = seen.sum(), np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    phi = max(
        0.0, (np.square(seen - expected) / expected).sum() / n - (seen.shape[0] - 1) * (seen.shape[1] - 1) / (n - 1)
    )
    r, k = (size - (size - 1) ** 2 / (n - 1) for size in seen.shape)
    return float(np.sqrt(phi / (min(r, k) - 1))) if min(r, k) > 1 else None


def _table(x: NDArray[Any], y: NDArray[Any]) -> Values:
    (rows, row), (columns, column) = (np.unique(values, return_inverse=True) for values in (x, y))
    counts: Values = np.bincount(row * len(columns) + column, minlength=len(rows) * len(columns)).astype(np.float64)
    return counts.reshape(len(rows), len(columns))


def predicted_alone(x: dict[str, Values], y: dict[str, NDArray[Any]], ordered: bool, classes: int) -> float:
    """1 - errors / trivial errors on validation rows, of what is predicted from one column; at least 0.

    Fitted on training rows are a decision tree of at most 16 leaves of at least 5 rows, or, of categories, the most
    frequent class or the mean target of each; the trivial prediction is that of all training rows. Errors are counted,
    or squared. Missing cells are a value of their own.
    """
    train, val = x["train"], x["val"]
    if ordered:
        said = _by_tree(train, y["train"], val, classes)
    else:
        groups, group = np.unique(np.nan_to_num(train, nan=-1.0), return_inverse=True)
        own = np.array([_middle(y["train"][group == place], classes) for place in range(len(groups))])
        asked = np.nan_to_num(val, nan=-1.0)
        places = np.searchsorted(groups, asked).clip(max=len(groups) - 1)
        said = np.where(groups[places] == asked, own[places], _middle(y["train"], classes))
    trivial = _errors(np.full(len(val), _middle(y["train"], classes)), y["val"], classes)
    return max(0.0, 1 - _errors(said, y["val"], classes) / trivial) if trivial > 0 else 0.0


def _by_tree(train: Values, y: NDArray[Any], val: Values, classes: int) -> NDArray[Any]:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor  # takes a while

    kind = DecisionTreeClassifier if classes else DecisionTreeRegressor
    # Ranks, as a tree computes in float32, where large numbers may be equal; between two known numbers they go on.
    known = np.unique(train[~np.isnan(train)])
    ranked = [np.where(np.isnan(own), -1.0, _among(own, known)) for own in (train, val)]
    tree = kind(max_leaf_nodes=_LEAVES, min_samples_leaf=_LEAF, random_state=0).fit(ranked[0][:, None], y)
    said: NDArray[Any] = tree.predict(ranked[1][:, None])
    return said


def _among(values: Values, known: Values) -> Values:
    """The places of numbers among known ones; two of these that are nearer to each other than float64 can divide by
    have no place between them."""
    places: Values = np.interp(values, known, np.arange(len(known)))
    without = ~np.isfinite(places)
    places[without] = np.searchsorted(known, values[without], side="right") - 1.0
    return places


def _middle(y: NDArray[Any], classes: int) -> float:
    return float(np.bincount(y).argmax()) if classes else float(y.mean())


def _errors(said: NDArray[Any], y: NDArray[Any], classes: int) -> float:
    return float(np.count_nonzero(said != y)) if classes else float(np.square(said - y).sum())


def distance(one: Values, other: Values, ordered: bool) -> tuple[float, float]:
    """How far apart two samples' distributions are, 0 to 1, and how likely as much is by chance.

    Of what is ordered the largest difference of the shares below any value, with the p of Kolmogorov and Smirnov; of
    categories half the sum of the differences of their shares, with the p of Pearson's chi-squared test.
    """
    if not len(one) or not len(other):
        return 0.0, 1.0
    if ordered:
        both = np.sort(np.concatenate([one, other]))  # in order, their places are found in a fraction of the time
        below = [np.searchsorted(np.sort(own), both, side="right") / len(own) for own in (one, other)]
        apart = float(np.abs(np.subtract(*below)).max())
        return apart, float(kolmogorov(apart * np.sqrt(len(one) * len(other) / len(both))))
    seen = _table(np.concatenate([one, other]), np.repeat([0, 1], [len(one), len(other)]))
    apart = float(np.abs(np.subtract(*(seen / seen.sum(axis=0)).T)).sum() / 2)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    return apart, float(chdtrc(len(seen) - 1, (np.square(seen - expected) / expected).sum())) if len(seen) > 1 else 1.0
