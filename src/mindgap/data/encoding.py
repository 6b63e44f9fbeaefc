"""Encoding: from the raw values of a source to features, by what the training rows hold."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import blocks
from mindgap.data.encoded import DateParts, EncodedColumn, Features, Number, OneHot, Ordinal, TargetMeans, turns_of
from mindgap.data.raw import Raw
from mindgap.data.transforms import TRANSFORMS
from mindgap.errors import UserError
from mindgap.streams import stream
from mindgap.words import words

FOLDS = 5
"""Parts of the training rows; a row's means of the target are of the other parts."""

PRIOR = 10.0
"""Rows that the mean of all training rows counts for beside those of a category."""

ONE_HOT = 50
"""Categories of a column that have a feature each, at most, unless params say otherwise."""

RARE = 0.001
"""Share of the training rows below which a category is rare, unless params say otherwise."""


@dataclass(frozen=True)
class Dropped:
    """Why a column is left out, and which column it equals."""

    why: Literal["empty", "constant", "equal", "texts"]
    other: str = ""

    def __str__(self) -> str:
        return _REASONS[self.why].format(repr(self.other))


_REASONS = words(
    {
        "empty": "missing in all training rows",
        "constant": "constant on the training rows",
        "equal": "equal to {} on the training rows",
        "texts": "nearly each row has its own text",
    }
)


