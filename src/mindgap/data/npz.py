"""Arrays in a file that a person gives: read, or one message that says why they cannot be."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.files import read_file
from mindgap.errors import UserError
from mindgap.words import words

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


class Archive(Mapping[str, NDArray[Any]]):
    """The arrays of an .npz file by name, each read when it is asked for.

    `key` says who named the file. Messages begin with `origin`, where a person finds it, and end with the `remedy`.
    Raises UserError for a file that is absent, no archive or damaged, and for arrays of objects, which are never read:
    reading them would run code out of the file.
    """

    def __init__(self, path: str | Path, key: str, origin: str, remedy: str) -> None:
        self._origin, self._remedy = origin, remedy
        content = io.BytesIO(read_file(path, key))
        if not zipfile.is_zipfile(content):
            raise UserError(f"{origin}: this is no .npz archive, or it is cut off. {remedy}")
        content.seek(0)
        try:
            self._arrays = np.load(content, allow_pickle=False)
        except (*_DAMAGE, ValueError) as error:
            raise self._damaged(error) from None

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return np.asarray(self._arrays[name])
        except ValueError as error:
            raise UserError(
                f"{self._origin}: array {name} cannot be read: {error}. Python objects are never loaded, numbers and "
                f"texts are. {self._remedy}"
            ) from None
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def __contains__(self, name: object) -> bool:
        return name in self._arrays.files

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays.files)

    def __len__(self) -> int:
        return len(self._arrays.files)

    def _damaged(self, error: Exception) -> UserError:
        reason = error or type(error).__name__
        return UserError(words(f"{self._origin}: the archive is damaged: {reason}. {self._remedy}"))
