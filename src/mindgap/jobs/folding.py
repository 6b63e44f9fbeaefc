"""Folding: whether a study's rows are cut into folds, decided before anything runs."""

from pathlib import Path
from typing import NamedTuple

from mindgap.data.arrow import ParquetTable
from mindgap.data.files import decompressed
from mindgap.data.folds import all_folds, split_fold
from mindgap.data.sources import load
from mindgap.errors import UserError
from mindgap.params.folds import FEW, Folds
from mindgap.params.images import array_shape
from mindgap.params.sources import Source

LOOKED = 1 << 26
"""Bytes of a file up to which a plan looks whether its rows can be cut; of larger ones, their preparation says it."""

_BLOCK = 1 << 20


class Folding(NamedTuple):
    """The folds, None where there is one split; and in words why, where nobody asked for either."""

    folds: Folds | None
    said: str | None = None


def folding_of(data: Source, seed: int) -> Folding:
    """What `data.folds` asks for; if that is `auto`, folds where a file of one's own has few rows that can be cut.

    No more of the file is read than needed. What is wrong with it, its preparation says.
    """
    if data.folds is None or isinstance(data.folds, Folds):
        return Folding(data.folds)
    folds = Folds()
    try:
        if not _perhaps_few(data):
            return Folding(None)
        if Path(getattr(data, "path", "")).stat().st_size > LOOKED:
            return Folding(folds, f"{folds.folds} folds, as there are fewer than {FEW:,} rows")
        raw = load(data, seed)
    except (UserError, OSError):
        return Folding(None)
    rows = len(raw.y) - raw.test_rows
    if rows >= FEW:
        return Folding(None)
    try:
        for fold in all_folds(folds.folds, folds.repeats):
            split_fold(raw, fold, val_fraction=data.val_fraction, seed=seed, train_rows=data.train_rows)
    except UserError as error:
        reason = str(error).removeprefix(f"{raw.origin}: ")
        return Folding(None, f"one split, though there are {rows} rows, fewer than {FEW:,}: {reason}")
    return Folding(folds, f"{folds.folds} folds, as there are {rows} rows, fewer than {FEW:,}")


def _perhaps_few(data: Source) -> bool:
    """Whether a file may have fewer rows than that; its lines may be more than its rows."""
    if data.source == "csv":
        lines = 0
        with decompressed(getattr(data, "path", ""), "data.path") as file:
            while (block := file.read(_BLOCK)) and lines <= 2 * FEW:
                lines += max(block.count(b"\n"), block.count(b"\r"))
        return lines <= 2 * FEW
    if data.source == "parquet":
        return ParquetTable.open(getattr(data, "path", ""), "data.path", getattr(data, "ignore", ())).rows < FEW
    shape = array_shape(data)
    return shape is not None and shape[0] < FEW
