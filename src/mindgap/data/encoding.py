"""Encoding: from the raw values of a source to features, by what the training rows hold."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mindgap.data.raw import Column, Raw
from mindgap.errors import UserError


@dataclass(frozen=True)
class EncodedColumn:
    """How one column of a table becomes features.

    `known` are the positions of the training rows' categories, each of which gets one feature, 1 or 0; it is None for
    numbers. `fill` is what a missing cell counts as: the training median, or the position of the most frequent
    category; None where missing cells are refused.
    """

    column: Column
    known: tuple[int, ...] | None
    fill: float | None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """`height` for numbers, `colour=red` for categories."""
        if self.column.categories is None or self.known is None:
            return (self.column.name,)
        return tuple(f"{self.column.name}={self.column.categories[position]}" for position in self.known)

    def features(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(rows,) raw values to (rows, features)."""
        if self.fill is not None:
            values = np.where(np.isnan(values), self.fill, values)
        if self.known is None:
            return values[:, None]
        return np.equal.outer(values, np.array(self.known, dtype=np.float64)).astype(np.float64)

    def unseen(self, values: NDArray[np.float64]) -> int:
        """How many cells hold a category that the training rows lack; their features are all 0."""
        if self.known is None:
            return 0
        return int(np.count_nonzero(~np.isnan(values) & ~np.isin(values, self.known)))

    def described(self) -> "DescribedColumn":
        """What is written of it."""
        categories = self.column.categories
        if categories is None or self.known is None:
            return DescribedColumn(self.column.name, "number", None, self.fill)
        known = tuple(categories[position] for position in self.known)
        return DescribedColumn(
            self.column.name, "category", known, None if self.fill is None else categories[int(self.fill)]
        )


@dataclass(frozen=True)
class DescribedColumn:
    """A column as the training rows knew it: its categories are theirs alone; `imputed` is None where cells must be."""

    name: str
    kind: Literal["number", "category"]
    categories: tuple[str, ...] | None
    imputed: float | str | None

    def encoded(self) -> EncodedColumn:
        """The column that was described."""
        if self.categories is None:
            return EncodedColumn(Column(self.name, None), None, None if self.imputed is None else float(self.imputed))
        fill = None if self.imputed is None else float(self.categories.index(str(self.imputed)))
        return EncodedColumn(Column(self.name, self.categories), tuple(range(len(self.categories))), fill)


@dataclass(frozen=True)
class Encoding:
    """How raw rows become features: columns of a table one by one, all else by division by `divisor`."""

    columns: tuple[EncodedColumn, ...] | None
    divisor: float

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The names of all features, None where the data are no table."""
        return None if self.columns is None else tuple(name for column in self.columns for name in column.feature_names)

    def features(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """(rows, columns) raw values to float64 (rows, features)."""
        if self.columns is None:
            return np.asarray(x, dtype=np.float64) / self.divisor
        found = np.empty((len(x), sum(len(column.feature_names) for column in self.columns)))
        place = position = 0
        # Neighbouring numbers are copied at once: column by column would go through memory for each of them.
        for numeric, columns in groupby(self.columns, lambda column: column.known is None):
            own = list(columns)
            if numeric:
                _copy_numbers(x[:, position : position + len(own)], own, found[:, place : place + len(own)])
                place += len(own)
            else:
                for shift, column in enumerate(own):
                    width = len(column.feature_names)
                    found[:, place : place + width] = column.features(x[:, position + shift])
                    place += width
            position += len(own)
        return found

    def unseen(self, x: NDArray[Any], rows: NDArray[np.int64]) -> dict[str, int]:
        """By column of categories, how many cells of these rows of x (all rows, columns) hold one that the training
        rows lack."""
        return {
            column.column.name: column.unseen(x[rows, i])
            for i, column in enumerate(self.columns or ())
            if column.known is not None
        }


def _copy_numbers(x: NDArray[np.float64], columns: Sequence[EncodedColumn], out: NDArray[np.float64]) -> None:
    """Write (rows, columns) numbers into `out`, what is missing filled."""
    out[:] = x
    if any(column.fill is not None for column in columns):
        fill = np.array([math.nan if column.fill is None else column.fill for column in columns])
        np.copyto(out, fill, where=np.isnan(out))


def fit_encoding(raw: Raw, train: NDArray[np.int64], *, impute: bool) -> Encoding:
    """Take categories, medians and most frequent categories from the training rows alone.

    Of equally frequent categories the first in order counts. Raises UserError for a column that no training row fills.
    """
    if raw.columns is None:
        return Encoding(None, raw.divisor)
    encoded = []
    for index, column in enumerate(raw.columns):
        if column.categories is None and not impute:  # nothing to be known of it
            encoded.append(EncodedColumn(column, None, None))
            continue
        values = raw.x[train, index]
        present = values[~np.isnan(values)]
        if len(present) == 0:
            raise UserError(
                f"{raw.origin}: column {column.name!r} is missing in all {len(train)} training rows, so nothing can be "
                "imputed. Remove the column."
            )
        if column.categories is None:
            known, fill = None, float(np.median(present))
        else:
            positions, counts = np.unique(present, return_counts=True)
            known, fill = tuple(int(position) for position in positions), float(positions[np.argmax(counts)])
        encoded.append(EncodedColumn(column, known, fill if impute else None))
    return Encoding(tuple(encoded), raw.divisor)
