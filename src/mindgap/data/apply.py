"""New rows: prepared exactly as the training rows were, from what their preparation left behind."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.columns import read_known_column, refuse_missing
from mindgap.data.delimited import Table, read_table
from mindgap.data.preparation import Preparation
from mindgap.data.raw import Layout
from mindgap.data.standardisation import blocks
from mindgap.errors import UserError

_KEY = "the path of the new rows"


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
    if columns is not None and any(column.known is not None for column in columns):
        raise UserError(f"{origin}: the network was trained on a table with categories; give the rows as a CSV file.")
    x = rows.reshape(len(rows), int(np.prod(rows.shape[1:])))
    width = len(preparation.standardisation.mean)
    if x.shape[1] != width:
        raise UserError(f"{origin}: a row has {x.shape[1]} values, but the network was trained on rows of {width}.")
    bad = np.argwhere(np.isinf(x) if columns is not None else ~np.isfinite(x))
    if len(bad):
        row, column = bad[0]
        raise UserError(
            f"{origin}: row {row}, column {column} (counted from 0) holds {x[row, column]}, and {len(bad) - 1} more "
            "cells are no finite numbers. Remove those rows or fill the cells."
        )
    return _apply(preparation, x, [f"row {row}" for row in range(len(x))] if columns is not None else [], origin)


def apply_to_csv(preparation: Preparation, path: Path) -> NDArray[np.float32]:
    """The rows of a table like the one trained on, in a file with its separator and header, to float32 (n, features).

    With a header, columns are found by name, in any order; without one, by position. The target may be there or not.
    A category that training did not know makes its column's features all 0, and missing cells are imputed if training
    was to impute them. Blank lines are no rows. Raises UserError for other columns, cells that do not fit theirs,
    missing cells that training refused too, all that `read_table` refuses, and networks that no table trained.
    """
    layout, columns = preparation.layout, preparation.encoding.columns
    if layout is None or columns is None:
        raise UserError(
            f"{path}: the network was not trained on a CSV file, but on arrays; give the rows as an .npz file "
            "with an array x (numpy.savez(path, x=x)), or from Python as an array."
        )
    table = read_table(str(path), _KEY, delimiter=layout.delimiter, header=layout.header, target=layout.target)
    places = [f"line {line}" for line in table.lines]
    positions = _positions(table, layout, [column.column.name for column in columns])
    read = [
        read_known_column(column.column, [row[position] for row in table.rows], places.__getitem__, table.origin)
        for column, position in zip(columns, positions, strict=True)
    ]
    return _apply(preparation, np.column_stack(read), places, table.origin)


def _positions(table: Table, layout: Layout, names: list[str]) -> list[int]:
    """Where the columns that the network takes stand in the file."""
    if table.names is None:
        if table.width == len(names):
            return list(range(len(names)))
        if table.width == len(names) + 1:
            return [position for position in range(table.width) if position != layout.position]
        raise UserError(
            f"{table.origin}: found {table.width} columns (separator {table.delimiter!r}); the network was trained on "
            f"{len(names)}, and the target at index {layout.position}, which may be left out."
        )
    missing = [name for name in names if name not in table.names]
    unknown = [name for name in table.names if name not in (*names, layout.target)]
    if missing or unknown:
        parts = [
            f"{what} {', '.join(map(repr, found[:10]))}{' ...' if len(found) > 10 else ''}"
            for what, found in (("missing are", missing), ("unknown are", unknown))
            if found
        ]
        raise UserError(
            f"{table.origin}: its columns (separator {table.delimiter!r}) are not those that the network was trained "
            f"on: {'; '.join(parts)}. Give a header and the same columns; the target {layout.target!r} may be left out."
        )
    return [table.names.index(name) for name in names]


def _apply(preparation: Preparation, x: NDArray[Any], places: list[str], origin: str) -> NDArray[np.float32]:
    columns = preparation.encoding.columns
    if columns is not None and any(column.fill is None for column in columns):
        refuse_missing(
            x, [column.column.name for column in columns], places, origin, "train again with data.missing: impute"
        )
    prepared = np.empty((len(x), preparation.features), np.float32)
    for block in blocks(len(x), len(preparation.standardisation.mean)):
        prepared[block] = preparation.apply(x[block], origin)
    return prepared
