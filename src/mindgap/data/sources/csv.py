"""The source `csv`: a table of numbers and categories in a text file, one row an example."""

import difflib
import hashlib

import numpy as np
from numpy.typing import NDArray

from mindgap.data.cells import is_missing
from mindgap.data.columns import read_column, read_measurements, refuse_missing
from mindgap.data.delimited import Table, read_table
from mindgap.data.files import read_file
from mindgap.data.labels import encode_labels
from mindgap.data.raw import Layout, Raw
from mindgap.errors import UserError
from mindgap.params.sources.csv import Csv
from mindgap.words import words


def digest(data: Csv) -> str:
    """SHA-256 of the bytes of the file and of the test file."""
    sums = [hashlib.sha256(read_file(data.path, "data.path")).hexdigest()]
    if data.test_path is not None:
        sums.append(hashlib.sha256(read_file(data.test_path, "data.test_path")).hexdigest())
    return hashlib.sha256(" ".join(["csv", *sums]).encode()).hexdigest()


def load(data: Csv, seed: int) -> Raw:
    """The table's columns without the target, and the target; the rows of `test_path` come last.

    Raises UserError for all that is wrong with the files (see `delimited` and `columns`), a target that does not
    exist, has empty cells or does not fit the task, and missing cells unless they are to be imputed.
    """
    first = read_table(data.path, "data.path", delimiter=data.delimiter, header=data.header, target=data.target)
    tables = [first]
    if data.test_path is not None:
        tables.append(_read_test(data.test_path, first, data.target))
    target = _find_target(first, data.target)
    rows = [row for table in tables for row in table.rows]
    places = [
        f"{where}line {line}" for where, table in zip(("", "test file "), tables, strict=False) for line in table.lines
    ]
    origin = " and ".join(table.origin for table in tables)
    names = first.names or tuple(f"column {index}" for index in range(first.width))

    labels = [row[target] for row in rows]
    unlabelled = [place for place, label in zip(places, labels, strict=True) if is_missing(label)]
    if unlabelled:
        raise UserError(
            f"{origin}: the target {names[target]!r} is empty in {', '.join(unlabelled[:5])} ({len(unlabelled)} of "
            f"{len(rows)} rows). Remove those rows, or correct data.target."
        )
    features = [index for index in range(first.width) if index != target]
    if not features:
        raise UserError(
            f"{origin}: with the separator {first.delimiter!r} there is one column, the target, and nothing to predict "
            "it from. Set data.delimiter, or add columns."
        )
    read = [read_column(names[index], [row[index] for row in rows], places.__getitem__, origin) for index in features]
    x = np.column_stack([values for _, values in read])
    if data.missing == "refuse":
        refuse_missing(x, [names[index] for index in features], places, origin, words("write data.missing: impute"))
    classes: tuple[str, ...] = ()
    y: NDArray[np.int64] | NDArray[np.float64]
    if data.task == "regression":
        y = read_measurements(names[target], labels, places.__getitem__, origin)
    else:
        classes, y = encode_labels(labels)
    return Raw(
        name=data.path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".csv"),
        origin=origin,
        x=x,
        y=y,
        classes=classes,
        test_rows=len(tables[1].rows) if len(tables) > 1 else 0,
        columns=tuple(column for column, _ in read),
        layout=Layout(first.delimiter, first.names is not None, names[target], target),
        target=names[target],
    )


def _read_test(path: str, first: Table, target: str | int) -> Table:
    test = read_table(path, "data.test_path", delimiter=first.delimiter, header=first.names is not None, target=target)
    if test.names != first.names or test.width != first.width:
        raise UserError(
            f"{test.origin}: its columns are not those of {first.origin}: found {_named(test)}, expected "
            f"{_named(first)}. Give both files the same columns in the same order."
        )
    return test


def _named(table: Table) -> str:
    return f"{table.width} columns" if table.names is None else ", ".join(table.names)


def _find_target(table: Table, target: str | int) -> int:
    if isinstance(target, int):
        if not -table.width <= target < table.width:
            raise UserError(
                f"{table.origin}: data.target is {target}, but the file has {table.width} columns (separator "
                f"{table.delimiter!r}): 0 to {table.width - 1} from the left, or -1 to {-table.width} from the right."
            )
        return target % table.width
    if table.names is None:
        raise UserError(
            f"{table.origin}: data.target is the name {target!r}, but the file has no header row. Write data.header: "
            "true if its first row holds names, or give data.target as an index."
        )
    if target not in table.names:
        near = difflib.get_close_matches(target, table.names, 1, 0.0)[0]
        raise UserError(
            f"{table.origin}: there is no column {target!r} (data.target). Did you mean {near!r}? Columns: "
            f"{', '.join(table.names[:20])}{' ...' if len(table.names) > 20 else ''}."
        )
    return table.names.index(target)
