"""Tables: from blocks of cells to rows of numbers and their targets, whatever files the cells come from."""

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import ahead, blocks
from mindgap.data.columns import Block, Chunk, CodeReader, ColumnReader, LabelReader, Place, refuse_missing, texts_of
from mindgap.data.identifiers import Identifiers
from mindgap.data.raw import Apart, Layout, Raw
from mindgap.data.spool import Spool
from mindgap.errors import UserError
from mindgap.params.sources._table import Table as Params
from mindgap.words import words

_TIMES = words("Write dates or numbers into these cells, or correct data.time.")
_WEIGHTS = words("Write numbers from 0, or correct data.weight.")


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

    def blocks(self, texts: Collection[int]) -> Iterator[Block]:
        """All rows, block by block; the cells of the columns `texts` come as such."""


def read_tables(
    tables: Sequence[Table], data: Params, name: str, place: Place, scratch: Path | None, delimiter: str | None = None
) -> Raw:
    """The rows of one table, or of it and a second, which are the test rows; numbers are kept in the folder `scratch`.

    Each block is read once. `place` names a row, counted through both tables, in messages; `delimiter` is what columns
    are separated by, where they are text. Raises UserError for tables of different columns, a target that does not
    exist, has empty cells or does not fit the task, for columns of params that do not exist or stand twice, for what
    `ColumnReader` and `CodeReader` refuse, and for missing cells unless they are to be imputed.
    """
    first, origin = tables[0], " and ".join(table.origin for table in tables)
    _refuse_other_columns(tables)
    target = _find_column(first, data.target, "data.target", delimiter)
    if first.width < 2:
        seen = "" if delimiter is None else words(f"with the separator {delimiter!r} ")
        raise UserError(
            f"{origin}: {seen}there is one column, the target, and nothing to predict it from. Set data.delimiter, or "
            "add columns."
        )
    names = first.names or tuple(f"column {index}" for index in range(first.width))
    declared = _declare(first, data, target, names, delimiter)
    features = [index for index in range(first.width) if index not in declared.beside]
    if not features:
        given = " and ".join(sorted({declared.beside[index] for index in declared.beside if index != target}))
        raise UserError(
            f"{origin}: beside the columns of {given} there is none to predict {names[target]!r} from. Keep one."
        )
    codes, by, weight = declared.codes, declared.by, declared.weight
    readers = {index: CodeReader(codes[index]) if index in codes else ColumnReader() for index in features}
    goal = ColumnReader() if data.task == "regression" else LabelReader()
    apart = _ApartReader(data.group is not None)
    as_texts = {*codes}
    if data.task == "classification":
        as_texts.add(target)
    if by is not None and data.group is not None:
        as_texts.add(by)
    as_texts.update(declared.ids)
    called = tuple(list[str]() for _ in declared.ids)
    spool, y, counts = Spool(scratch), list[NDArray[np.float64]](), [0] * len(tables)
    weigher, weights = ColumnReader(_WEIGHTS), list[NDArray[np.float64]]()
    for number, table in enumerate(tables):
        for block in ahead(table.blocks(as_texts)):
            y.append(goal.add(block[target]))
            if by is not None:
                apart.add(block[by])
            for cells, index in zip(called, declared.ids, strict=True):
                cells += texts_of(block[index])
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
    ids = tuple(names[index] for index in declared.ids)
    classes, targets = goal.as_target(np.concatenate(y), names[target], place, origin)
    return Raw(
        name=name,
        origin=origin,
        x=x,
        y=targets,
        classes=classes,
        test_rows=counts[1] if len(counts) > 1 else 0,
        columns=tuple(column for column, _ in finished),
        layout=Layout(
            delimiter or ",",
            first.names is not None,
            names[target],
            target,
            names,
            None if weight is None else names[weight],
            ids,
        ),
        target=names[target],
        apart=None if by is None else apart.finish(names[by], place, origin),
        weights=np.concatenate(weights) if weights else None,
        ids=Identifiers(ids, called) if ids else None,
    )


