"""Tests of labels and targets that are made wrong on purpose."""

import numpy as np
import pytest

from mindgap.data.corruption import with_label_noise, with_outliers
from mindgap.data.raw import Raw
from mindgap.errors import UserError


def labelled(y: list[int], classes: int) -> Raw:
    x = np.zeros((len(y), 1))
    return Raw("own", "own.csv (data.path)", x, np.array(y), tuple("abcdefghij"[:classes]))


def measured(y: list[float]) -> Raw:
    return Raw("own", "own.csv (data.path)", np.zeros((len(y), 1)), np.array(y), ())


def test_each_other_class_is_as_likely() -> None:
    raw = labelled([2] * 40_000 + [0, 1, 3], 4)
    y = with_label_noise(raw, np.arange(40_000), 0.5, seed=0).y[:40_000]
    counts = np.bincount(y, minlength=4)
    # Five standard deviations of a count of 20,000 draws with a chance of a third: 5 x sqrt(20,000 x 2 / 9).
    assert np.abs(counts[[0, 1, 3]] - 20_000 / 3).max() < 334
    assert counts[2] == 20_000


def test_outliers_lie_ten_deviations_of_the_training_targets_above() -> None:
    raw = measured([1.0, 3.0, 5.0, 7.0, 1000.0])
    moved = with_outliers(raw, np.arange(4), 0.5, seed=0).y - raw.y
    # The training targets' variance is (9 + 1 + 1 + 9) / 4 = 5.
    assert sorted(moved.tolist()) == pytest.approx([0, 0, 0, 10 * np.sqrt(5), 10 * np.sqrt(5)])
    assert moved[4] == 0


def test_a_class_that_loses_all_its_training_rows_is_named() -> None:
    raw = labelled([0, 0, 0, 0, 1], 2)
    with pytest.raises(UserError, match=r"data\.label_noise: 0\.9 leaves class 'a' without a training row"):
        with_label_noise(raw, np.arange(4), 0.9, seed=0)


def test_a_share_that_is_no_row_is_refused() -> None:
    with pytest.raises(UserError, match=r"data\.label_noise: 0\.1 of 4 training rows is none. Write 0, or at least"):
        with_label_noise(labelled([0, 1, 0, 1], 2), np.arange(4), 0.1, seed=0)
    with pytest.raises(UserError, match=r"data\.outliers: 0\.1 of 4 training rows is none"):
        with_outliers(measured([0.0, 1.0, 2.0, 3.0]), np.arange(4), 0.1, seed=0)


def test_another_seed_draws_other_rows() -> None:
    classes, numbers, train = labelled([0, 1] * 50, 2), measured([0.0, 1.0] * 50), np.arange(100)
    assert (with_label_noise(classes, train, 0.2, seed=0).y != with_label_noise(classes, train, 0.2, seed=1).y).any()
    assert (with_outliers(numbers, train, 0.2, seed=0).y != with_outliers(numbers, train, 0.2, seed=1).y).any()
