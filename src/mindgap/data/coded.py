"""Coded rows: images kept as the bytes that they came as, of which only what is asked for becomes float32."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import CACHED, blocks

CODES = 256
"""Values of a byte."""


@dataclass(frozen=True, eq=False)
class Coded:
    """Rows that stand where an array float32 (rows, features) would: value [r, f] is table[codes[r, f], f].

    `codes` are uint8 (rows, features). `table` is float32 (256, features), or (256, 1) where all features share one.
    """

    codes: NDArray[np.uint8]
    table: NDArray[np.float32]
    dtype: ClassVar = np.dtype(np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, features)."""
        rows, features = self.codes.shape
        return rows, features

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float32]:
        """The rows of a slice or of an array of their numbers, as a new array."""
        codes = self.codes[rows]
        return self._write(codes, np.empty(codes.shape, self.dtype))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All rows, for what needs them at once."""
        return self[:].astype(dtype or self.dtype, copy=False)

    def take(self, rows: NDArray[np.integer], out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Write the rows of these numbers, of any shape, to `out` (*shape, features)."""
        return self._write(self.codes[rows], out)

    def _write(self, codes: NDArray[np.uint8], out: NDArray[np.float32]) -> NDArray[np.float32]:
        features, width = codes.shape[-1], self.table.shape[1]
        codes, values, table = codes.reshape(-1, features), out.reshape(-1, features), self.table.reshape(-1)
        for block in blocks(len(codes), features, CACHED):
            places = np.multiply(codes[block], width, dtype=np.intp)
            places += np.arange(width)
            table.take(places, out=values[block], mode="clip")  # any other mode makes a copy of what is written
        return out