class _ApartReader:
    """The cells of the column by which rows are split."""

    def __init__(self, group: bool) -> None:
        self._group = group
        self._reader: CodeReader | ColumnReader = CodeReader(None) if group else ColumnReader(_TIMES)
        self._found: list[NDArray[np.float64]] = []

    def add(self, chunk: Chunk) -> None:
        """Read further cells."""
        self._found.append(self._reader.add(chunk))

    def finish(self, name: str, place: Place, origin: str) -> Apart:
        """All of them; UserError for missing cells, and for times that are neither dates nor numbers."""
        key, missing = "data.group" if self._group else "data.time", self._reader.missing
        if missing.count:
            raise UserError(
                f"{origin}: column {name!r} ({key}) is empty in {missing.rows(place)} ({missing.count} of "
                f"{self._reader.rows} rows). Fill these cells, or remove the rows."
            )
        column, order = self._reader.finish(name, place, origin)
        values = np.concatenate(self._found)
        if order is not None:
            values = order[values.astype(np.int64)]
        if self._group:
            return Apart("group", name, values, column.categories or ())
        if column.categories is not None:
            raise UserError(
                f"{origin}: column {name!r} (data.time) holds texts, such as {column.categories[0]!r}. Dates such as "
                "2024-03-01 or 2024-03-01 12:30, or numbers, are needed."
            )
        return Apart("time", name, values, dates=column.role == "date")


def _refuse_weights(reader: ColumnReader, weights: NDArray[np.float64], name: str, place: Place, origin: str) -> None:
    """UserError for cells of the column of weights that are no numbers, below 0, or too large to add up."""
    reader.refuse_no_numbers(name, place, origin)
    for what, wrong in (
        (words("empty or below 0"), ~(weights >= 0)),
        (words("too large for 32-bit floating point"), weights > np.finfo(np.float32).max),
    ):
        rows = np.flatnonzero(wrong)
        if len(rows):
            raise UserError(
                f"{origin}: the weight {name!r} is {what} in {', '.join(map(place, rows[:5].tolist()))} ({len(rows)} "
                f"of {len(weights)} rows). {_WEIGHTS}"
            )


def _put_in_order(x: NDArray[np.float64], orders: Sequence[NDArray[np.float64] | None]) -> None:
    """Write the values of texts over the places of their appearance."""
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


@dataclass(frozen=True)
class _Declared:
    """What params say of columns, by their places: those that are no features, each with the param that says so; those
    of codes, each with its order, None where it has none; the one by which rows are split, that of weights, and those
    that say which row is which."""

    beside: dict[int, str]
    codes: dict[int, tuple[str, ...] | None]
    by: int | None
    weight: int | None
    ids: tuple[int, ...]


def _declare(table: Table, data: Params, target: int, names: Sequence[str], delimiter: str | None) -> _Declared:
    """Find all columns of params; UserError for one that is not there, or stands in two of them."""
    codes: dict[int, tuple[str, ...] | None] = {}
    said: dict[int, str] = {target: "data.target"}
    by = weight = None

    def find(column: str | int, key: str) -> int:
        place = _find_column(table, column, key, delimiter)
        if said.get(place) == key:
            raise UserError(f"{table.origin}: column {names[place]!r} stands twice in {key}. Write it there once.")
        if place in said and not (key == "data.id" and place == by):
            raise UserError(
                f"{table.origin}: column {names[place]!r} stands in {said[place]} and in {key}. Write it in one of "
                "them, once."
            )
        said[place] = key
        return place

    if data.group is not None:
        by = find(data.group, "data.group")
    elif data.time is not None:
        by = find(data.time, "data.time")
    if data.weight is not None:
        weight = find(data.weight, "data.weight")
    ids = tuple(find(column, "data.id") for column in data.id)
    for column in data.ignore:
        find(column, "data.ignore")
    beside = dict(said)
    for column in data.categorical:
        codes[find(column, "data.categorical")] = None
    for column, order in data.ordinal.items():
        codes[find(column, "data.ordinal")] = order
    return _Declared(beside, codes, by, weight, ids)


def _find_column(table: Table, column: str | int, key: str, delimiter: str | None) -> int:
    """The place of a column that a param names, or of which it is the index."""
    if isinstance(column, int):
        if not -table.width <= column < table.width:
            separated = "" if delimiter is None else words(f" (separator {delimiter!r})")
            raise UserError(
                f"{table.origin}: {key} is {column}, but the file has {table.width} columns{separated}: 0 to "
                f"{table.width - 1} from the left, or -1 to {-table.width} from the right. A name that is a number "
                "stands in quotes."
            )
        return column % table.width
    if table.names is None:
        raise UserError(
            f"{table.origin}: {key} is the name {column!r}, but the file has no header row. Write data.header: "
            f"true if its first row holds names, or give {key} as an index."
        )
    if column not in table.names:
        near = difflib.get_close_matches(column, table.names, 1, 0.0)[0]
        raise UserError(
            f"{table.origin}: there is no column {column!r} ({key}). Did you mean {near!r}? Columns: "
            f"{', '.join(table.names[:20])}{' ...' if len(table.names) > 20 else ''}."
        )
    return table.names.index(column)
