"""Documents: what is written as JSON is declared once, as a frozen dataclass that writes and reads its own file.

Arrays go into .npz files beside it, by name.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, ClassVar, Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from mindgap.errors import UserError
from mindgap.words import words


@dataclass(frozen=True)
class Document:
    """The content of a JSON file of the name FILE; a subclass says what fields it has."""

    FILE: ClassVar[str]

    def write(self, folder: Path) -> None:
        """Write into a folder: equal content gives equal bytes. Raises ValueError for NaN and infinities."""
        write_json(folder / self.FILE, self)

    @classmethod
    def parse(cls, content: Any) -> Self:
        """A document from plain values. Raises ValueError for those that are not as declared."""
        kind: Any = cls
        found: Self = _adapter(kind).validate_python(content)
        return found

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read from a folder. Raises UserError for a file that is absent, broken, or not as declared."""
        path = folder / cls.FILE
        try:
            return cls.parse(read_json(path))
        except ValidationError as error:
            first = error.errors()[0]
            raise unreadable(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        except (OSError, ValueError) as error:
            raise unreadable(path, error) from error


def read_json(path: Path) -> Any:
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, the same bytes for equal content; NaN and infinities are refused.

    A dataclass is written as its fields.
    """
    text = json.dumps(content, sort_keys=True, indent=1, allow_nan=False, default=plain)
    path.write_text(f"{text}\n", encoding="utf-8")


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays by name as .npz, equal arrays as equal bytes; there is no pickle in it."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_arrays(path: Path, names: Collection[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read what `write_arrays` wrote, or of it these names. Raises UserError for a file that is absent or broken."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files if names is None or name in names}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise unreadable(path, error) from error


def plain(value: Any) -> dict[str, Any]:
    """A dataclass's fields by name, their values as they are."""
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return {field.name: getattr(value, field.name) for field in fields(value)}


def read_header(content: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, order (whether Fortran's) and type of the array in a .npy stream, which is then at its first value.

    Raises ValueError for another stream.
    """
    version = np.lib.format.read_magic(content)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(content)


def unreadable(path: Path, reason: object) -> UserError:
    """The message for a stored file that cannot be read."""
    advice = words("Run `mindgap verify --repair` to remove what is broken, then `snakemake` to compute it again.")
    return UserError(words(f"{path}: this result cannot be read ({reason}). {advice}"))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
