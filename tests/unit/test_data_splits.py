"""Tests of splits and of the rows that occur in more than one."""

import numpy as np
import pytest

from mindgap.data.duplicates import count_duplicates
from mindgap.data.raw import Raw
from mindgap.data.splits import Splits, shares, split
from mindgap.errors import UserError


def labelled(y: list[int], test_rows: int = 0) -> Raw:
    return Raw("own", "own.csv (data.path)", np.zeros((len(y), 1)), np.array(y), ("a", "b"), test_rows)


def measured(y: list[float], test_rows: int = 0) -> Raw:
    x = np.zeros((len(y), 1))
    return Raw("own", "own.csv (data.path)", x, np.array(y, dtype=np.float64), (), test_rows, target="size")


def test_each_class_is_shared_out_by_the_fractions() -> None:
    raw = labelled([0] * 10 + [1] * 20)
    splits = split(raw, val_fraction=0.2, test_fraction=0.3, seed=0)
    assert np.bincount(raw.y[splits.train]).tolist() == [5, 10]
    assert np.bincount(raw.y[splits.val]).tolist() == [2, 4]
    assert np.bincount(raw.y[splits.test]).tolist() == [3, 6]


def test_many_small_classes_give_as_many_rows_as_were_asked_for() -> None:
    raw = Raw("own", "own.csv (data.path)", np.zeros((350, 1)), np.repeat(np.arange(50), 7), tuple(map(str, range(50))))
    splits = split(raw, val_fraction=0.2, test_fraction=0.2, seed=0)  # 7 x 0.2 = 1.4 rows of each class
    assert [len(splits.named[name]) for name in ("train", "val", "test")] == [210, 70, 70]
    assert np.bincount(raw.y[splits.val]).tolist() == [2] * 20 + [1] * 30


@pytest.mark.parametrize(
    ("counts", "fraction", "found"),
    [
        ([12, 13, 17], 0.2, [2, 3, 3]),  # 2.4, 2.6 and 3.4, together 8
        ([12, 12, 12], 0.2, [3, 2, 2]),  # 2.4 each, together 7: of equal remainders the first
        ([100, 50, *[3] * 10], 0.2, [17, 9, *[1] * 10]),  # ten that have 0.6 get 1; the others share 26 as two to one
        ([3, 3], 0.2, [1, 1]),  # 0.6 each, together 1, but each class has one
    ],
)
def test_the_largest_remainders_are_rounded_up(counts: list[int], fraction: float, found: list[int]) -> None:
    assert shares(np.array(counts), fraction, np.array(counts) - 1).tolist() == found


def test_a_given_test_set_is_kept_in_its_order_and_validation_cut_from_the_rest() -> None:
    splits = split(labelled([0, 1] * 10 + [1, 0], test_rows=2), val_fraction=0.2, test_fraction=None, seed=0)
    assert splits.test.tolist() == [20, 21]
    assert sorted([*splits.train, *splits.val]) == list(range(20))
    assert len(splits.val) == 4


def test_another_seed_draws_other_rows() -> None:
    raw = labelled([0, 1] * 50)
    one, two = (split(raw, val_fraction=0.2, test_fraction=0.2, seed=seed) for seed in (0, 1))
    assert set(one.val.tolist()) != set(two.val.tolist())


def test_the_rows_of_a_split_are_not_sorted_by_class() -> None:
    raw = labelled([0] * 100 + [1] * 100)
    assert set(raw.y[split(raw, val_fraction=0.2, test_fraction=0.2, seed=0).train][:20].tolist()) == {0, 1}


def test_one_class_is_refused() -> None:
    with pytest.raises(UserError, match=r"own\.csv \(data\.path\): all 9 rows are of one class, 'b'"):
        split(labelled([1] * 9), val_fraction=0.2, test_fraction=0.2, seed=0)


def test_fewer_rows_of_a_class_than_splits_are_refused_with_class_and_count() -> None:
    with pytest.raises(UserError, match="fewer rows of a class than splits: 'b' has 2; each class needs at least 3"):
        split(labelled([0] * 40 + [1] * 2), val_fraction=0.2, test_fraction=0.2, seed=0)


