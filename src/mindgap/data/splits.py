"""Splits: which rows are for training, which for validation, which for the test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindgap.data.raw import Raw
from mindgap.errors import UserError
from mindgap.streams import stream

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Splits:
    """Row numbers of each split, disjoint; together they are all rows."""

    train: Rows
    val: Rows
    test: Rows


def split(raw: Raw, *, val_fraction: float, test_fraction: float | None, seed: int) -> Splits:
    """Draw a stratified split: of each class with n rows, n x fraction rounded, and at least one, go to each part.

    Where the source gives a test set (`raw.test_rows`, kept in its order) `test_fraction` is None, and n counts the
    other rows. Drawn rows are in random order, equal for equal seeds. Raises UserError for a single class, a class
    with fewer rows than splits, and a test fraction where there is a test set (or none where there is none).
    """
    own_rows = len(raw.y) - raw.test_rows
    given_test = np.arange(own_rows, len(raw.y), dtype=np.int64)
    if raw.test_rows and test_fraction is not None:
        raise UserError(
            f"{raw.origin}: the data bring {raw.test_rows} test rows of their own, but data.test_fraction is "
            f"{test_fraction}. Write data.test_fraction: null."
        )
    if not raw.test_rows and test_fraction is None:
        raise UserError(
            f"{raw.origin}: the data bring no test rows, but data.test_fraction is null. Write a share between 0 and 1, "
            "for example data.test_fraction: 0.2."
        )
    _refuse_small_classes(raw, own_rows, needed=3 if test_fraction is not None else 2)

    generator = stream("split", seed=seed)
    parts: dict[str, list[Rows]] = {"train": [], "val": [], "test": []}
    for label in range(len(raw.classes)):
        rows = generator.permutation(np.flatnonzero(raw.y[:own_rows] == label))
        test_rows = 0 if test_fraction is None else _share(len(rows), test_fraction, most=len(rows) - 2)
        val_rows = _share(len(rows), val_fraction, most=len(rows) - test_rows - 1)
        test, val, train = np.split(rows, [test_rows, test_rows + val_rows])
        parts["train"].append(train)
        parts["val"].append(val)
        parts["test"].append(test)
    # Mixed, so that any first few rows of a split hold more than one class.
    train, val, test = (generator.permutation(np.concatenate(parts[name])) for name in ("train", "val", "test"))
    return Splits(train=train, val=val, test=given_test if raw.test_rows else test)


def _share(rows: int, fraction: float, most: int) -> int:
    return max(1, min(most, int(np.floor(rows * fraction + 0.5))))


def _refuse_small_classes(raw: Raw, own_rows: int, needed: int) -> None:
    counts = np.bincount(raw.y[:own_rows], minlength=len(raw.classes))
    if np.count_nonzero(counts) < 2:
        only = raw.classes[int(np.argmax(counts))]
        raise UserError(
            f"{raw.origin}: all {own_rows} rows are of one class, {only!r}; at least two classes are needed. Check that "
            "data.target (csv) or y (npz) is the column to predict."
        )
    small = np.flatnonzero(counts < needed)
    if len(small):
        named = ", ".join(f"{raw.classes[label]!r} has {counts[label]}" for label in small[:5])
        hint = ""
        if len(small) > own_rows / 10:
            hint = " So many small classes look like measurements: mindgap classifies; check data.target."
        splits = "train, val and test" if needed == 3 else "train and val (the test rows are given)"
        raise UserError(
            f"{raw.origin}: fewer rows of a class than splits: {named}{' ...' if len(small) > 5 else ''}; each class "
            f"needs at least {needed} rows, one for each of {splits}. Add rows, or remove or merge the class.{hint}"
        )
