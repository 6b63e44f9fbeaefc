"""Columns of a table: which hold numbers, which hold categories, and their cells as numbers; read chunk by chunk."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import blocks
from mindgap.data.cells import is_missing, parse_number
from mindgap.data.dates import parse_date
from mindgap.data.labels import code, encode_labels
from mindgap.data.raw import Column
from mindgap.errors import UserError
from mindgap.words import words

# With a decimal comma, or with marks between thousands; what is a number by itself, as 1.234, is none of these.
_MARKED = re.compile(r"[+-]?([0-9]*,[0-9]+|[0-9]{1,3}([.,'\u2019 \u00a0\u202f][0-9]{3})+([.,][0-9]+)?)")
_SHOWN = 5
_WAY = words(
    "Correct these cells or leave them empty (see data.missing); or write the column into data.categorical, or into "
    "data.ignore."
)

Place = Callable[[int], str]
"""How messages name a row, by its number from 0."""


@dataclass(frozen=True)
class Texts:
    """Cells as texts: the stripped texts that occur, and each cell's place among them (rows,), -1 for no cell at all.

    Where they are `labels`, none of them is a number or a word for a missing cell, whatever it spells.
    """

    distinct: Sequence[str]
    places: NDArray[np.integer[Any]]
    labels: bool = False

    @classmethod
    def of(cls, cells: Sequence[str]) -> "Texts":
        """Cells in the order of their rows."""
        known: dict[str, int] = {}
        places = np.array([known.setdefault(cell, len(known)) for cell in cells], np.int64)
        return cls(tuple(known), places)

    def cell(self, row: int) -> str:
        """The text of a cell, empty where there is none."""
        return self.distinct[self.places[row]] if self.places[row] >= 0 else ""

    def spread(self, values: Sequence[float]) -> NDArray[np.float64]:
        """A value for each distinct text to one for each cell; NaN where there is none."""
        spread: NDArray[np.float64] = np.array([*values, math.nan])[self.places]
        return spread

    def missing(self) -> list[bool]:
        """Of each distinct text, whether it is a word for a missing cell."""
        return [not self.labels and is_missing(text) for text in self.distinct]

    def numbers(self) -> list[float | None]:
        """Of each distinct text, the number that it spells, if any."""
        return [None if self.labels else parse_number(text) for text in self.distinct]


Chunk = Texts | NDArray[np.float64]
"""Some cells of a column: texts; or numbers, NaN for a missing cell."""

Block = Sequence[Chunk]
"""Some rows of a table: a chunk of each column, the target among them."""


def texts_of(chunk: Chunk) -> list[str]:
    """The text of each cell that came as such, empty where there is none."""
    if not isinstance(chunk, Texts):
        raise TypeError("these cells came as numbers")
    found: list[str] = np.array([*chunk.distinct, ""], object)[chunk.places].tolist()
    return found


class Found:
    """Cells that are not as they should be: how many, and the first of them, each with its row."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[tuple[int, str | float]] = []

    def add(self, chunk: Chunk, at: NDArray[np.bool_], rows_before: int) -> None:
        """Take the cells of a chunk where `at` says so."""
        places = np.flatnonzero(at)
        self.count += len(places)
        for place in places[: _SHOWN - len(self._first)].tolist():
            self._first.append(
                (rows_before + place, chunk.cell(place) if isinstance(chunk, Texts) else float(chunk[place]))
            )

    def rows(self, place: Place) -> str:
        """Where they are."""
        return ", ".join(place(row) for row, _ in self._first)

    def listed(self, place: Place, rows: int) -> str:
        """What they are, and where, of so many rows."""
        named = ", ".join(
            f"{place(row)} {cell if isinstance(cell, float) else repr(cell)}" for row, cell in self._first
        )
        return f"{named} ({self.count} of {rows} rows)"