def test_with_a_given_test_set_two_rows_of_a_class_suffice() -> None:
    split(labelled([0, 0, 1, 1, 0], test_rows=1), val_fraction=0.2, test_fraction=None, seed=0)
    with pytest.raises(UserError, match="'b' has 1; each class needs at least 2"):
        split(labelled([0, 0, 1, 1, 1], test_rows=2), val_fraction=0.2, test_fraction=None, seed=0)


def test_a_fraction_is_refused_where_there_is_a_test_set() -> None:
    with pytest.raises(UserError, match=r"Write data\.test_fraction: null"):
        split(labelled([0, 1] * 10, test_rows=2), val_fraction=0.2, test_fraction=0.2, seed=0)


def test_null_is_refused_where_there_is_no_test_set() -> None:
    with pytest.raises(UserError, match=r"data\.test_fraction is null"):
        split(labelled([0, 1] * 10), val_fraction=0.2, test_fraction=None, seed=0)


def test_rows_that_occur_in_an_earlier_split_are_counted() -> None:
    x = np.array([[1.0, 2.0], [3.0, 0.0], [1.0, 2.0], [1.0, 2.0], [3.0, -0.0], [2.0, 1.0], [np.nan, 1.0]])
    splits = Splits(train=np.array([0, 1, 6]), val=np.array([2, 5]), test=np.array([3, 4]))
    assert count_duplicates(x, splits) == {"train_val": 1, "train_test": 2, "val_test": 1}


def test_rows_that_are_measured_are_shared_out_by_the_fractions() -> None:
    splits = split(measured([float(row) for row in range(30)]), val_fraction=0.2, test_fraction=0.3, seed=0)
    assert [len(splits.named[name]) for name in ("train", "val", "test")] == [15, 6, 9]
    assert splits.val.tolist() != sorted(splits.val.tolist())


def test_where_measurements_are_split_does_not_depend_on_them() -> None:
    one, two = (
        split(measured(y), val_fraction=0.2, test_fraction=0.2, seed=3) for y in ([*range(20)], [*range(20)][::-1])
    )
    assert all(np.array_equal(one.named[name], two.named[name]) for name in ("train", "val", "test"))


def test_a_given_test_set_of_measurements_is_kept_in_its_order() -> None:
    splits = split(measured([*range(20), 8.0, 7.0], test_rows=2), val_fraction=0.2, test_fraction=None, seed=0)
    assert splits.test.tolist() == [20, 21]
    assert len(splits.val) == 4


@pytest.mark.parametrize("test_rows", [0, 2])
def test_a_target_that_never_varies_is_refused(test_rows: int) -> None:
    raw = measured([2.5] * 9 + [1.0, 2.0][:test_rows], test_rows)
    with pytest.raises(UserError, match=r"own\.csv \(data\.path\): the target 'size' is 2\.5 in all 9 rows"):
        split(raw, val_fraction=0.2, test_fraction=None if test_rows else 0.2, seed=0)


def test_a_split_of_equal_measurements_is_refused_with_what_each_split_holds() -> None:
    with pytest.raises(UserError, match=r"train 3 \(rows: 3\), val 1 \(rows: 1\), test 1 \(rows: 1\); at least 2"):
        split(measured([1, 2, 3, 4, 5]), val_fraction=0.2, test_fraction=0.2, seed=0)
    with pytest.raises(UserError, match=r"test 1 \(rows: 3\); at least 2 are needed"):
        split(measured([*range(20), 7, 7, 7], test_rows=3), val_fraction=0.2, test_fraction=None, seed=0)


@pytest.mark.parametrize(
    ("classes", "hint"),
    [
        (tuple(str(number) for number in range(11)), True),
        (("1", "2.5"), True),
        (("1", "2"), False),
        (tuple(f"name {number}" for number in range(11)), False),
    ],
)
def test_small_classes_that_look_like_measurements_name_the_way_to_fit_them(
    classes: tuple[str, ...], hint: bool
) -> None:
    raw = Raw("own", "own.csv (data.path)", np.zeros((len(classes), 1)), np.arange(len(classes)), classes)
    with pytest.raises(UserError, match="fewer rows of a class than splits") as caught:
        split(raw, val_fraction=0.2, test_fraction=0.2, seed=0)
    assert ("write data.task: regression" in str(caught.value)) == hint
