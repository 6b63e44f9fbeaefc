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
    """A column's kind, and its cells as float64 (rows,): numbers, or positions in its sorted categories; NaN is missing.

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
    _refuse(
        name, "text", [row for row, cell in enumerate(cells) if numbers.get(cell, 0.0) is None], cells, place, origin
    )
    values = np.array([numbers.get(cell, math.nan) for cell in cells], dtype=np.float64)
    _refuse(name, "infinities", np.flatnonzero(np.isinf(values)).tolist(), cells, place, origin)
    return Column(name, None), values


def _refuse(
    name: str, what: str, rows: list[int], cells: Sequence[str], place: Callable[[int], str], origin: str
) -> None:
    if rows:
        named = ", ".join(f"{place(row)} {cells[row]!r}" for row in rows[:5])
        raise UserError(
            f"{origin}: column {name!r} holds numbers and {what}: {named} ({len(rows)} of {len(cells)} rows). Correct "
            "these cells or leave them empty (see data.missing), or remove the column."
        )


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
