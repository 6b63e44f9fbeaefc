"""What a source delivers: all rows as numbers, before any split or statistic."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mindgap.data.dates import written
from mindgap.data.identifiers import Identifiers


@dataclass(frozen=True)
class Column:
    """A column of a table; `categories` is None for a column of numbers.

    The categories of an `ordinal` column stand in their order; a `date` is the number of days since 1970 began.
    """

    name: str
    categories: tuple[str, ...] | None
    role: Literal["ordinal", "date"] | None = None


@dataclass(frozen=True)
class Layout:
    """How a table's file is laid out: separator, whether names stand first, and the target's name and position.

    `columns` are all of its columns, those among them that nothing is predicted from; empty where they are not known.
    `weight` is the name of the column of weights, None where there is none, and `ids` are those that say which row is
    which.
    """

    delimiter: str
    header: bool
    target: str
    position: int
    columns: tuple[str, ...] = ()
    weight: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Apart:
    """A column by which rows are split: of groups, whose rows stay together, or of times, the last of which test.

    `values` (rows,) are the groups' numbers, places in `names`, or the times, which are days where they are `dates`.
    """

    kind: Literal["group", "time"]
    name: str
    values: NDArray[np.float64]
    names: tuple[str, ...] = ()
    dates: bool = False

    def written(self, value: float) -> str:
        """One of the values, for people."""
        if self.kind == "group":
            return repr(self.names[int(value)])
        return written(value) if self.dates else f"{value:g}"


@dataclass(frozen=True)
class Raw:
    """The rows of a data set, of which the last `test_rows` are a test set that the source itself gives.

    `x` is (rows, columns) of any real type. A table's `columns` say what they hold: in a categorical column a value is
    the position in its `categories`, and NaN is a missing cell; `layout` says how its file is read. Other sources have
    neither; their features are `x / divisor`, and images are flattened from `image_shape` (height, width, channels) in
    C order. `y` is (rows,): int64 positions in `classes`; or float64 measurements, all finite, where `classes` is
    empty. `target` is the name of what `y` holds. `weights` (rows,) say how much each row counts, if they do not count
    alike. `origin` is where a person finds the data; messages begin with it. Where rows are not split at random,
    `apart` says by what; `ids` what they are called, if anything.
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
    apart: Apart | None = None
    weights: NDArray[np.float64] | None = None
    ids: Identifiers | None = None
