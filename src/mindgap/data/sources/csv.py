"""The source `csv`: a table of numbers and categories in a text file, one row an example."""

import hashlib
from pathlib import Path

from mindgap.data.arrow import Irregular, look, unplaced
from mindgap.data.delimited import read_table
from mindgap.data.files import file_sum
from mindgap.data.raw import Raw
from mindgap.data.tables import read_tables
from mindgap.params.sources.csv import Csv
from mindgap.words import words

LARGE = 1 << 20
"""Bytes from which on a file is read by pyarrow, whose start takes longer than a small table."""


def digest(data: Csv, memory: Path | None = None) -> str:
    """SHA-256 of the bytes of the file and of the test file."""
    sums = [file_sum(data.path, "data.path", memory)]
    if data.test_path is not None:
        sums.append(file_sum(data.test_path, "data.test_path", memory))
    return hashlib.sha256(" ".join(["csv", *sums]).encode()).hexdigest()


def load(data: Csv, seed: int, scratch: Path | None = None) -> Raw:
    """The table's columns without the target, and the target; the rows of `test_path` come last.

    A large file is read by pyarrow. Where it is not as regular as that needs, it is read strictly, row by row, as small
    ones are; so is every file that is wrong, as only that can tell lines. Raises UserError for all that is wrong with
    the files, see `delimited` and `tables`.
    """
    if Path(data.path).is_file() and Path(data.path).stat().st_size >= LARGE:
        try:
            return _load_regular(data, scratch)
        except Irregular:
            pass
    return _load_strictly(data, scratch)


def _load_regular(data: Csv, scratch: Path | None) -> Raw:
    first = look(data.path, "data.path", delimiter=data.delimiter, header=data.header, target=data.target)
    tables, header = [first], first.names is not None
    if data.test_path is not None:
        tables.append(
            look(data.test_path, "data.test_path", delimiter=first.delimiter, header=header, target=data.target)
        )
    return read_tables(tables, data, _name(data.path), unplaced, scratch, first.delimiter)


def _load_strictly(data: Csv, scratch: Path | None) -> Raw:
    first = read_table(data.path, "data.path", delimiter=data.delimiter, header=data.header, target=data.target)
    tables, header = [first], first.names is not None
    if data.test_path is not None:
        tables.append(
            read_table(data.test_path, "data.test_path", delimiter=first.delimiter, header=header, target=data.target)
        )
    own = len(first.lines)

    def place(row: int) -> str:
        if row < own:
            return words(f"line {first.lines[row]}")
        return words(f"test file line {tables[1].lines[row - own]}")

    return read_tables(tables, data, _name(data.path), place, scratch, first.delimiter)


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".gz").removesuffix(".csv")