class ColumnReader:
    """The cells of one column as float64: numbers, or places in its categories; NaN: missing.

    A column is categorical when none of its cells that are not missing is a number, and one of dates when each of them
    is a date. Until all have come, a text's place is that of its first appearance; `finish` tells its value. Messages
    about cells end with the `way` out, if there is another than for a feature.
    """

    def __init__(self, way: str = _WAY) -> None:
        self.rows, self._way = 0, way
        self.missing, self.texts, self.infinities = Found(), Found(), Found()
        self._numbers = False
        self._known: dict[str, int] = {}
        self._undated = Found()

    def add(self, chunk: Chunk) -> NDArray[np.float64]:
        """The values of further cells (rows,)."""
        if isinstance(chunk, Texts):
            values = self._read(chunk)
        else:
            values = chunk
            if np.isfinite(values).all():
                self._numbers, self.rows = True, self.rows + len(values)
                return values
            self._numbers = self._numbers or not np.isnan(values).all()
        self.missing.add(chunk, np.isnan(values), self.rows)
        self.infinities.add(chunk, np.isinf(values), self.rows)
        self.rows += len(values)
        return values

    def _read(self, chunk: Texts) -> NDArray[np.float64]:
        missing, numbers = chunk.missing(), chunk.numbers()
        texts = [not gone and number is None for gone, number in zip(missing, numbers, strict=True)]
        self._numbers = self._numbers or any(number is not None for number in numbers)
        values = [
            self._known.setdefault(text, len(self._known)) if is_text else math.nan if number is None else number
            for text, number, is_text in zip(chunk.distinct, numbers, texts, strict=True)
        ]
        self.texts.add(chunk, chunk.spread(texts) == 1.0, self.rows)
        undated = [text and parse_date(cell) is None for cell, text in zip(chunk.distinct, texts, strict=True)]
        self._undated.add(chunk, chunk.spread(undated) == 1.0, self.rows)
        return chunk.spread(values)

    def finish(self, name: str, place: Place, origin: str) -> tuple[Column, NDArray[np.float64] | None]:
        """What the column is, and of texts the value of each by the place of its appearance: of categories the place in
        their order, of dates the days since 1970 began.

        Raises UserError for numbers mixed with text, infinities, decimal commas, and dates mixed with other texts.
        """
        if self._known and not self._numbers:
            days = [parse_date(text) for text in self._known]
            if None not in days:
                return Column(name, None, "date"), np.array(days, np.float64)
            if 2 * days.count(None) < len(days):
                found = self._undated.listed(place, self.rows)
                raise UserError(f"{origin}: column {name!r} holds dates and other texts: {found}. {self._way}")
            categories = tuple(sorted(self._known))
            _refuse_marks(name, categories, origin)
            order = np.empty(len(categories))
            order[[self._known[category] for category in categories]] = np.arange(len(categories))
            return Column(name, categories), order
        self.refuse_no_numbers(name, place, origin)
        return Column(name, None), None

    def refuse_no_numbers(self, name: str, place: Place, origin: str) -> None:
        """UserError for cells of a column of numbers that are text or infinite."""
        for what, found in (("text", self.texts), ("infinities", self.infinities)):
            if found.count:
                kinds = what if found.count == self.rows else words(f"numbers and {what}")
                raise UserError(
                    f"{origin}: column {name!r} holds {kinds}: {found.listed(place, self.rows)}. {self._way}"
                )

    def as_target(
        self, y: NDArray[np.float64], name: str, place: Place, origin: str
    ) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """No classes, and all values of a target that is to be measured; UserError for text and infinities."""
        for what, found in (("text", self.texts), ("infinities", self.infinities)):
            if found.count:
                raise UserError(
                    f"{origin}: the target {name!r} holds {what}: {found.listed(place, self.rows)}. For data.task: "
                    "regression every row needs a finite number, written with a decimal point and no other marks. "
                    "Correct these cells or remove the rows; if the target is a class, write data.task: classification."
                )
        return (), y


