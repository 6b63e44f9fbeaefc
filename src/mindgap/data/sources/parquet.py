"""The source `parquet`: a table of numbers and categories in a Parquet file, one row an example."""

import hashlib
from pathlib import Path

from mindgap.data.arrow import ParquetTable
from mindgap.data.files import file_sum
from mindgap.data.raw import Raw
from mindgap.data.tables import read_tables
from mindgap.params.sources.parquet import Parquet
from mindgap.words import words


def digest(data: Parquet, memory: Path | None = None) -> str:
    """SHA-256 of the bytes of the file and of the test file."""
    sums = [file_sum(data.path, "data.path", memory)]
    if data.test_path is not None:
        sums.append(file_sum(data.test_path, "data.test_path", memory))
    return hashlib.sha256(" ".join(["parquet", *sums]).encode()).hexdigest()


def load(data: Parquet, seed: int, scratch: Path | None = None) -> Raw:
    """The table's columns without the target, and the target; the rows of `test_path` come last.

    Raises UserError for a file that is no Parquet or damaged, for columns that are neither numbers, booleans nor texts,
    and for what `tables` refuses.
    """
    tables = [ParquetTable.open(data.path, "data.path", data.ignore)]
    if data.test_path is not None:
        tables.append(ParquetTable.open(data.test_path, "data.test_path", data.ignore))
    own = tables[0].rows

    def place(row: int) -> str:
        return words(f"row {row}" if row < own else f"test file row {row - own}")

    name = data.path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".parquet")
    return read_tables(tables, data, name, place, scratch)
