"""Large tables by pyarrow: CSV files as long as they are regular, and Parquet."""

import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from gzip import GzipFile
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.cells import missing_spellings, parse_number
from mindgap.data.columns import Block, Chunk, Texts
from mindgap.data.delimited import SAMPLE, detect_delimiter, detect_header, origin_of, records, refuse_bad_names
from mindgap.data.files import decompressed, opened
from mindgap.errors import UserError
from mindgap.words import words

# What a block becomes should stay in the processor's cache: eight times as much takes twice as long.
_BLOCK = 1 << 20
_CELLS = 100_000
_LONGEST = 16
_QUOTE = ord('"')
# As which pandas writes the numbers of rows that it does not know to be such.
_INDEX = re.compile(r"__index_level_\d+__")
# Of a gzip stream.
_DAMAGE = (EOFError, zlib.error)


class Irregular(Exception):
    """A file that only the strict reader (see `delimited`) can read, or say what is wrong with it."""


def unplaced(row: int) -> str:
    """Pyarrow does not tell lines; so a message that needs one is left to the strict reader."""
    raise Irregular


@dataclass(frozen=True)
class RegularTable:
    """A CSV file as its first rows are: all cells are what `delimited` would make of them, or reading is Irregular.

    `numbers` says which columns hold numbers, `quoted` whether there are quotes; `longest` are the bytes of the longest
    of the first rows.
    """

    path: str
    key: str
    delimiter: str
    names: tuple[str, ...] | None
    numbers: tuple[bool, ...]
    quoted: bool
    longest: int

    @property
    def origin(self) -> str:
        """Where a person finds it."""
        return origin_of(self.path, self.key)

    @property
    def width(self) -> int:
        """Columns, the target included."""
        return len(self.numbers)

    def blocks(self, texts: Collection[int]) -> Iterator[Block]:
        """All rows, block by block; the cells of the columns `texts` come as such."""
        import pyarrow
        from pyarrow import csv

        as_text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
        names = [str(index) for index in range(self.width)]
        numbers = [number and index not in texts for index, number in enumerate(self.numbers)]
        with decompressed(self.path, self.key) as file:
            try:
                reader = csv.open_csv(
                    pyarrow.PythonFile(file, "r") if isinstance(file, GzipFile) else pyarrow.OSFile(self.path),
                    csv.ReadOptions(
                        block_size=max(_BLOCK, _LONGEST * self.longest),
                        column_names=names,
                        skip_rows_after_names=int(self.names is not None),
                    ),
                    csv.ParseOptions(
                        delimiter=self.delimiter,
                        quote_char='"' if self.quoted else False,
                        newlines_in_values=self.quoted,
                    ),
                    csv.ConvertOptions(
                        column_types={
                            name: pyarrow.float64() if number else as_text
                            for name, number in zip(names, numbers, strict=True)
                        },
                        null_values=missing_spellings(),
                        strings_can_be_null=False,
                    ),
                )
                for batch in reader:
                    yield [_numbers(own) if number else _texts(own) for own, number in zip(batch, numbers, strict=True)]
            except (pyarrow.ArrowException, OSError, *_DAMAGE) as error:
                raise Irregular from error


def look(path: str, key: str, *, delimiter: str | None, header: bool | None, target: str | int) -> RegularTable:
    """What a file's first rows say of it; the same as `read_table` finds, or Irregular."""
    try:
        delimiter = delimiter or detect_delimiter(path, key)
        if not delimiter.isascii() or (delimiter.isspace() and delimiter != "\t"):
            raise Irregular
        quoted = _quoted(path, key, delimiter)
        with records(path, key, delimiter) as found:
            sample = list(islice(found, SAMPLE))
        rows = [cells for _, cells in sample]
        if len(sample) < SAMPLE or sample[0][0] != 1 or any(len(cells) != len(rows[0]) for cells in rows):
            raise Irregular
        header = detect_header(iter(rows), target, "") if header is None else header
    except (UserError, UnicodeDecodeError, *_DAMAGE) as error:
        raise Irregular from error
    names = tuple(rows[0]) if header else None
    if names is not None:
        refuse_bad_names(names, origin_of(path, key))
    numbers = [any(parse_number(cell) is not None for cell in column) for column in zip(*rows[header:], strict=True)]
    longest = max(sum(len(cell.encode()) + 1 for cell in cells) for cells in rows)
    return RegularTable(path, key, delimiter, names, tuple(numbers), quoted, longest)


def _quoted(path: str, key: str, delimiter: str) -> bool:
    """Whether there are quotes in a file; Irregular for those that do not enclose a cell from end to end.

    Of all quotes every second one opens, and stands after a separator or closes and opens at once, as "" does; every
    other one closes, and stands before a separator or such a one. Zero bytes are irregular as well.
    """
    ends = np.frombuffer(f'{delimiter}\r\n"'.encode(), np.uint8)
    count, before = 0, b"\n"
    with decompressed(path, key) as file:
        block = file.read(_BLOCK).removeprefix(b"\xef\xbb\xbf")
        while block:
            if b"\0" in block:
                raise Irregular
            following = file.read(_BLOCK)
            if b'"' in block:
                text = np.frombuffer(before + block + (following[:1] or b"\n"), np.uint8)
                places = np.flatnonzero(text[1:-1] == _QUOTE) + 1
                closes = (count + np.arange(len(places))) % 2
                if not np.isin(text[places + 2 * closes - 1], ends).all():
                    raise Irregular
                count += len(places)
            before, block = block[-1:], following
    if count % 2:
        raise Irregular
    return count > 0


