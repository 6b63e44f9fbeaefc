"""An overview of a table: what each column is and became, and what it says of the target and of the splits."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from mindgap.data.association import Values, correlation, distance, predicted_alone
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
_COMMONEST = 3

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

    `ids` are the columns that say which row is which, and `shared_ids` the rows of the table that are called as another
    one is. Nothing is fitted on it, and no target of a test row is in it.
    """

    FILE = "overview.json"

    columns: tuple[ColumnOverview, ...]
    ignored: tuple[str, ...]
    rows: dict[str, int]
    ids: tuple[str, ...] = ()
    shared_ids: int = 0

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
    known |= {*(raw.ids.names if raw.ids else ())}
    return Overview(
        found,
        tuple(name for name in layout if name not in known),
        {name: len(own) for name, own in rows.items()},
        raw.ids.names if raw.ids else (),
        raw.ids.shared if raw.ids else 0,
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
