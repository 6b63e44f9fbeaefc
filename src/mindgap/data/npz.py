"""Arrays in a file that a person gives: read or mapped, or one message that says why they cannot be."""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mindgap.data.files import opened
from mindgap.data.spool import Spool
from mindgap.errors import UserError
from mindgap.store.documents import read_header
from mindgap.words import words

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
_BLOCK = 1 << 24
# Smaller arrays are read: a map would only cost time.
_LARGE = 1 << 24


class Archive(Mapping[str, NDArray[Any]]):
    """The arrays of an .npz file by name, each read when it is asked for; large ones are mapped, see `_array`.

    `key` says who named the file. Messages begin with `origin`, where a person finds it, and end with the `remedy`.
    Raises UserError for a file that is absent, no archive or damaged, and for arrays of objects, which are never read:
    reading them would run code out of the file.
    """

    def __init__(self, path: str | Path, key: str, origin: str, remedy: str, scratch: Path | None = None) -> None:
        self._path, self._key, self._origin, self._remedy, self._scratch = path, key, origin, remedy, scratch
        with opened(path, key) as file:
            if not zipfile.is_zipfile(file):
                raise UserError(f"{origin}: this is no .npz archive, or it is cut off. {remedy}")
            try:
                with zipfile.ZipFile(file) as archive:
                    self._members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            except (*_DAMAGE, ValueError) as error:
                raise _damaged(origin, error, remedy) from None

    def __getitem__(self, name: str) -> NDArray[Any]:
        member = self._members[name]
        try:
            with (
                opened(self._path, self._key) as file,
                zipfile.ZipFile(file) as archive,
                archive.open(member) as content,
            ):
                return _array(cast(BinaryIO, content), member.file_size, self._scratch)
        except ValueError as error:
            raise _unreadable(self._origin, name, error, self._remedy) from None
        except _DAMAGE as error:
            raise _damaged(self._origin, error, self._remedy) from None

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def map_array(path: str, key: str, name: str) -> NDArray[Any]:
    """The array `name` of a .npy file, mapped; UserError for what is no such file, cut off, or holds objects."""
    origin, remedy = words(f"{path} ({key})"), words(f"Write it with numpy.save(path, {name}).")
    with opened(path, key):
        try:
            array: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
        except ValueError as error:
            raise _unreadable(origin, name, error, remedy) from None
    return np.asarray(array)


def _array(content: BinaryIO, size: int, scratch: Path | None) -> NDArray[Any]:
    """The array in a .npy stream of so many bytes; a large one goes block by block into the folder `scratch`.

    An archive is read to its end, as only so its sums are looked at; and what is compressed could not be mapped.
    """
    if size < _LARGE:
        read: NDArray[Any] = np.lib.format.read_array(content, allow_pickle=False)
        if content.read(1):
            raise ValueError("bytes after its end")
        return read
    shape, fortran, dtype = read_header(content)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be loaded when allow_pickle=False")
    spool, rest = Spool(scratch), prod(shape) * dtype.itemsize
    while block := content.read(min(_BLOCK, rest) if rest else 1):
        rest -= len(block)
        if rest < 0:
            raise ValueError("bytes after its end")
        spool.append(block)
    if rest:
        raise EOFError(f"{rest:,} bytes are missing")
    return spool.array(dtype, shape, fortran=fortran)


def _unreadable(origin: str, name: str, error: Exception, remedy: str) -> UserError:
    return UserError(
        words(
            f"{origin}: array {name} cannot be read: {error}. Python objects are never loaded, numbers and texts are. "
            f"{remedy}"
        )
    )


def _damaged(origin: str, error: Exception, remedy: str) -> UserError:
    reason = error or type(error).__name__
    return UserError(words(f"{origin}: the archive is damaged: {reason}. {remedy}"))