@dataclass(frozen=True)
class Encoding:
    """How raw rows become features: columns of a table one by one, all else by division by `divisor`.

    `places` are where the columns stand in a raw row; None: they are all there is, in their order.
    """

    columns: tuple[EncodedColumn, ...] | None
    divisor: float
    places: tuple[int, ...] | None = None

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The names of all features, None where the data are no table."""
        return None if self.columns is None else tuple(name for column in self.columns for name in column.feature_names)

    def features(self, x: NDArray[Any]) -> Features:
        """(rows, columns) raw values to float64 (rows, features)."""
        if self.columns is None:
            return np.asarray(x, dtype=np.float64) / self.divisor
        if self.places is not None:
            x = x[:, self.places]
        widths = [len(column.feature_names) for column in self.columns]
        found = np.empty((len(x), sum(widths)))
        place = position = 0
        # Neighbouring numbers are copied at once: column by column would go through memory for each of them.
        for plain, columns in groupby(self.columns, lambda column: column.plain):
            own = list(columns)
            if plain:
                _copy_numbers(x[:, position : position + len(own)], own, found[:, place : place + len(own)])
                place += len(own)
            else:
                for shift, column in enumerate(own):
                    width = widths[position + shift]
                    found[:, place : place + width] = column.features(x[:, position + shift])
                    place += width
            position += len(own)
        return found

    def unseen(self, x: NDArray[Any], rows: NDArray[np.int64]) -> dict[str, int]:
        """By column of categories, how many cells of these rows of x (all rows, columns) hold one that the training
        rows lack."""
        columns = self.columns or ()
        places = self.places or range(len(columns))
        return {
            column.column.name: column.unseen(x[rows, place])
            for column, place in zip(columns, places, strict=True)
            if isinstance(column, OneHot | TargetMeans)
        }


def _copy_numbers(x: Features, columns: Sequence[EncodedColumn], out: Features) -> None:
    """Write (rows, columns) numbers into `out`, what is missing filled."""
    out[:] = x
    if any(column.fill is not None for column in columns):
        fill = np.array([math.nan if column.fill is None else column.fill for column in columns])
        np.copyto(out, fill, where=np.isnan(out))


@dataclass(frozen=True)
class Fitted:
    """An encoding, and what became of the columns that it was fitted on.

    `dropped` says why columns are left out, by their names. The training rows themselves, whose numbers are
    `train` (rows,), are encoded by one of `parts`: `part` (rows,) says by which, the one that was fitted without them.
    Where no column is encoded by the target, there is one part, the encoding itself.
    """

    encoding: Encoding
    train: NDArray[np.int64]
    dropped: dict[str, Dropped]
    parts: tuple[Encoding, ...]
    part: NDArray[np.int64]

    def training(self, x: NDArray[Any], block: slice) -> Features:
        """The features of some of the training rows, a slice of `train`, of all raw rows x (all rows, columns)."""
        raw = x[self.train[block]]
        if len(self.parts) == 1:
            return self.parts[0].features(raw)
        part = self.part[block]
        found: Features = np.empty((len(raw), 0))
        for number in np.unique(part):
            own = self.parts[number].features(raw[part == number])
            found = found if found.shape[1] else np.empty((len(raw), own.shape[1]))
            found[part == number] = own
        return found


def fit_encoding(
    raw: Raw,
    train: NDArray[np.int64],
    *,
    impute: bool,
    seed: int = 0,
    transform: str = "none",
    one_hot: int = ONE_HOT,
    rare: float = RARE,
) -> Fitted:
    """Take categories, medians, most frequent categories, transforms and means from the training rows alone.

    Columns are dropped that are missing in all training rows or constant on them, that equal an earlier column there,
    and that hold texts of which most rows that have any have one of their own. A column of more than `one_hot`
    categories is encoded by the means of the target; of others, categories of fewer than `rare` of the training rows
    have one feature together. Of equally frequent categories the first in order is imputed. Raises UserError for a
    table of which no column is left, and for a transform of what is no table.
    """
    alone = np.zeros(len(train), np.int64)
    if raw.columns is None:
        if transform != "none":
            raise UserError(
                f"preprocess.transform: {transform} needs the columns of a table, which {raw.origin} does not have. "
                "Write preprocess.transform: none."
            )
        encoding = Encoding(None, raw.divisor)
        return Fitted(encoding, train, {}, (encoding,), alone)
    dropped = _saying_nothing(raw, train)
    encoded: dict[int, EncodedColumn] = {}
    for index, column in enumerate(raw.columns):
        if column.name in dropped:
            continue
        values = raw.x[train, index] if impute or column.categories or column.role or transform != "none" else None
        made = _fit_column(raw, index, values, impute=impute, transform=transform, one_hot=one_hot, rare=rare)
        if made is None:
            dropped[column.name] = Dropped("texts")
        else:
            encoded[index] = made
    if not encoded:
        reasons = words("; ".join(f"{name!r}: {reason}" for name, reason in list(dropped.items())[:5]))
        raise UserError(
            f"{raw.origin}: no column is left to predict {raw.target!r} from: {reasons}. Add columns, or correct "
            "data.target and data.ignore."
        )
    places = tuple(encoded) if dropped else None
    by_target = [index for index, column in encoded.items() if isinstance(column, TargetMeans)]
    if not by_target:
        encoding = Encoding(tuple(encoded.values()), raw.divisor, places)
        return Fitted(encoding, train, dropped, (encoding,), alone)
    part = _parts(raw, train, seed)

    def fitted(without: int | None) -> Encoding:
        means = {index: fit_means(raw, train, index, encoded[index], part != without) for index in by_target}
        return Encoding(tuple((encoded | means).values()), raw.divisor, places)

    return Fitted(fitted(None), train, dropped, tuple(fitted(number) for number in range(FOLDS)), part)


def _fit_column(
    raw: Raw, index: int, values: Features | None, *, impute: bool, transform: str, one_hot: int, rare: float
) -> EncodedColumn | None:
    """A column by its values on the training rows (rows,), or by none where nothing is to be known of it.

    None for a column of which most rows have a text of their own.
    """
    column = (raw.columns or ())[index]
    if values is None:
        return Number(column, None)
    present = values[~np.isnan(values)]
    if column.categories is None:
        fill = float(np.median(present)) if impute else None
        if column.role == "date":
            return DateParts(column, fill, turns_of(present), bool(np.any(present % 1 != 0)))
        kind = TRANSFORMS.get(transform)
        return Number(column, fill, None if kind is None else kind.fit(present))
    positions, counts = np.unique(present, return_counts=True)
    fill = float(positions[np.argmax(counts)]) if impute else None
    known = tuple(int(position) for position in positions)
    if column.role == "ordinal":
        return Ordinal(column, fill)
    if len(known) > one_hot:
        if 2 * len(known) > len(present):
            return None
        return TargetMeans(column, fill, known, ((),), ())
    common = tuple(
        position for position, count in zip(known, counts.tolist(), strict=True) if count >= rare * len(values)
    )
    if not common or len(common) == len(known):
        return OneHot(column, fill, known)
    return OneHot(
        column, fill, common, others=True, rare=tuple(position for position in known if position not in common)
    )


def _saying_nothing(raw: Raw, train: NDArray[np.int64]) -> dict[str, Dropped]:
    """Why columns go that say nothing on the training rows, or nothing new, by their names.

    Missing cells of a column do not count as another value, as they are filled by its own.
    """
    columns, width = raw.columns or (), raw.x.shape[1]
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    for block in blocks(len(train), width):
        x = raw.x[train[block]]
        low, high = np.fmin(low, np.fmin.reduce(x, axis=0)), np.fmax(high, np.fmax.reduce(x, axis=0))
    alike = defaultdict[tuple[Any, ...], list[int]](list)
    for index, column in enumerate(columns):
        alike[column.categories, column.role, low[index], high[index]].append(index)
    digests = _digests(raw, train, [index for group in alike.values() if len(group) > 1 for index in group])
    found, first = dict[str, Dropped](), dict[tuple[Any, ...], str]()
    for index, column in enumerate(columns):
        if low[index] >= high[index]:
            found[column.name] = Dropped("constant" if low[index] == high[index] else "empty")
        elif index in digests:
            same = first.setdefault((column.categories, column.role, digests[index]), column.name)
            if same != column.name:
                found[column.name] = Dropped("equal", same)
    return found


def _digests(raw: Raw, train: NDArray[np.int64], indices: list[int]) -> dict[int, bytes]:
    """The digests of some columns' training values, by their places."""
    digests = {index: blake2b(digest_size=16) for index in indices}
    for block in blocks(len(train), raw.x.shape[1]) if indices else ():
        x = raw.x[train[block]] + 0.0  # -0 is 0
        for index, digest in digests.items():
            digest.update(x[:, index].tobytes())
    return {index: digest.digest() for index, digest in digests.items()}


