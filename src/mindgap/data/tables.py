"""Tables: from blocks of cells to rows of numbers and their targets, whatever files the cells come from."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mindgap.data.columns import Block, ColumnReader, LabelReader, Place, refuse_missing
from mindgap.data.raw import Layout, Raw
from mindgap.data.spool import Spool
from mindgap.data.standardisation import blocks
from mindgap.errors import UserError
from mindgap.params.sources._table import Table as Params
from mindgap.words import words


class Table(Protocol):
    """A file of rows of `width` cells, the target's included; `names` is None without a header."""

    @property
    def origin(self) -> str:
        """Where a person finds it."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """What its columns are called."""

    @property
    def width(self) -> int:
        """How many they are."""

    def blocks(self, labels: int | None) -> Iterator[Block]:
        """All rows, block by block; the cells of the column `labels` come as texts."""


def read_tables(
    tables: Sequence[Table], data: Params, name: str, place: Place, scratch: Path | None, delimiter: str | None = None
) -> Raw:
    """The rows of one table, or of it and a second, which are the test rows; numbers are kept in the folder `scratch`.

    Each block is read once. `place` names a row, counted through both tables, in messages; `delimiter` is what columns
    are separated by, where they are text. Raises UserError for tables of different columns, a target that does not
    exist, has empty cells or does not fit the task, for what `ColumnReader` refuses, and for missing cells unless they
    are to be imputed.
    """
    first, origin = tables[0], " and ".join(table.origin for table in tables)
    _refuse_other_columns(tables)
    target = _find(first, data.target, delimiter, "data.target")
    weight = None if data.weight is None else _find(first, data.weight, delimiter, "data.weight")
    if weight == target:
        raise UserError(f"{origin}: data.weight and data.target are one column. Name another, or write null.")
    if first.width < 2 + (weight is not None):
        seen = "" if delimiter is None else words(f"with the separator {delimiter!r} ")
        raise UserError(
            f"{origin}: {seen}there is one column, the target, and nothing to predict it from. Set data.delimiter, or "
            "add columns."
        )
    names = first.names or tuple(f"column {index}" for index in range(first.width))
    features = [index for index in range(first.width) if index not in (target, weight)]
    readers = {index: ColumnReader() for index in features}
    goal = ColumnReader() if data.task == "regression" else LabelReader()
    spool, y, counts = Spool(scratch), list[NDArray[np.float64]](), [0] * len(tables)
    weigher, weights = ColumnReader(), list[NDArray[np.float64]]()
    for number, table in enumerate(tables):
        for block in table.blocks(None if data.task == "regression" else target):
            y.append(goal.add(block[target]))
            spool.append(np.stack([readers[index].add(block[index]) for index in features], axis=1))
            counts[number] += len(y[-1])
            if weight is not None:
                weights.append(weigher.add(block[weight]))
    if goal.missing.count:
        raise UserError(
            f"{origin}: the target {names[target]!r} is empty in {goal.missing.rows(place)} ({goal.missing.count} of "
            f"{goal.rows} rows). Remove those rows, or correct data.target."
        )
    finished = [readers[index].finish(names[index], place, origin) for index in features]
    x: NDArray[np.float64] = spool.array(np.float64, (goal.rows, len(features)))
    if data.missing == "refuse" and any(reader.missing.count for reader in readers.values()):
        refuse_missing(x, [names[index] for index in features], place, origin, words("write data.missing: impute"))
    _put_in_order(x, [order for _, order in finished])
    if weight is not None:
        _refuse_weights(weigher, np.concatenate(weights), names[weight], place, origin)
    classes, targets = goal.as_target(np.concatenate(y), names[target], place, origin)
    return Raw(
        name=name,
        origin=origin,
        x=x,
        y=targets,
        classes=classes,
        test_rows=counts[1] if len(counts) > 1 else 0,
        columns=tuple(column for column, _ in finished),
        layout=Layout(delimiter or ",", first.names is not None, names[target], target, *_weight(names, weight)),
        target=names[target],
        weights=np.concatenate(weights) if weights else None,
    )


def _weight(names: Sequence[str], weight: int | None) -> tuple[str | None, int | None]:
    return None if weight is None else names[weight], weight


def _refuse_weights(reader: ColumnReader, weights: NDArray[np.float64], name: str, place: Place, origin: str) -> None:
    """UserError for cells of the column of weights that are no numbers, or below 0."""
    reader.refuse_no_numbers(name, place, origin)
    wrong = np.flatnonzero(~(weights >= 0))
    if len(wrong):
        raise UserError(
            f"{origin}: the weight {name!r} is empty or below 0 in {', '.join(map(place, wrong[:5].tolist()))} "
            f"({len(wrong)} of {len(weights)} rows). Write numbers from 0, or correct data.weight."
        )


def _put_in_order(x: NDArray[np.float64], orders: Sequence[NDArray[np.float64] | None]) -> None:
    """Write the places of categories in their order over those of their appearance."""
    categorical = [(column, order) for column, order in enumerate(orders) if order is not None]
    for block in blocks(*x.shape) if categorical else ():
        for column, order in categorical:
            present = ~np.isnan(x[block, column])
            x[block, column][present] = order[x[block, column][present].astype(np.int64)]


def _refuse_other_columns(tables: Sequence[Table]) -> None:
    first, test = tables[0], tables[-1]
    if test.names != first.names or test.width != first.width:
        raise UserError(
            f"{test.origin}: its columns are not those of {first.origin}: found {_named(test)}, expected "
            f"{_named(first)}. Give both files the same columns in the same order."
        )


def _named(table: Table) -> str:
    return f"{table.width} columns" if table.names is None else ", ".join(table.names)


def _find(table: Table, target: str | int, delimiter: str | None, param: str) -> int:
    """The position of a column that a param names, or of which it is the index."""
    if isinstance(target, int):
        if not -table.width <= target < table.width:
            separated = "" if delimiter is None else words(f" (separator {delimiter!r})")
            raise UserError(
                f"{table.origin}: {param} is {target}, but the file has {table.width} columns{separated}: 0 to "
                f"{table.width - 1} from the left, or -1 to {-table.width} from the right."
            )
        return target % table.width
    if table.names is None:
        raise UserError(
            f"{table.origin}: {param} is the name {target!r}, but the file has no header row. Write data.header: "
            f"true if its first row holds names, or give {param} as an index."
        )
    if target not in table.names:
        near = difflib.get_close_matches(target, table.names, 1, 0.0)[0]
        raise UserError(
            f"{table.origin}: there is no column {target!r} ({param}). Did you mean {near!r}? Columns: "
            f"{', '.join(table.names[:20])}{' ...' if len(table.names) > 20 else ''}."
        )
    return table.names.index(target)
