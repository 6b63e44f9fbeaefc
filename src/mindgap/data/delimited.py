"""Delimited text: from a file to rows of cells and the lines they begin on, strictly and one row after the other."""

import codecs
import csv
import gzip
import io
import zlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from mindgap.data.cells import parse_number
from mindgap.data.columns import Block, Texts
from mindgap.data.dates import parse_date
from mindgap.data.files import decompressed
from mindgap.errors import UserError
from mindgap.words import words

SAMPLE = 200
"""Rows by which the separator is found."""

# The comma stands last: where two separators fit equally well, commas are more often part of the cells.
_DELIMITERS = ("\t", ";", "|", ",")
_BLOCK = 1 << 22
_CELLS = 500_000
_OTHERS = words(
    {
        b"PAR1": "a Parquet file. Write data.source: parquet; the name of new rows ends in .parquet",
        b"PK\x03\x04": "a zip archive, as .xlsx and .npz are. Save the table as CSV, or correct data.source",
        b"\x93NUMPY": "a NumPy array. Write data.source: npz; new rows are the array x of an .npz file",
        b"\xff\xfe": "UTF-16 text. Save it as UTF-8",
        b"\xfe\xff": "UTF-16 text. Save it as UTF-8",
    }
)
"""What files that are often taken for CSV begin with, and what they are."""
# Strict, so that a quote that is never closed is an error and does not swallow the rows after it.
_reader = partial(csv.reader, skipinitialspace=True, strict=True)

Record = tuple[int, list[str]]
"""The line that a row begins on, and its stripped cells."""


