"""Rows too many for memory: written one block after the other into a file without a name, then mapped."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Spool:
    """Bytes in a file of `folder` (null: of the system's temporary folder) that vanishes with its last user."""

    def __init__(self, folder: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - its array outlives any block of code

    def append(self, content: Any) -> None:
        """Add the bytes of a contiguous array, or bytes."""
        self._file.write(content)

    def array(self, dtype: DTypeLike, shape: tuple[int, ...], *, fortran: bool = False) -> NDArray[Any]:
        """All that was added as an array of this shape, which may be written to."""
        self._file.flush()
        with self._file:
            return np.asarray(np.memmap(self._file, dtype=dtype, mode="r+", shape=shape, order="F" if fortran else "C"))
