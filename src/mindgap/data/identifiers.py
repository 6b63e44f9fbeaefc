"""Identifiers: what the rows of a table are called, by columns that say which row is which."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mindgap.store.documents import Document


@dataclass(frozen=True)
class Identifiers(Document):
    """The `names` of the columns, and of each its `cells` as the source has them, (rows,), empty where one is missing.

    The file is of the test rows, in their order; it is read where predictions are written, and nowhere else.
    """

    FILE = "identifiers_test.json"

    names: tuple[str, ...]
    cells: tuple[Sequence[str], ...]

    @classmethod
    def of(cls, prepared: Path) -> Self | None:
        """Those of a prepared data set; None where its rows are called nothing."""
        return cls.read(prepared) if (prepared / cls.FILE).is_file() else None

    def some(self, rows: NDArray[np.int64]) -> "Identifiers":
        """Those of some rows."""
        return Identifiers(self.names, tuple([own[row] for row in rows.tolist()] for own in self.cells))

    @property
    def shared(self) -> int:
        """How many rows are called as another one is."""
        return sum(count for count in Counter(zip(*self.cells, strict=True)).values() if count > 1)
