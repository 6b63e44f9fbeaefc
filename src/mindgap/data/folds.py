"""Folds: the parts that all rows are cut into, each of which is once the test rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mindgap.data.apart import by_group, refuse_off
from mindgap.data.raw import Raw
from mindgap.data.splits import Splits, split
from mindgap.errors import UserError
from mindgap.streams import stream
from mindgap.words import words

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """One of so many `folds`: its `number` among them, from 0, in the cut of this `repeat`, from 0."""

    folds: int
    repeat: int
    number: int


def all_folds(folds: int, repeats: int) -> Iterator[Fold]:
    """Those of the first cut, then those of the second, and so on."""
    return (Fold(folds, repeat, number) for repeat in range(repeats) for number in range(folds))


def split_fold(raw: Raw, fold: Fold, *, val_fraction: float, seed: int, train_rows: int | None = None) -> Splits:
    """The fold's rows are the test rows; of the others, so many validation rows are drawn as `split` draws them.

    Of each class, and of all rows, folds have as many rows as each other, or one more; the rows of a group are in one
    fold. `val_fraction` is a share of all rows. Raises UserError as `split` does, for a source that gives test rows or
    times, for a share that leaves no training rows, and for too few rows of a class, or groups, for so many folds.
    """
    _refuse_impossible(raw, fold.folds)
    part = _cut(raw, fold, seed)
    others, test = np.flatnonzero(part != fold.number), np.flatnonzero(part == fold.number)
    share = val_fraction * len(raw.y) / len(others)
    if share >= 1:
        raise UserError(
            f"{raw.origin}: data.val_fraction ({val_fraction}) and one of {fold.folds} folds leave no rows to train "
            "on. Write a smaller one, or data.folds: null for one split."
        )
    if raw.apart is not None:
        refuse_off(raw, raw.apart, "test", test, len(raw.y) / fold.folds)
    order = np.concatenate([others, test])
    apart = raw.apart and replace(raw.apart, values=raw.apart.values[order])
    found = split(
        replace(raw, y=raw.y[order], test_rows=len(test), apart=apart),
        val_fraction=share,
        test_fraction=None,
        seed=seed,
        train_rows=train_rows,
        part=1 + fold.repeat * fold.folds + fold.number,
    )
    return Splits(**{name: order[rows] for name, rows in found.named.items()})


def _cut(raw: Raw, fold: Fold, seed: int) -> Rows:
    """The number of the fold that each row is in, (rows,)."""
    generator = stream("split", seed=seed, epoch=1 + fold.repeat)
    if raw.apart is not None:
        return by_group(raw, raw.apart, {str(number): 1 / fold.folds for number in range(fold.folds)}, generator)
    drawn = generator.permutation(len(raw.y))
    if raw.classes:
        drawn = drawn[np.argsort(raw.y[drawn], kind="stable")]
    found = np.empty(len(raw.y), np.int64)
    found[drawn] = np.arange(len(raw.y)) % fold.folds
    return generator.permutation(fold.folds)[found]


def _refuse_impossible(raw: Raw, folds: int) -> None:
    # Two rows of each class, or two groups, must be left for training and validation.
    rows, needed = len(raw.y), folds if folds > 2 else 4
    remedy = words("Write fewer data.folds, or data.folds: null for one split.")
    if raw.test_rows:
        raise UserError(
            f"{raw.origin}: the data bring {raw.test_rows} test rows of their own, but data.folds cuts all rows into "
            "folds, each of which is once the test rows. Write data.folds: null, or leave out the test rows."
        )
    if raw.apart is not None and raw.apart.kind == "time":
        raise UserError(
            f"{raw.origin}: data.time splits rows by column {raw.apart.name!r}, and data.folds at random. Write "
            "data.folds: null, or data.time: null."
        )
    if raw.classes:
        counts = np.bincount(raw.y, minlength=len(raw.classes))
        small = np.flatnonzero(counts < needed)
        if len(small):
            named = ", ".join(f"{raw.classes[label]!r} has {counts[label]}" for label in small[:5])
            raise UserError(
                f"{raw.origin}: {folds} folds need at least {needed} rows of each class: "
                f"{named}{' ...' if len(small) > 5 else ''}. {remedy}"
            )
    elif rows < 2 * needed:
        raise UserError(f"{raw.origin}: {folds} folds need at least {2 * needed} rows; there are {rows}. {remedy}")
    if raw.apart is not None:
        groups = len(np.unique(raw.apart.values))
        if groups < needed:
            raise UserError(
                f"{raw.origin}: data.group: {folds} folds need at least {needed} groups; column {raw.apart.name!r} "
                f"holds {groups}. {remedy}"
            )
