"""New rows: prepared exactly as the training rows were, from what their preparation left behind."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mindgap.data.arrow import ParquetTable
from mindgap.data.blocks import blocks
from mindgap.data.columns import Chunk, Place, Texts, refuse_missing, texts_of
from mindgap.data.delimited import Table, read_table, refuse_bad_names
from mindgap.data.encoded import Categories, EncodedColumn
from mindgap.data.known import read_known_column
from mindgap.data.met import Met
from mindgap.data.preparation import Preparation
from mindgap.data.raw import Layout
from mindgap.errors import UserError

_KEY = "the path of the new rows"


@runtime_checkable
class Frame(Protocol):
    """A data frame of pandas, or what is one to those who use it."""

    @property
    def columns(self) -> Any: ...

    def select_dtypes(self, include: Any) -> Any: ...

    def astype(self, dtype: Any) -> Any: ...

    def to_csv(self, path: Path, **how: Any) -> Any: ...

    def __len__(self) -> int: ...


def apply_to_rows(preparation: Preparation, rows: NDArray[Any]) -> NDArray[np.float32]:
    """Raw rows in the units of the source (pixels of a uint8 image 0..255, digits 0..16) to float32 (n, features).

    A table whose columns are all numbers may come as an array, NaN for a missing cell. Raises UserError for rows of
    another width, for what is no finite number, and for a table with categories, which only a file can spell.
    """
    origin = "the new rows"
    rows = np.asarray(rows)
    columns = preparation.encoding.columns
    if rows.ndim < 2 or rows.dtype.kind not in "biuf":
        raise UserError(
            f"{origin}: found an array of shape {rows.shape} and type {rows.dtype}; needed are real numbers of shape "
            "(rows, columns) or (rows, height, width[, channels])."
        )
    if columns is not None and any(column.column.categories or column.column.role for column in columns):
        raise UserError(f"{origin}: the network was trained on a table with categories; give the rows as a CSV file.")
    x = rows.reshape(len(rows), int(np.prod(rows.shape[1:])))
    width = len(preparation.standardisation.mean) if columns is None else len(columns)
    if x.shape[1] != width:
        raise UserError(f"{origin}: a row has {x.shape[1]} values, but the network was trained on rows of {width}.")
    bad = np.argwhere(np.isinf(x) if columns is not None else ~np.isfinite(x))
    if len(bad):
        row, column = bad[0]
        raise UserError(
            f"{origin}: row {row}, column {column} (counted from 0) holds {x[row, column]}, and {len(bad) - 1} more "
            "cells are no finite numbers. Remove those rows or fill the cells."
        )
    return _apply(preparation, x, partial(_numbered, 0), origin)


def apply_to_csv(preparation: Preparation, path: Path, met: Met | None = None) -> NDArray[np.float32]:
    """The rows of a table like the one trained on, in a file with its separator and header, to float32 (n, features).

    With a header, columns are found by name, in any order; without one, by position. The target may be there or not,
    and so may columns that training ignored or dropped, and identifiers; without a header these stand all there or not
    at all.
    A category that training did not know counts as its column's encoding has it (see `encoded`; in an order it is
    refused), and missing cells are imputed if training was to impute them. Of a file with a header further columns are
    not used. All of that is gathered in `met`. Blank lines are no rows. Raises UserError for a column that is not
    there, cells that do not fit theirs, missing cells that training refused too, all that `read_table` refuses, and
    networks that no table trained.
    """
    layout, columns = preparation.layout, preparation.encoding.columns
    if layout is None or columns is None:
        raise UserError(
            f"{path}: the network was not trained on a CSV file, but on arrays; give the rows as an .npz file "
            "with an array x (numpy.savez(path, x=x)), or from Python as an array."
        )
    table = read_table(str(path), _KEY, delimiter=layout.delimiter, header=layout.header, target=layout.target)
    return _apply_to_text(preparation, table, lambda row: f"line {table.lines[row]}", table.origin, met or Met())


def apply_to_frame(preparation: Preparation, frame: Frame, met: Met | None = None) -> NDArray[np.float32]:
    """The rows of a data frame to float32 (n, features): those of a table like the one trained on, or all numbers.

    It goes by way of a file, so that there is one reading of cells, and one answer; all else is as for `apply_to_csv`,
    but that rows are counted from 0.
    """
    layout, columns = preparation.layout, preparation.encoding.columns
    if layout is None or columns is None:
        return apply_to_rows(preparation, np.asarray(frame))
    if layout.header:
        refuse_bad_names(tuple(str(name).strip() for name in frame.columns), "the data frame")
    if not len(frame):
        return np.empty((0, preparation.features), np.float32)
    names = [column.column.name for column in columns]
    named = not layout.header and set(names) <= set(frame.columns)  # or else columns count by their places
    wanted = {"columns": names} if named else {}
    # What was true or false in a Parquet file was a number.
    numbers = {column.column.name for column in columns if column.column.categories is None}
    flags = numbers & set(frame.select_dtypes(["bool", "boolean"]).columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        # A word for what is missing, as a line without any cell would be no row.
        how = {"sep": layout.delimiter, "header": layout.header, "index": False, "na_rep": "NA", **wanted}
        (frame.astype(dict.fromkeys(flags, "Int8")) if flags else frame).to_csv(path, **how)
        table = read_table(str(path), _KEY, delimiter=layout.delimiter, header=layout.header, target=layout.target)
        return _apply_to_text(preparation, table, partial(_numbered, 0), "the data frame", met or Met())


def apply_to_parquet(preparation: Preparation, path: Path, met: Met | None = None) -> NDArray[np.float32]:
    """The rows of a Parquet file like the table trained on, to float32 (n, features); columns are found by name.

    All else is as for `apply_to_csv`.
    """
    met = met or Met()
    layout, columns = preparation.layout, preparation.encoding.columns
    if layout is None or columns is None:
        raise UserError(
            f"{path}: the network was not trained on a table, but on arrays; give the rows as an .npz file."
        )
    names = [column.column.name for column in columns]
    table = ParquetTable.open(str(path), _KEY, needed=names)
    positions = _by_name(table.names, layout, names, table.origin, "", met)
    prepared, before = [], 0
    codes = {at for at, column in zip(positions, columns, strict=True) if column.column.categories is not None}
    ids = {name: table.names.index(name) for name in layout.ids if name in table.names}
    for block in table.blocks(codes | {*ids.values()}):
        for name, at in ids.items():
            met.ids.setdefault(name, []).extend(texts_of(block[at]))
        place = partial(_numbered, before)
        prepared.append(_apply_to_columns(preparation, [block[at] for at in positions], place, table.origin, met))
        before += len(prepared[-1])
    return np.concatenate(prepared)


def _apply_to_text(preparation: Preparation, table: Table, place: Place, origin: str, met: Met) -> NDArray[np.float32]:
    layout, columns = preparation.layout, preparation.encoding.columns or ()
    assert layout is not None
    names = [column.column.name for column in columns]
    told = _told(table, layout, names, origin)
    positions = _by_name(told, layout, names, origin, f" (separator {table.delimiter!r})", met)
    cells = list(zip(*table.rows(), strict=True))
    met.ids = {name: [*cells[told.index(name)]] for name in layout.ids if name in told}
    return _apply_to_columns(preparation, [Texts.of(cells[at]) for at in positions], place, origin, met)


def _numbered(before: int, row: int) -> str:
    return f"row {before + row}"


def _apply_to_columns(
    preparation: Preparation, chunks: Sequence[Chunk], place: Place, origin: str, met: Met
) -> NDArray[np.float32]:
    """The cells of the columns that the network takes, to float32 (n, features)."""
    columns = preparation.encoding.columns or ()
    read = [
        read_known_column(column.column, chunk, place, origin) for column, chunk in zip(columns, chunks, strict=True)
    ]
    for column, chunk, values in zip(columns, chunks, read, strict=True):
        met.add(column, _unseen(column, chunk, values), int(np.isnan(values).sum()))
    met.rows += len(read[0])
    return _apply(preparation, np.column_stack(read), place, origin)


def _unseen(column: EncodedColumn, chunk: Chunk, values: NDArray[np.float64]) -> Counter[str]:
    """Cells of a column by the category that they hold, where training did not know it."""
    if not isinstance(column, Categories) or not isinstance(chunk, Texts):
        return Counter()
    odd = np.flatnonzero(~np.isnan(values) & ~np.isin(values, column.known))
    return Counter(chunk.cell(row) for row in odd.tolist())


def _told(table: Table, layout: Layout, names: list[str], origin: str) -> tuple[str, ...]:
    """What the columns of a file are called; without a header, by how many they are: those that the network takes,
    or all that there were, the target among them or not."""
    if table.names is not None:
        return table.names
    everything = layout.columns or (*names[: layout.position], layout.target, *names[layout.position :])
    for told in (tuple(names), everything, tuple(name for name in everything if name != layout.target)):
        if table.width == len(told):
            return told
    raise UserError(
        f"{origin}: found {table.width} columns (separator {table.delimiter!r}); the network was trained on "
        f"{len(names)}, and the target at index {layout.position}, which may be left out."
    )


def _by_name(
    found: tuple[str, ...], layout: Layout, names: list[str], origin: str, separated: str, met: Met
) -> list[int]:
    missing = [name for name in names if name not in found]
    known = {*names, layout.target, *layout.columns}
    unknown = [name for name in found if name not in known]
    if missing:
        parts = [
            f"{what} {', '.join(map(repr, some[:10]))}{' ...' if len(some) > 10 else ''}"
            for what, some in (("missing are", missing), ("unknown are", unknown))
            if some
        ]
        raise UserError(
            f"{origin}: its columns{separated} are not those that the network was trained on: {'; '.join(parts)}. Give "
            f"a header and the same columns, by the same separator; the target {layout.target!r} may be left out."
        )
    positions = [found.index(name) for name in names]
    met.unused, met.reordered = unknown, positions != sorted(positions)
    return positions


def _apply(preparation: Preparation, x: NDArray[Any], place: Place, origin: str) -> NDArray[np.float32]:
    columns = preparation.encoding.columns
    if columns is not None and any(column.fill is None for column in columns):
        refuse_missing(
            x, [column.column.name for column in columns], place, origin, "train again with data.missing: impute"
        )
    prepared = np.empty((len(x), preparation.features), np.float32)
    for block in blocks(len(x), len(preparation.standardisation.mean)):
        prepared[block] = preparation.apply(x[block], origin)
    return prepared
