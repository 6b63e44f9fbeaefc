"""Laws of what is done to training rows alone: fewer of them, wrong labels, outliers, missing cells."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mindgap.data.corruption import with_blanks, with_label_noise, with_outliers
from mindgap.data.prepared import Dataset, open_rows, open_split
from mindgap.data.raw import Raw
from mindgap.data.splits import Splits, split
from mindgap.data.subset import nested
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.preprocess import Preprocess
from mindgap.stages.prepare import prepare

COUNTS = st.lists(st.integers(1, 40), min_size=1, max_size=6)
SEEDS = st.integers(0, 2**63 - 1)
SHARES = st.floats(0.02, 0.98)
RAW = Preprocess(center="none", scale="none")


def labelled(counts: list[int]) -> np.ndarray:
    return np.random.default_rng(len(counts)).permutation(np.repeat(np.arange(len(counts)), counts))


def cut(raw: Raw, seed: int, train_rows: int | None = None) -> Splits:
    return split(raw, val_fraction=0.2, test_fraction=0.2, seed=seed, train_rows=train_rows)


def rows_of(y: np.ndarray, classes: int) -> Raw:
    return Raw("own", "own", np.zeros((len(y), 1)), y, tuple(map(str, range(classes))))


@given(COUNTS, SEEDS, st.data())
def test_fewer_rows_are_among_more_and_of_each_class_its_share(counts: list[int], seed: int, data: Any) -> None:
    labels, classes = labelled(counts), len(counts)
    fewer, more = sorted(data.draw(st.lists(st.integers(classes, len(labels)), min_size=2, max_size=2)))
    small, large = (nested(labels, count, seed=seed) for count in (fewer, more))
    assert (len(small), len(large)) == (fewer, more)
    assert set(small) <= set(large)
    assert np.array_equal(large, np.unique(large))
    found, all_rows = np.bincount(labels[large], minlength=classes), np.array(counts)
    assert found.min() >= 1
    # Each class is its size times one share, rounded, but for those that have one row because none is too few.
    low = np.where(found > 1, (found - 0.5) / all_rows, 0).max()
    high = np.where(found < all_rows, (found + 0.5) / all_rows, np.inf).min()
    assert low <= high + 1e-12


@given(st.integers(3, 40), st.integers(3, 40), SEEDS, st.data())
def test_fewer_training_rows_move_no_other_row(first: int, second: int, seed: int, data: Any) -> None:
    raw = rows_of(labelled([first, second]), 2)
    whole = cut(raw, seed)
    count = data.draw(st.integers(2, len(whole.train)))
    part = cut(raw, seed, count)
    assert np.array_equal(part.val, whole.val)
    assert np.array_equal(part.test, whole.test)
    assert len(part.train) == count
    kept = np.isin(whole.train, part.train)
    assert np.array_equal(whole.train[kept], part.train)


@given(st.integers(20, 200), SEEDS, st.data())
def test_fewer_measured_rows_move_no_other_row(rows: int, seed: int, data: Any) -> None:
    raw = Raw("own", "own", np.zeros((rows, 1)), np.random.default_rng(rows).normal(size=rows), ())
    whole = cut(raw, seed)
    part = cut(raw, seed, data.draw(st.integers(2, len(whole.train))))
    assert np.array_equal(part.val, whole.val)
    assert np.array_equal(part.test, whole.test)
    assert set(part.train) <= set(whole.train)


@given(st.integers(2, 6), st.integers(20, 60), SEEDS, SHARES, SHARES)
def test_the_share_of_training_labels_is_wrong_and_no_other(
    classes: int, each: int, seed: int, one: float, other: float
) -> None:
    raw = rows_of(labelled([each] * classes), classes)
    train = cut(raw, seed).train
    less, more = sorted((one, other))
    try:
        few, many = (with_label_noise(raw, train, share, seed=seed).y for share in (less, more))
    except UserError:  # a class is left without a training row
        assume(False)
    wrong = {share: np.flatnonzero(y != raw.y) for share, y in ((less, few), (more, many))}
    assert len(wrong[more]) == int(np.floor(more * len(train) + 0.5))
    assert set(wrong[less]) <= set(wrong[more]) <= set(train)
    assert np.array_equal(few[wrong[less]], many[wrong[less]])
    assert np.array_equal(many, with_label_noise(raw, train, more, seed=seed).y)
    assert many.min() >= 0
    assert many.max() < classes


@given(st.integers(50, 200), SEEDS, SHARES)
def test_the_share_of_training_targets_is_moved_upwards_and_no_other(rows: int, seed: int, share: float) -> None:
    raw = Raw("own", "own", np.zeros((rows, 1)), np.random.default_rng(rows).normal(size=rows), ())
    train = cut(raw, seed).train
    moved = with_outliers(raw, train, share, seed=seed).y - raw.y
    assert np.count_nonzero(moved) == int(np.floor(share * len(train) + 0.5))
    assert set(np.flatnonzero(moved)) <= set(train)
    np.testing.assert_allclose(moved[moved != 0], 10 * raw.y[train].std(), rtol=1e-12)


@given(st.integers(50, 200), SEEDS, st.floats(0.1, 0.8), st.floats(0.1, 0.8))
def test_missing_cells_of_training_rows_have_the_mean_of_their_features_and_no_others_change(
    rows: int, seed: int, one: float, other: float
) -> None:
    x = np.random.default_rng(rows).normal(size=(rows, 3))
    raw = Raw("own", "own", x, labelled([rows // 2, rows - rows // 2]), ("a", "b"))
    train = cut(raw, seed).train
    less, more = sorted((one, other))
    try:
        few, many = (with_blanks(raw, train, share, seed=seed).x for share in (less, more))
    except UserError:  # a feature is left without a cell
        assume(False)
    missing = many != x
    assert not (few != x)[~missing].any()
    assert set(np.flatnonzero(missing.any(axis=1))) <= set(train)
    assert np.array_equal(many, with_blanks(raw, train, more, seed=seed).x)
    for feature in range(3):
        gone, left = missing[train, feature], ~missing[train, feature]
        np.testing.assert_allclose(many[train[gone], feature], x[train[left], feature].mean(), rtol=0, atol=1e-12)


POINTS = {"source": "synthetic", "kind": "spirals", "classes": 3, "rows": 90}
CURVE = {"source": "synthetic", "kind": "sine", "rows": 90}


def prepared(folder: Path, seed: int, data: dict[str, Any]) -> dict[str, np.ndarray]:
    """Of each split a table: the rows' numbers, what they hold, and their labels or targets in the user's units."""
    folder.mkdir()
    prepare(TypeAdapter(Data).validate_python(data), RAW, seed, folder)
    target, found = Dataset.read(folder).target, {}
    for name in ("train", "val", "test"):
        part = open_split(folder, name)
        y = part.y if target is None else target.restore(part.y)
        found[name] = np.column_stack([open_rows(folder, name), part.x, y])
    return found


@settings(max_examples=25)
@given(
    st.integers(0, 2**32),
    st.sampled_from(
        [
            (POINTS, {"train_rows": 20}),
            (POINTS, {"label_noise": 0.3}),
            (POINTS, {"train_rows": 30, "label_noise": 0.2}),
            (POINTS, {"blanks": 0.3}),
            (POINTS, {"train_rows": 30, "blanks": 0.3}),
            (CURVE, {"train_rows": 20}),
            (CURVE, {"outliers": 0.1}),
            (CURVE, {"train_rows": 30, "outliers": 0.1}),
        ]
    ),
)
def test_validation_and_test_rows_are_prepared_as_without_it(
    seed: int, case: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    data, change = case
    with TemporaryDirectory() as folder:
        without = prepared(Path(folder, "without"), seed, data)
        changed = prepared(Path(folder, "changed"), seed, {**data, **change})
        again = prepared(Path(folder, "again"), seed, {**data, **change})
    for name in ("val", "test"):
        np.testing.assert_allclose(changed[name], without[name], rtol=0, atol=1e-6)  # float32, by another scale
    assert not np.array_equal(changed["train"], without["train"])
    assert all(np.array_equal(again[name], changed[name]) for name in changed)
