"""Columns of a table: which hold numbers, which hold categories, and their cells as numbers."""

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mindgap.data.cells import is_missing, parse_number
from mindgap.data.raw import Column
from mindgap.errors import UserError

MOST_CATEGORIES = 1000
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")


def read_column(
    name: str, cells: Sequence[str], place: Callable[[int], str], origin: str
) -> tuple[Column, NDArray[np.float64]]:
    """A column's kind, and its cells as float64 (rows,): numbers, or positions in its sorted categories; NaN: missing.

    A column is categorical when none of its cells that are not missing is a number. `place` names a row in messages.
    Raises UserError for numbers mixed with text, infinities, decimal commas and more than 1,000 categories.
    """
    # Each distinct text is looked at once: tables repeat themselves.
    numbers = {cell: parse_number(cell) for cell in set(cells) if not is_missing(cell)}
    if all(number is None for number in numbers.values()) and numbers:
        categories = tuple(sorted(numbers))
        _refuse_odd_categories(name, categories, origin)
        positions = {category: float(position) for position, category in enumerate(categories)}
        return Column(name, categories), np.array([positions.get(cell, math.nan) for cell in cells])
    return Column(name, None), _numbers(name, cells, numbers, place, origin)


def read_known_column(
    column: Column, cells: Sequence[str], place: Callable[[int], str], origin: str
) -> NDArray[np.float64]:
    """The cells of new rows as float64 (rows,), by what the column held in training; NaN is missing.

    A category that training did not know is -1. `place` names a row in messages. Raises UserError for infinities, for
    text in a column of numbers, and for numbers in a column of categories.
    """
    numbers = {cell: parse_number(cell) for cell in set(cells) if not is_missing(cell)}
    if column.categories is None:
        return _numbers(column.name, cells, numbers, place, origin)
    odd = [row for row, cell in enumerate(cells) if numbers.get(cell) is not None]
    if odd:
        raise UserError(
            f"{origin}: column {column.name!r} held categories in training, such as {column.categories[0]!r}, but here "
            f"numbers: {_listed(odd, cells, place)}. Correct these cells."
        )
    positions = {category: float(position) for position, category in enumerate(column.categories)}
    return np.array([math.nan if is_missing(cell) else positions.get(cell, -1.0) for cell in cells], dtype=np.float64)


def read_measurements(name: str, cells: Sequence[str], place: Callable[[int], str], origin: str) -> NDArray[np.float64]:
    """A target's cells, none of them missing, as float64 (rows,); UserError for text and infinities, naming rows."""
    numbers = [parse_number(cell) for cell in cells]
    texts = [row for row, number in enumerate(numbers) if number is None]
    infinities = [row for row, number in enumerate(numbers) if number is not None and math.isinf(number)]
    for what, rows in (("text", texts), ("infinities", infinities)):
        if rows:
            raise UserError(
                f"{origin}: the target {name!r} holds {what}: {_listed(rows, cells, place)}. For data.task: regression "
                "every row needs a finite number, written with a decimal point and no other marks. Correct these cells "
                "or remove the rows; if the target is a class, write data.task: classification."
            )
    return np.array(numbers, dtype=np.float64)


def refuse_missing(x: NDArray[np.float64], names: Sequence[str], places: Sequence[str], origin: str, way: str) -> None:
    """UserError where cells of (rows, columns) are missing, naming the first; `way` is one way out of three."""
    missing = np.argwhere(np.isnan(x))
    if len(missing):
        named = ", ".join(f"{places[row]} column {names[column]!r}" for row, column in missing[:5])
        raise UserError(
            f"{origin}: {len(missing)} {'cell is' if len(missing) == 1 else 'cells are'} missing: {named}"
            f"{' ...' if len(missing) > 5 else ''}. Fill them, remove the rows, or {way}."
        )


def _numbers(
    name: str, cells: Sequence[str], numbers: dict[str, float | None], place: Callable[[int], str], origin: str
) -> NDArray[np.float64]:
    _refuse(
        name, "text", [row for row, cell in enumerate(cells) if numbers.get(cell, 0.0) is None], cells, place, origin
    )
    values = np.array([numbers.get(cell, math.nan) for cell in cells], dtype=np.float64)
    _refuse(name, "infinities", np.flatnonzero(np.isinf(values)).tolist(), cells, place, origin)
    return values


def _refuse(
    name: str, what: str, rows: list[int], cells: Sequence[str], place: Callable[[int], str], origin: str
) -> None:
    if rows:
        raise UserError(
            f"{origin}: column {name!r} holds numbers and {what}: {_listed(rows, cells, place)}. Correct these cells "
            "or leave them empty (see data.missing), or remove the column."
        )


def _listed(rows: list[int], cells: Sequence[str], place: Callable[[int], str]) -> str:
    named = ", ".join(f"{place(row)} {cells[row]!r}" for row in rows[:5])
    return f"{named} ({len(rows)} of {len(cells)} rows)"


def _refuse_odd_categories(name: str, categories: tuple[str, ...], origin: str) -> None:
    if all(_DECIMAL_COMMA.fullmatch(category) for category in categories):
        raise UserError(
            f"{origin}: column {name!r} holds numbers with a decimal comma, such as {categories[0]!r}. Write them with "
            "a point."
        )
    if len(categories) > MOST_CATEGORIES:
        raise UserError(
            f"{origin}: column {name!r} holds {len(categories):,} different texts, such as {categories[0]!r}; a "
            f"category gets an input of its own, and {MOST_CATEGORIES:,} is the most. Remove the column, or group it."
        )