def _numbers(array: Any) -> NDArray[np.float64]:
    """Numbers as they are, NaN for a missing cell; Irregular for what pyarrow takes for NaN, and we do not."""
    values: NDArray[np.float64] = array.to_numpy(zero_copy_only=False)
    if np.isnan(values).sum() != array.null_count:
        raise Irregular
    return values


def _texts(array: Any) -> Texts:
    return Texts([text.strip() for text in array.dictionary.to_pylist()], array.indices.to_numpy())


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file, whose columns are numbers, booleans (as 0 and 1), texts or dates, as its schema says.

    An index without a name, which pandas writes as a column, is none.
    """

    path: str
    key: str
    names: tuple[str, ...]
    rows: int

    @classmethod
    def open(
        cls, path: str, key: str, ignored: Collection[str | int] = (), needed: Collection[str] | None = None
    ) -> "ParquetTable":
        """Look at the file's schema. UserError for what is no Parquet file, for no rows, and for columns of other types
        that are not `ignored`, by name or index, and, if it is known what is `needed`, are among that; there a column
        may hold nothing."""
        import pyarrow
        from pyarrow import parquet

        origin = origin_of(path, key)
        with opened(path, key) as file:
            try:
                found = parquet.ParquetFile(file)
            except (pyarrow.ArrowException, OSError) as error:
                raise UserError(
                    f"{origin}: this is no Parquet file, or it is damaged: {str(error).rstrip('.')}. Write it again."
                ) from None
            columns = [column for column in found.schema_arrow if not _INDEX.fullmatch(column.name)]
            names, rows = tuple(column.name for column in columns), int(found.metadata.num_rows)
            odd = [
                f"{column.name!r} ({column.type})"
                for place, column in enumerate(columns)
                if not _is_known(column.type)
                and not (needed is not None and pyarrow.types.is_null(column.type))
                and not {column.name, place, place - len(names)} & set(ignored)
                and (needed is None or column.name in needed)
            ]
        if odd:
            way = words("Write them into data.ignore, or make" if needed is None else "Make")
            raise UserError(
                f"{origin}: columns hold numbers, booleans, texts or dates; found {', '.join(odd[:5])}"
                f"{' ...' if len(odd) > 5 else ''}. {way} numbers of them."
            )
        if not names or not rows:
            raise UserError(f"{origin}: the file has {len(names)} columns and {rows} rows. Add rows, or correct {key}.")
        refuse_bad_names(names, origin)
        return cls(path, key, names, rows)

    @property
    def origin(self) -> str:
        """Where a person finds it."""
        return origin_of(self.path, self.key)

    @property
    def width(self) -> int:
        """Columns, the target included."""
        return len(self.names)

    def blocks(self, texts: Collection[int]) -> Iterator[Block]:
        """All rows, block by block; the cells of the columns `texts` come as such."""
        import pyarrow
        from pyarrow import parquet

        with opened(self.path, self.key) as file:
            try:
                rows = max(1, _CELLS // self.width)
                for batch in parquet.ParquetFile(file).iter_batches(rows, columns=list(self.names)):
                    yield [_of_schema(own, index in texts) for index, own in enumerate(batch)]
            except (pyarrow.ArrowException, OSError) as error:
                raise UserError(
                    f"{self.origin}: the file is damaged: {str(error).rstrip('.')}. Write it again."
                ) from None


def _is_known(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_known(kind.value_type)
    return any(
        of(kind)
        for of in (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, *_is_text(), *_is_date())
    )


def _is_text() -> tuple[Any, ...]:
    from pyarrow import types

    return types.is_string, types.is_large_string, types.is_string_view


def _is_date() -> tuple[Any, ...]:
    from pyarrow import types

    return types.is_date, types.is_timestamp


def _of_schema(array: Any, as_text: bool) -> Chunk:
    """Cells of a column as its type says; of a type that is not known, which only ignored columns have, none."""
    import pyarrow
    from pyarrow import types

    if not _is_known(array.type):
        return Texts((), np.full(len(array), -1))
    kind = array.type.value_type if types.is_dictionary(array.type) else array.type
    array = array.cast(kind)
    labels = any(of(kind) for of in (*_is_text(), *_is_date()))
    if not as_text and not labels:
        numbers = array.cast(pyarrow.int8()) if types.is_boolean(kind) else array
        values: NDArray[np.float64] = numbers.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False)
        return values
    encoded = array.dictionary_encode()
    # As Python and pandas write them, so that new rows in a CSV file or a data frame hold the same categories.
    flags = types.is_boolean(kind)
    distinct = (
        map(str, encoded.dictionary.to_pylist()) if flags else encoded.dictionary.cast(pyarrow.string()).to_pylist()
    )
    return Texts([text.strip() for text in distinct], encoded.indices.fill_null(-1).to_numpy(), labels)
