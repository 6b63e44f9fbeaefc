"""An overview of a table: what each column is and became, and what it says of the target and of the splits."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from mindgap.data.encoded import DateParts, EncodedColumn, Number, OneHot, Ordinal, TargetMeans
from mindgap.data.encoding import Dropped, Fitted
from mindgap.data.raw import Column, Raw
from mindgap.data.splits import Splits
from mindgap.store.documents import Document

ROWS, CELLS = 10_000, 4_000_000
"""Rows of a split, and cells of it, that are looked at, at most."""

DRIFT = 0.1
"""Distance of two distributions from which on they differ for practice."""

AWAY = 0.95
"""Share of the target's errors from which on a column that predicts it alone gives it away."""

_CHANCE = 0.001
_COUNTED = 50
_LEAVES, _LEAF = 16, 5
_COMMONEST = 3

Values = NDArray[np.float64]
Kind = Literal["number", "category", "ordinal", "date"]
Use = Literal["number", "log", "quantile", "ordinal", "date", "one-hot", "target means"]


@dataclass(frozen=True)
class ColumnOverview:
    """A column, by the rows that were looked at.

    `use` is how it became `features`, None where it was `dropped`, and why; `gathered` are the categories that share a
    feature. `missing` are shares of cells by split. Of training rows are the number of `different` cells, of numbers
    the `least`, the `median` and the `greatest`, of dates the same as days, and of categories the `commonest` with
    their shares. `correlation` is with the target, on training rows, see `correlation`; `alone` is what the column
    predicts of the target by itself, on validation rows, see `predicted_alone`. `drift` are distances of the other
    splits' distributions from that of the training rows, see `distance`, and `drifts` the splits where that is more
    than chance and than `DRIFT`. `counts_rows` says whether it seems to number the rows.
    """

    name: str
    kind: Kind
    use: Use | None
    dropped: Dropped | None
    features: int
    gathered: int
    missing: dict[str, float]
    different: int
    least: float | None
    median: float | None
    greatest: float | None
    commonest: tuple[tuple[str, float], ...]
    correlation: float | None
    alone: float | None
    drift: dict[str, float]
    drifts: tuple[str, ...]
    counts_rows: bool


@dataclass(frozen=True)
class Overview(Document):
    """The columns of a table in their order, those that params ignore, and how many rows of each split were looked at.

    Nothing is fitted on it, and no target of a test row is in it.
    """

    FILE = "overview.json"

    columns: tuple[ColumnOverview, ...]
    ignored: tuple[str, ...]
    rows: dict[str, int]

    @classmethod
    def of(cls, prepared: Path) -> Self | None:
        """That of a prepared data set; None where it is no table."""
        return cls.read(prepared) if (prepared / cls.FILE).is_file() else None