class CodeReader:
    """The cells of a column that params call categorical, or ordinal by an `order`; all come as texts.

    Numbers are codes: 1, 1.0 and 01 are one category. NaN: missing.
    """

    def __init__(self, order: tuple[str, ...] | None) -> None:
        self.rows = 0
        self.missing, self._outside = Found(), Found()
        self._order = order
        self._known = {category: place for place, category in enumerate(order or ())}

    def add(self, chunk: Chunk) -> NDArray[np.float64]:
        """The values of further cells (rows,)."""
        if not isinstance(chunk, Texts):
            raise TypeError("codes are texts")
        codes = [None if gone else code(text) for text, gone in zip(chunk.distinct, chunk.missing(), strict=True)]
        if self._order is not None:
            outside = [found is not None and found not in self._known for found in codes]
            self._outside.add(chunk, chunk.spread(outside) == 1.0, self.rows)
        values = chunk.spread(
            [math.nan if found is None else self._known.setdefault(found, len(self._known)) for found in codes]
        )
        self.missing.add(chunk, np.isnan(values), self.rows)
        self.rows += len(values)
        return values

    def finish(self, name: str, place: Place, origin: str) -> tuple[Column, NDArray[np.float64] | None]:
        """As for `ColumnReader`. Raises UserError for cells that are not in the order."""
        if self._order is not None:
            if self._outside.count:
                raise UserError(
                    f"{origin}: column {name!r} holds what is not in its order (data.ordinal: "
                    f"{', '.join(self._order)}): {self._outside.listed(place, self.rows)}. Add it to the order, or "
                    "correct these cells."
                )
            return Column(name, self._order, "ordinal"), None
        categories, positions = encode_labels(tuple(self._known))
        return Column(name, categories), positions.astype(np.float64)


class LabelReader:
    """The cells of a target of classes, as the places of their texts in the order of appearance; NaN: missing."""

    def __init__(self) -> None:
        self.rows = 0
        self.missing = Found()
        self._known: dict[str, int] = {}

    def add(self, chunk: Chunk) -> NDArray[np.float64]:
        """The places of further cells (rows,), which come as texts."""
        if not isinstance(chunk, Texts):
            raise TypeError("labels are texts")
        places = chunk.spread(
            [
                math.nan if gone else self._known.setdefault(text, len(self._known))
                for text, gone in zip(chunk.distinct, chunk.missing(), strict=True)
            ]
        )
        self.missing.add(chunk, np.isnan(places), self.rows)
        self.rows += len(places)
        return places

    def as_target(
        self, y: NDArray[np.float64], name: str, place: Place, origin: str
    ) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """The classes, and each row's place in them, from all places that `add` gave; see `encode_labels`."""
        classes, positions = encode_labels(tuple(self._known))
        return classes, positions[y.astype(np.int64)]


def refuse_missing(x: NDArray[np.float64], names: Sequence[str], place: Place, origin: str, way: str) -> None:
    """UserError where cells of (rows, columns) are missing, naming the first; `way` is one way out of three."""
    count, first = 0, list[tuple[int, int]]()
    for block in blocks(len(x), max(1, x.shape[1])):
        missing = np.argwhere(np.isnan(x[block]))
        count += len(missing)
        first += [(block.start + row, column) for row, column in missing[: _SHOWN - len(first)].tolist()]
    if count:
        named = ", ".join(f"{place(row)} column {names[column]!r}" for row, column in first)
        raise UserError(
            f"{origin}: {count} {'cell is' if count == 1 else 'cells are'} missing: {named}"
            f"{' ...' if count > _SHOWN else ''}. Fill them, remove the rows, or {way}."
        )


def _refuse_marks(name: str, categories: tuple[str, ...], origin: str) -> None:
    if all(_MARKED.fullmatch(category) for category in categories):
        raise UserError(
            f"{origin}: column {name!r} holds numbers with a decimal comma or marks between thousands, such as "
            f"{categories[0]!r}. Write them with a decimal point and no other marks, as pandas does "
            "that reads them by read_csv(path, sep=';', decimal=',', thousands='.'); or, if they are codes, write the "
            "column into data.categorical."
        )
