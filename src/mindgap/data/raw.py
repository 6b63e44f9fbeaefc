"""What a source delivers: all rows as numbers, before any split or statistic."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Column:
    """A column of a table; `categories` is None for a column of numbers."""

    name: str
    categories: tuple[str, ...] | None


@dataclass(frozen=True)
class Layout:
    """How a table's file is laid out: separator, whether names stand first, and the target's name and position.

    So are the name and the position of the column of weights, None where there is none.
    """

    delimiter: str
    header: bool
    target: str
    position: int
    weight: str | None = None
    weight_position: int | None = None


@dataclass(frozen=True)
class Raw:
    """The rows of a data set, of which the last `test_rows` are a test set that the source itself gives.

    `x` is (rows, columns) of any real type. A table's `columns` say what they hold: in a categorical column a value is
    the position in its `categories`, and NaN is a missing cell; `layout` says how its file is read. Other sources have
    neither; their features are `x / divisor`, and images are flattened from `image_shape` (height, width, channels) in
    C order. `y` is (rows,): int64 positions in `classes`; or float64 measurements, all finite, where `classes` is
    empty. `target` is the name of what `y` holds. `weights` (rows,) say how much each row counts, if they do not count
    alike. `origin` is where a person finds the data; messages begin with it.
    """

    name: str
    origin: str
    x: NDArray[Any]
    y: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...]
    test_rows: int = 0
    divisor: float = 1.0
    image_shape: tuple[int, int, int] | None = None
    columns: tuple[Column, ...] | None = None
    layout: Layout | None = None
    feature_names: tuple[str, ...] | None = None
    target: str = "y"
    weights: NDArray[np.float64] | None = None