def look_over(raw: Raw, splits: Splits, fitted: Fitted, *, test: bool = True) -> Overview:
    """Look at the columns of a table; of the test rows only where `test` says so."""
    columns = raw.columns or ()
    named = {name: rows for name, rows in splits.named.items() if test or name != "test"}
    most = max(1, min(ROWS, CELLS // max(1, len(columns))))
    rows = {
        name: own[np.linspace(0, len(own) - 1, min(len(own), most)).astype(np.int64)] for name, own in named.items()
    }
    x = {name: raw.x[own] for name, own in rows.items()}
    y = {name: raw.y[rows[name]] for name in ("train", "val")}
    used = {column.column.name: column for column in fitted.encoding.columns or ()}
    chance = _CHANCE / max(1, len(columns) * (len(x) - 1))
    found = tuple(
        _overview(
            column,
            used.get(column.name),
            fitted.dropped.get(column.name),
            {name: own[:, index] for name, own in x.items()},
            y,
            len(raw.classes),
            len(raw.x),
            chance,
        )
        for index, column in enumerate(columns)
    )
    layout = raw.layout.columns if raw.layout else ()
    known = {raw.target, *(column.name for column in columns)}
    known |= {raw.apart.name} if raw.apart else set()
    known |= {raw.layout.weight} if raw.layout and raw.layout.weight else set()
    return Overview(
        found, tuple(name for name in layout if name not in known), {n: len(own) for n, own in rows.items()}
    )


def encoded_alike(overview: Overview, fitted: Fitted) -> Overview:
    """That of the same rows under another encoding, which differs in the transforms of numbers alone."""
    used = {column.column.name: _use(column) for column in fitted.encoding.columns or ()}
    return replace(overview, columns=tuple(replace(column, use=used.get(column.name)) for column in overview.columns))


def _overview(
    column: Column,
    encoded: EncodedColumn | None,
    dropped: Dropped | None,
    x: dict[str, Values],
    y: dict[str, NDArray[Any]],
    classes: int,
    rows: int,
    chance: float,
) -> ColumnOverview:
    present = x["train"][~np.isnan(x["train"])]
    different, counts = np.unique(present, return_counts=True)
    measured = column.categories is None and len(present) > 0
    least, median, greatest = np.quantile(present, (0, 0.5, 1)).tolist() if measured else (None, None, None)
    commonest = [
        (column.categories[int(different[place])], float(counts[place] / len(present)))
        for place in np.argsort(-counts, kind="stable")[:_COMMONEST]
        if column.categories is not None
    ]
    ordered = column.categories is None or column.role == "ordinal"
    distances = {name: distance(present, own[~np.isnan(own)], ordered) for name, own in x.items() if name != "train"}
    varies = len(different) > 1
    everything = np.concatenate(list(x.values()))
    return ColumnOverview(
        name=column.name,
        kind=column.role or ("number" if column.categories is None else "category"),
        use=None if encoded is None else _use(encoded),
        dropped=dropped,
        features=0 if encoded is None else len(encoded.feature_names),
        gathered=len(different) - len(encoded.known) if isinstance(encoded, OneHot) and encoded.others else 0,
        missing={name: float(np.isnan(own).mean()) for name, own in x.items()},
        different=len(different),
        least=least,
        median=median,
        greatest=greatest,
        commonest=tuple(commonest),
        correlation=correlation(x["train"], y["train"], ordered, classes) if varies else None,
        alone=predicted_alone(x, y, ordered, classes) if varies else None,
        drift={name: apart for name, (apart, _) in distances.items()},
        drifts=tuple(name for name, (apart, p) in distances.items() if apart >= DRIFT and p < chance),
        counts_rows=measured and column.role is None and _counts(everything, rows),
    )


def _use(encoded: EncodedColumn) -> Use:
    match encoded:
        case Number(transform=None):
            return "number"
        case Number():
            return "log" if encoded.described().transform == "log" else "quantile"
        case Ordinal():
            return "ordinal"
        case DateParts():
            return "date"
        case TargetMeans():
            return "target means"
    return "one-hot"


def _counts(values: Values, rows: int) -> bool:
    """Whether numbers (some of the rows of a table,) are whole, each another, and no more than the table has rows."""
    if len(values) < _COUNTED or np.isnan(values).any() or np.any(values % 1 != 0):
        return False
    return len(np.unique(values)) == len(values) and bool(values.max() - values.min() < rows)


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
    return np.where(np.isfinite(places), places, np.searchsorted(known, values, side="right") - 1.0)


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
        both = np.concatenate([one, other])
        below = [np.searchsorted(np.sort(own), both, side="right") / len(own) for own in (one, other)]
        apart = float(np.abs(np.subtract(*below)).max())
        return apart, float(kolmogorov(apart * np.sqrt(len(one) * len(other) / len(both))))
    seen = _table(np.concatenate([one, other]), np.repeat([0, 1], [len(one), len(other)]))
    apart = float(np.abs(np.subtract(*(seen / seen.sum(axis=0)).T)).sum() / 2)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    return apart, float(chdtrc(len(seen) - 1, (np.square(seen - expected) / expected).sum())) if len(seen) > 1 else 1.0