def _parts(raw: Raw, train: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """For each training row its part, (rows,): of each class about as many rows in each; or whole groups, if rows have
    such, as rows of a group may be alike."""
    if raw.apart is not None and raw.apart.kind == "group":
        groups, group = np.unique(raw.apart.values[train], return_inverse=True)
        return (stream("encoding", seed=seed).permutation(len(groups)) % FOLDS)[group]
    drawn = stream("encoding", seed=seed).permutation(len(train))
    part = np.empty(len(train), np.int64)
    labels = raw.y[train][drawn] if raw.classes else np.zeros(len(train))
    part[drawn[np.argsort(labels, kind="stable")]] = np.arange(len(train)) % FOLDS
    return part


def fit_means(
    raw: Raw, train: NDArray[np.int64], index: int, column: EncodedColumn, used: NDArray[np.bool_]
) -> TargetMeans:
    """(sum of y over the used training rows of a category + m mean(y)) / (their number + m), where m is `PRIOR`.

    y is the target; of classes 1 or 0 for each, of two classes for the second. `mean(y)` is that of all training rows,
    so that it is the same for each part: for a category of one row, what is left says nothing of it. A missing cell
    counts as what it is filled by. Source: Micci-Barreca (2001), A preprocessing scheme for high-cardinality
    categorical attributes.
    """
    if not isinstance(column, TargetMeans):
        raise TypeError("a column that the target encodes")
    y = raw.y[train].astype(np.float64)
    names: tuple[str, ...] = (f"mean of {raw.target}",)
    if raw.classes:
        asked = range(1, 2) if len(raw.classes) == 2 else range(len(raw.classes))
        names = tuple(f"share of {raw.classes[label]}" for label in asked)
        y = np.equal.outer(y, np.array(asked, np.float64)).astype(np.float64)
    else:
        y = y[:, None]
    values = raw.x[train, index]
    values = np.where(np.isnan(values), np.nan if column.fill is None else column.fill, values)
    places = np.searchsorted(np.array(column.known, np.float64), values[used])
    count = np.bincount(places, minlength=len(column.known))[:, None]
    total = np.stack([np.bincount(places, own, len(column.known)) for own in y[used].T], axis=1)
    prior = y.mean(axis=0)
    means = np.concatenate([(total + PRIOR * prior) / (count + PRIOR), prior[None]])
    return replace(column, means=tuple(map(tuple, means.tolist())), names=names)
