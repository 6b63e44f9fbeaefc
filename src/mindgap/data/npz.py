"""Arrays in a file that a person gives: read, or one message that says why they cannot be."""

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.files import read_file
from mindgap.errors import UserError


def read_npz(path: Path, key: str, only: str | None = None) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file, or one of them if it is there. Raises UserError where the file cannot be read."""
    content = io.BytesIO(read_file(path, key))
    if not zipfile.is_zipfile(content):
        raise UserError(f"{path}: this is no .npz file, or it is cut off.")
    content.seek(0)
    try:
        with np.load(content, allow_pickle=False) as archive:
            return {name: np.asarray(archive[name]) for name in archive.files if only in (None, name)}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise UserError(f"{path}: the file is damaged, or holds Python objects: {reason}") from None
