"""Delimited text: from the bytes of a file to rows of cells and the lines they begin on."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice

from mindgap.data.cells import parse_number
from mindgap.data.files import read_file
from mindgap.errors import UserError

# The comma stands last: where two separators fit equally well, commas are more often part of the cells.
_DELIMITERS = ("\t", ";", "|", ",")
_SAMPLE = 200
# Strict, so that a quote that is never closed is an error and does not swallow the rows after it.
_reader = partial(csv.reader, skipinitialspace=True, strict=True)


@dataclass(frozen=True)
class Table:
    """The rows of a file; `lines` are the file's line numbers on which they begin, `names` is None without a header."""

    origin: str
    delimiter: str
    names: tuple[str, ...] | None
    rows: list[list[str]]
    lines: list[int]

    @property
    def width(self) -> int:
        """Columns, the target included."""
        return len(self.rows[0])


def read_table(path: str, key: str, *, delimiter: str | None, header: bool | None, target: str | int) -> Table:
    """Read the file that the params key `key` names; delimiter and header are detected where they are None.

    Every row has the same number of cells; all cells are stripped. Blank lines do not count as rows. Raises UserError
    for text that is not UTF-8, broken quotes, no rows, rows of unequal length, and names that are empty or equal.
    """
    origin = f"{path} ({key})"
    text = _decode(read_file(path, key), origin)
    if not text.strip():
        raise UserError(f"{origin}: the file is empty. Give a file with a header and rows, or correct {key}.")
    delimiter = delimiter or _detect_delimiter(text)
    records = _records(text, delimiter, origin)
    if header is None:
        header = _detect_header([cells for _, cells in records], target, origin)
    _refuse_ragged(records, delimiter, origin)
    names = None
    if header:
        names = tuple(records.pop(0)[1])
        _refuse_bad_names(names, origin)
    if not records:
        raise UserError(f"{origin}: the file has a header and no rows. Add rows, or correct {key}.")
    return Table(origin, delimiter, names, [cells for _, cells in records], [line for line, _ in records])


def _decode(content: bytes, origin: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{origin}: line {line} holds the byte {content[error.start]:#04x}, so the file is not UTF-8 text. "
            "Save it as UTF-8."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UserError(
            f"{origin}: line {line} holds a zero byte, so this is no text file. Save the table as UTF-8 CSV."
        )
    return text


def _records(text: str, delimiter: str, origin: str) -> list[tuple[int, list[str]]]:
    reader = _reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records = []
    line = 1
    try:
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if len(cells) > 1 or any(cells):
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f"{origin}: the row that begins on line {line} cannot be read: {error}. Check its quotes, or set "
            "data.delimiter."
        ) from None
    return records


def _detect_delimiter(text: str) -> str:
    """The separator that gives most rows the same number of cells, above one; then the most cells."""

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            rows = islice(_reader(io.StringIO(text, newline=""), delimiter=delimiter), _SAMPLE)
            widths = Counter(len(cells) for cells in rows if cells)
        except csv.Error:
            return 0.0, 0
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        return (count / widths.total(), width) if width > 1 else (0.0, 0)

    best = max(_DELIMITERS, key=fit)
    return best if fit(best)[1] > 1 else ","


def _detect_header(rows: list[list[str]], target: str | int, origin: str) -> bool:
    if target in rows[0]:
        return True
    if any(parse_number(cell) is not None for cell in rows[0]):
        return False
    if len(rows) == 1 or any(parse_number(cell) is not None for cells in rows[1:] for cell in cells):
        return True
    raise UserError(
        f"{origin}: no cell is a number, so nothing shows whether the first row ({', '.join(rows[0][:5])}) holds "
        "names. Write data.header: true or data.header: false."
    )


def _refuse_ragged(records: list[tuple[int, list[str]]], delimiter: str, origin: str) -> None:
    width = len(records[0][1])
    ragged = [(line, len(cells)) for line, cells in records if len(cells) != width]
    if ragged:
        named = ", ".join(f"line {line} has {found}" for line, found in ragged[:5])
        raise UserError(
            f"{origin}: the first row has {width} cells separated by {delimiter!r}, but {named} ({len(ragged)} of "
            f"{len(records)} rows differ). Correct those rows, or set data.delimiter."
        )


def _refuse_bad_names(names: tuple[str, ...], origin: str) -> None:
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
