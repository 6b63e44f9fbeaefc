"""A user's file: its bytes and their digest, or one message that says why they cannot be read."""

import gzip
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from mindgap.errors import UserError

_GZIP = b"\x1f\x8b"
# Below this a digest takes no longer than a look at what is remembered of it.
_LARGE = 1 << 24
# A file that is written twice within one tick of the file system's clock may have equal times.
_TICK = 2.0


@contextmanager
def opened(path: str | Path, key: str) -> Iterator[BufferedReader]:
    """The open file that the params key `key` names; UserError where it cannot be opened or read."""
    try:
        with Path(path).open("rb") as file:
            yield file
    except FileNotFoundError:
        raise UserError(
            f"{key}: there is no file {str(path)!r} (relative paths start at the working directory). Correct {key}."
        ) from None
    except OSError as error:
        raise UserError(
            f"{key}: {str(path)!r} cannot be read: {error.strerror or error}. Correct {key} or the file's permissions."
        ) from None


@contextmanager
def decompressed(path: str | Path, key: str) -> Iterator[BinaryIO]:
    """The same, decompressed where it is gzip, as its first bytes say; its name says nothing."""
    with opened(path, key) as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file


def read_file(path: str | Path, key: str) -> bytes:
    """The bytes of the file that the params key `key` names; UserError where it cannot be read."""
    with opened(path, key) as file:
        return file.read()


def file_sum(path: str | Path, key: str, memory: Path | None = None) -> str:
    """SHA-256 in hex of the bytes of the file that the params key `key` names.

    Of a large file it is remembered in the folder `memory`, so that a plan need not read it again: under its path,
    size, inode and both of its times, all of which an edit would have to leave as they are.
    """
    with opened(path, key) as file:
        found = os.fstat(file.fileno())
        if memory is None or found.st_size < _LARGE:
            return hashlib.file_digest(file, "sha256").hexdigest()
        identity = (
            Path(path).resolve(),
            found.st_dev,
            found.st_ino,
            found.st_size,
            found.st_mtime_ns,
            found.st_ctime_ns,
        )
        place = memory / hashlib.sha256(repr(identity).encode()).hexdigest()[:32]
        if place.is_file() and len(known := place.read_text(encoding="ascii")) == 64:
            return known
        started = time.time()
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        settled = max(found.st_mtime, found.st_ctime) < started - _TICK
        if settled and os.fstat(file.fileno()).st_mtime_ns == found.st_mtime_ns:
            _remember(place, digest)
    return digest


def _remember(place: Path, digest: str) -> None:
    """Write whole or not at all; a folder that cannot be written to costs only time."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place.parent, encoding="ascii", delete=False) as file:
            file.write(digest)
        Path(file.name).replace(place)
    except OSError:
        return