@dataclass(frozen=True)
class Table:
    """A file whose rows all have `width` cells, the target's included; `names` is None without a header.

    `lines` are the file's line numbers on which the rows begin, (rows,).
    """

    path: str
    key: str
    delimiter: str
    names: tuple[str, ...] | None
    width: int
    lines: NDArray[np.int64]

    @property
    def origin(self) -> str:
        """Where a person finds it."""
        return origin_of(self.path, self.key)

    def blocks(self, texts: Collection[int]) -> Iterator[Block]:
        """All rows, some thousands at a time; all cells come as texts."""
        rows = self.rows()
        while some := list(islice(rows, max(1, _CELLS // self.width))):
            yield [Texts.of(cells) for cells in zip(*some, strict=True)]

    def rows(self) -> Iterator[list[str]]:
        """The stripped cells of each row, read from the file once more."""
        with records(self.path, self.key, self.delimiter) as found:
            for _, cells in islice(found, int(self.names is not None), None):
                yield cells


def origin_of(path: str, key: str) -> str:
    """How messages name the file that the params key `key` names."""
    return f"{path} ({key})"


def read_table(path: str, key: str, *, delimiter: str | None, header: bool | None, target: str | int) -> Table:
    """Look through the file that the params key `key` names; delimiter and header are detected where they are None.

    Every row has the same number of cells; all cells are stripped. Blank lines do not count as rows. A file in gzip is
    decompressed. Raises UserError for text that is not UTF-8, broken quotes, no rows, rows of unequal length, and names
    that are empty or equal.
    """
    origin = origin_of(path, key)
    _refuse_no_text(path, key)
    delimiter = delimiter or detect_delimiter(path, key)
    if header is None:
        with records(path, key, delimiter) as found:
            header = detect_header((cells for _, cells in found), target, origin)
    lines, ragged, first = array("q"), _Ragged(), None
    with records(path, key, delimiter) as found:
        for line, cells in found:
            if first is None:
                first = cells
            elif len(cells) != len(first):
                ragged.add(line, len(cells))
            lines.append(line)
    if first is None:
        raise _empty(origin, key)
    ragged.refuse(len(first), delimiter, len(lines), origin)
    names = None
    if header:
        names = tuple(first)
        refuse_bad_names(names, origin)
    if len(lines) == int(header):
        raise UserError(f"{origin}: the file has a header and no rows. Add rows, or correct {key}.")
    return Table(path, key, delimiter, names, len(first), np.array(lines, np.int64)[int(header) :])


@contextmanager
def records(path: str, key: str, delimiter: str) -> Iterator[Iterator[Record]]:
    """The rows of a file of UTF-8 text, the header among them; UserError, where it is reached, for broken quotes."""
    with _text(path, key) as text:
        yield _records(text, delimiter, origin_of(path, key))


@contextmanager
def _text(path: str, key: str) -> Iterator[io.TextIOWrapper]:
    with decompressed(path, key) as file:
        yield io.TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _records(text: io.TextIOWrapper, delimiter: str, origin: str) -> Iterator[Record]:
    reader = _reader(text, delimiter=delimiter)
    line = 1
    try:
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if len(cells) > 1 or any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"{origin}: the row that begins on line {line} cannot be read: {error}. Check its quotes, or set "
            "data.delimiter."
        ) from None


def _refuse_no_text(path: str, key: str) -> None:
    """UserError for a file of another kind, not in UTF-8, with zero bytes, of white space alone, or of damaged gzip."""
    origin = origin_of(path, key)
    decoder, line, zero, blank = codecs.getincrementaldecoder("utf-8-sig")(), 1, None, True
    with decompressed(path, key) as file:
        try:
            block = file.read(_BLOCK)
            _refuse_others(block, origin)
            while True:
                text = decoder.decode(block, final=not block)
                if zero is None and "\0" in text:
                    zero = line + text.count("\n", 0, text.index("\0"))
                blank = blank and not text.strip()
                line += block.count(b"\n")
                if not block:
                    break
                block = file.read(_BLOCK)
        except UnicodeDecodeError as error:
            line += error.object.count(b"\n", 0, error.start)
            raise UserError(
                f"{origin}: line {line} holds the byte {error.object[error.start]:#04x}, so the file is not UTF-8 "
                "text. Save it as UTF-8."
            ) from None
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UserError(f"{origin}: the gzip stream is cut off or damaged: {error}. Compress it again.") from None
    if zero is not None:
        raise UserError(
            f"{origin}: line {zero} holds a zero byte, so this is no text file. Save the table as UTF-8 CSV."
        )
    if blank:
        raise _empty(origin, key)


def _refuse_others(start: bytes, origin: str) -> None:
    for mark, what in _OTHERS.items():
        if start.startswith(mark):
            raise UserError(f"{origin}: this is {what}.")


def _empty(origin: str, key: str) -> UserError:
    return UserError(words(f"{origin}: the file is empty. Give a file with a header and rows, or correct {key}."))


def detect_delimiter(path: str, key: str) -> str:
    """The separator that gives most of the first rows the same number of cells, above one; then the most cells."""

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            with _text(path, key) as text:
                rows = islice(_reader(text, delimiter=delimiter), SAMPLE)
                widths = Counter(len(cells) for cells in rows if cells)
        except csv.Error:
            return 0.0, 0
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return (count / widths.total(), width) if width > 1 else (0.0, 0)

    best = max(_DELIMITERS, key=fit)
    return best if fit(best)[1] > 1 else ","


def detect_header(rows: Iterator[list[str]], target: str | int, origin: str) -> bool:
    """Whether the first row holds names: it has the target's, or no number or date where others have one.

    Raises UserError if in doubt, but not of a single column, which is no table either way.
    """
    first, alone = next(rows, []), True
    if target in first or len(first) < 2:
        return True
    if any(map(_is_measured, first)):
        return False
    for cells in rows:
        alone = False
        if any(map(_is_measured, cells)):
            return True
    if alone:
        return True
    raise UserError(
        f"{origin}: no cell is a number or a date, so nothing shows whether the first row ({', '.join(first[:5])}) "
        "holds names. Write data.header: true or data.header: false."
    )


def _is_measured(cell: str) -> bool:
    return parse_number(cell) is not None or parse_date(cell) is not None


class _Ragged:
    """Rows of another length than the first: how many, and the first five."""

    def __init__(self) -> None:
        self._count, self._first = 0, list[tuple[int, int]]()

    def add(self, line: int, found: int) -> None:
        self._count += 1
        if self._count <= 5:
            self._first.append((line, found))

    def refuse(self, width: int, delimiter: str, rows: int, origin: str) -> None:
        if self._count:
            named = ", ".join(f"line {line} has {found}" for line, found in self._first)
            raise UserError(
                f"{origin}: the first row has {width} cells separated by {delimiter!r}, but {named} ({self._count} of "
                f"{rows} rows differ). Correct those rows, or set data.delimiter."
            )


def refuse_bad_names(names: tuple[str, ...], origin: str) -> None:
    """UserError for names that are empty or equal."""
    if "" in names:
        raise UserError(
            f"{origin}: column {names.index('')} (counted from 0) has no name. Name it in the header; or remove it, if "
            "it only numbers the rows."
        )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise UserError(
            f"{origin}: more than one column is named {', '.join(map(repr, twice[:5]))}. Give each column its own name."
        )
