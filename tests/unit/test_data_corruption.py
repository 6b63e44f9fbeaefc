"""Tests of training rows that are made wrong or incomplete on purpose."""

import numpy as np
import pytest

from mindgap.data.corruption import with_blanks, with_label_noise, with_outliers
from mindgap.data.raw import Column, Raw
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


def test_each_cell_is_missing_with_the_chance_that_is_asked_for() -> None:
    raw = Raw("own", "own.csv (data.path)", np.random.default_rng(0).normal(size=(10_000, 4)), np.zeros(10_000), ())
    missing = with_blanks(raw, np.arange(10_000), 0.3, seed=0).x != raw.x
    # Five standard deviations of a share of 10,000 draws with a chance of 0.3.
    assert np.abs(missing.mean(axis=0) - 0.3).max() < 5 * np.sqrt(0.3 * 0.7 / 10_000)
    assert np.abs(np.corrcoef(missing.T) - np.eye(4)).max() < 0.05


def test_missing_pixels_have_means_between_whole_numbers_and_missing_cells_of_a_table_are_left_to_imputation() -> None:
    pixels = Raw("own", "own.npz (data.path)", np.uint8([[1], [2], [250], [0]] * 10), np.zeros(40), ())
    changed = with_blanks(pixels, np.arange(20), 0.5, seed=0).x
    gone = np.flatnonzero(changed[:, 0] != pixels.x[:, 0])
    left = np.setdiff1d(np.arange(20), gone)
    assert changed[gone, 0] == pytest.approx(np.full(len(gone), pixels.x[left, 0].mean()))
    table = Raw("own", "own.csv (data.path)", np.ones((40, 1)), np.zeros(40), (), columns=(Column("a", ("u", "v")),))
    assert set(np.flatnonzero(np.isnan(with_blanks(table, np.arange(20), 0.5, seed=0).x))) <= set(range(20))
    assert np.isnan(with_blanks(table, np.arange(20), 0.5, seed=0).x).any()


def test_a_feature_of_which_nothing_is_left_is_named() -> None:
    raw = labelled([0, 1], 2)
    with pytest.raises(UserError, match=r"data\.blanks: 0\.99 leaves nothing of feature 0 .* in 1 training rows"):
        with_blanks(raw, np.arange(1), 0.99, seed=0)


def test_another_seed_draws_other_rows() -> None:
    classes, numbers, train = labelled([0, 1] * 50, 2), measured([0.0, 1.0] * 50), np.arange(100)
    assert (with_label_noise(classes, train, 0.2, seed=0).y != with_label_noise(classes, train, 0.2, seed=1).y).any()
    assert (with_outliers(numbers, train, 0.2, seed=0).y != with_outliers(numbers, train, 0.2, seed=1).y).any()
