"""Class labels: from texts to positions in a sorted list of classes."""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mindgap.data.cells import parse_number

_WHOLE = re.compile(r"[+-]?[0-9]{1,1000}")


def encode_labels(labels: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The distinct labels in order, and for each row (rows,) the position of its label in them.

    When every label is a number, equal numbers are one class however they are written (1 and 1.0), and the order is
    that of the numbers; otherwise it is that of the texts.
    """
    distinct = sorted(set(labels))
    numbers = {label: _number(label) for label in distinct}
    values = [value for value in numbers.values() if value is not None]
    if len(values) == len(distinct):
        ordered = sorted(set(values))
        classes = tuple(_written(value) for value in ordered)
        place = {value: position for position, value in enumerate(ordered)}
        positions = {label: place[value] for label, value in numbers.items() if value is not None}
    else:
        classes = tuple(distinct)
        positions = {label: position for position, label in enumerate(distinct)}
    return classes, np.array([positions[label] for label in labels], dtype=np.int64)


def _number(label: str) -> int | float | None:
    # Whole numbers stay exact: identifiers may have more digits than a float holds.
    if _WHOLE.fullmatch(label):
        return int(label)
    value = parse_number(label)
    return value if value is not None and math.isfinite(value) else None


def code(cell: str) -> str:
    """A cell as the name of a category: of numbers, 1, 1.0 and 01 are the same."""
    value = _number(cell)
    return cell if value is None else _written(value)


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
