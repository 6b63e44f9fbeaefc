"""Splits: which rows are for training, which for validation, which for the test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindgap.data.apart import split_apart
from mindgap.data.cells import parse_number
from mindgap.data.raw import Apart, Raw
from mindgap.data.subset import nested
from mindgap.errors import UserError
from mindgap.streams import stream
from mindgap.words import words

Rows = NDArray[np.int64]
# More classes than this, all numbers, are taken for measurements in messages.
_FEW = 10


@dataclass(frozen=True)
class Splits:
    """Row numbers of each split, disjoint; together they are all rows, unless fewer training rows are asked for."""

    train: Rows
    val: Rows
    test: Rows

    @property
    def named(self) -> dict[str, Rows]:
        """The rows by the split's name."""
        return {"train": self.train, "val": self.val, "test": self.test}


def split(
    raw: Raw,
    *,
    val_fraction: float,
    test_fraction: float | None,
    seed: int,
    train_rows: int | None = None,
    part: int = 0,
) -> Splits:
    """Draw a stratified split: each part has rows x fraction, rounded, and of each class its share, see `shares`.

    Rows without classes are shared out as if they were of one. Where the source gives a test set (`raw.test_rows`, kept
    in its order) `test_fraction` is None, and only the other rows count. Where it says what keeps rows apart, see
    `split_apart`. Drawn rows are in random order, equal for equal seeds. `train_rows` keeps so many of the training
    rows, see `nested`, in the same order; the other splits are the same. Another `part` draws anew. Raises UserError
    for a single class, a class with fewer rows than splits, measurements of which a split holds fewer than two
    different ones, a test fraction where there is a test set (or none where there is none), and training rows that are
    more than there are or fewer than classes.
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
            f"{raw.origin}: the data bring no test rows, but data.test_fraction is null. Write a share between 0 and "
            "1, for example data.test_fraction: 0.2."
        )
    if raw.classes:
        _refuse_small_classes(raw, own_rows, needed=3 if test_fraction is not None else 2)

    if raw.apart is not None:
        return _apart(raw, raw.apart, val_fraction, test_fraction, seed, train_rows, part)
    generator = stream("split", seed=seed, part=part)
    groups = [np.flatnonzero(raw.y[:own_rows] == label) for label in range(len(raw.classes))]
    groups = groups or [np.arange(own_rows, dtype=np.int64)]
    counts = np.array([len(group) for group in groups])
    test_rows = np.zeros_like(counts) if test_fraction is None else shares(counts, test_fraction, counts - 2)
    val_rows = shares(counts, val_fraction, counts - test_rows - 1)
    parts: dict[str, list[Rows]] = {"train": [], "val": [], "test": []}
    for group, of_test, of_val in zip(groups, test_rows, val_rows, strict=True):
        test, val, train = np.split(generator.permutation(group), [of_test, of_test + of_val])
        parts["train"].append(train)
        parts["val"].append(val)
        parts["test"].append(test)
    # Mixed, so that any first few rows of a split hold more than one class.
    train, val, test = (generator.permutation(np.concatenate(parts[name])) for name in ("train", "val", "test"))
    if train_rows is not None:
        train = _fewer(raw, train, train_rows, seed)
    splits = Splits(train=train, val=val, test=given_test if raw.test_rows else test)
    if not raw.classes:
        _refuse_equal_measurements(raw, own_rows, splits)
    return splits


def _apart(
    raw: Raw,
    apart: Apart,
    val_fraction: float,
    test_fraction: float | None,
    seed: int,
    train_rows: int | None,
    part: int,
) -> Splits:
    own_rows = len(raw.y) - raw.test_rows
    fractions = {"train": 1 - val_fraction - (test_fraction or 0), "val": val_fraction}
    if test_fraction is not None:
        fractions["test"] = test_fraction
    found = split_apart(raw, apart, fractions, seed, part)
    train = found["train"] if train_rows is None else _fewer(raw, found["train"], train_rows, seed)
    splits = Splits(train, found["val"], found.get("test", np.arange(own_rows, len(raw.y), dtype=np.int64)))
    if not raw.classes:
        _refuse_equal_measurements(raw, own_rows, splits)
    return splits


def shares(counts: Rows, fraction: float, most: Rows) -> Rows:
    """How many of each class's rows go to a part: together all rows x fraction, rounded.

    A class has count x fraction, but at least one and at most as many as are given, rounded down or up: up where the
    remainders are the largest (Hamilton's method; equal ones in the order of the classes). Where small classes have
    one row though less is their share, the fraction of the others is lowered until the total is reached, or raised
    where most is not enough for all; where no fraction reaches it, the total is the nearest that can be.
    """
    most = np.maximum(most, 1)
    total = min(max(int(np.floor(counts.sum() * fraction + 0.5)), len(counts)), int(most.sum()))
    quotas, low, high = np.clip(counts * fraction, 1, most), 0.0, 1.0
    while not np.floor(quotas).sum() <= total <= np.ceil(quotas).sum():
        low, high = (low, fraction) if quotas.sum() > total else (fraction, high)
        fraction = (low + high) / 2
        quotas = np.clip(counts * fraction, 1, most)
    found: Rows = np.floor(quotas).astype(np.int64)
    up = np.argsort(found - quotas, kind="stable")[: total - int(found.sum())]
    found[up] += 1
    return found


def _fewer(raw: Raw, train: Rows, count: int, seed: int) -> Rows:
    least = max(len(raw.classes), 1)
    if not least <= count <= len(train):
        few = words(", one of each class" if raw.classes else "")
        raise UserError(
            f"{raw.origin}: data.train_rows is {count}, but there are {len(train)} training rows beside those of "
            f"validation and test, and at least {least} is needed{few}. Write a number from {least} to {len(train)}, "
            "or null for all."
        )
    labels = raw.y[train].astype(np.int64) if raw.classes else np.zeros(len(train), np.int64)
    return train[nested(labels, count, seed=seed)]


def _refuse_small_classes(raw: Raw, own_rows: int, needed: int) -> None:
    counts = np.bincount(raw.y[:own_rows], minlength=len(raw.classes))
    if np.count_nonzero(counts) < 2:
        only = raw.classes[int(np.argmax(counts))]
        rows = words("the only row is" if own_rows == 1 else f"all {own_rows} rows are")
        raise UserError(
            f"{raw.origin}: {rows} of one class, {only!r}; at least two classes are needed. Check "
            "that data.target (csv) or y (npz) is the column to predict."
        )
    small = np.flatnonzero(counts < needed)
    if len(small):
        named = ", ".join(f"{raw.classes[label]!r} has {counts[label]}" for label in small[:5])
        measured = look_measured(raw.classes)
        hint = words(" They look like measurements: if so, write data.task: regression." * measured)
        splits = words("train, val and test" if needed == 3 else "train and val (the test rows are given)")
        raise UserError(
            f"{raw.origin}: fewer rows of a class than splits: {named}{' ...' if len(small) > 5 else ''}; each class "
            f"needs at least {needed} rows, one for each of {splits}. Add rows, or remove or merge the class.{hint}"
        )


def look_measured(classes: Sequence[str]) -> bool:
    """Whether all classes are numbers, and some of them not whole, or more than a person would count as classes."""
    numbers = [parse_number(name) for name in classes]
    whole = all(number is not None and number.is_integer() for number in numbers)
    return None not in numbers and (not whole or len(numbers) > _FEW)


def _refuse_equal_measurements(raw: Raw, own_rows: int, splits: Splits) -> None:
    if len(np.unique(raw.y[:own_rows])) < 2:
        raise UserError(
            f"{raw.origin}: the target {raw.target!r} is {raw.y[0]:g} in all {own_rows} rows, so there is nothing to "
            "fit. Check that data.target (csv) or y (npz) is what is to be predicted."
        )
    different = {name: len(np.unique(raw.y[rows])) for name, rows in splits.named.items()}
    if min(different.values()) < 2:
        found = ", ".join(f"{name} {count} (rows: {len(splits.named[name])})" for name, count in different.items())
        raise UserError(
            f"{raw.origin}: different values of the target {raw.target!r} in each split: {found}; at least 2 are "
            "needed, or nothing can be measured there. Add rows, or correct data.val_fraction, data.test_fraction and "
            "data.train_rows."
        )
