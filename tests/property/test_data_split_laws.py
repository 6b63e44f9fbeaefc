"""Laws of splits: disjoint, complete, within rounding of the fractions (by class), equal for equal seeds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mindgap.data.raw import Raw
from mindgap.data.splits import split

FRACTIONS = st.floats(0.05, 0.45)
COUNTS = st.lists(st.integers(3, 60), min_size=2, max_size=6)


def labelled(counts: list[int], shuffle: int, test_rows: int = 0) -> Raw:
    y = np.repeat(np.arange(len(counts)), counts)
    y = np.random.default_rng(shuffle).permutation(y)
    y = np.concatenate([y, np.zeros(test_rows, dtype=np.int64)])
    return Raw("own", "own", np.zeros((len(y), 1)), y, tuple(map(str, range(len(counts)))), test_rows)


@given(COUNTS, FRACTIONS, FRACTIONS, st.integers(0, 2**32), st.integers(0, 9))
def test_every_row_is_in_exactly_one_split(
    counts: list[int], val_fraction: float, test_fraction: float, seed: int, test_rows: int
) -> None:
    raw = labelled(counts, seed, test_rows)
    splits = split(raw, val_fraction=val_fraction, test_fraction=None if test_rows else test_fraction, seed=seed)
    together = np.concatenate([splits.train, splits.val, splits.test])
    assert np.array_equal(np.sort(together), np.arange(len(raw.y)))


@given(COUNTS, FRACTIONS, FRACTIONS, st.integers(0, 2**32))
def test_each_class_is_in_each_split_within_rounding(
    counts: list[int], val_fraction: float, test_fraction: float, seed: int
) -> None:
    raw = labelled(counts, seed)
    splits = split(raw, val_fraction=val_fraction, test_fraction=test_fraction, seed=seed)
    for rows, fraction in ((splits.val, val_fraction), (splits.test, test_fraction)):
        found = np.bincount(raw.y[rows], minlength=len(counts))
        assert (found >= 1).all()
        assert (np.abs(found - np.array(counts) * fraction) <= 1).all()
    assert (np.bincount(raw.y[splits.train], minlength=len(counts)) >= 1).all()


@given(COUNTS, FRACTIONS, FRACTIONS, st.integers(0, 2**32))
def test_equal_seeds_draw_equal_rows(counts: list[int], val_fraction: float, test_fraction: float, seed: int) -> None:
    raw = labelled(counts, seed)
    one, two = (split(raw, val_fraction=val_fraction, test_fraction=test_fraction, seed=seed) for _ in range(2))
    assert np.array_equal(one.train, two.train)
    assert np.array_equal(one.val, two.val)
    assert np.array_equal(one.test, two.test)


@given(st.integers(40, 200), FRACTIONS, FRACTIONS, st.integers(0, 2**32), st.integers(0, 9))
def test_measured_rows_are_shared_out_within_rounding_and_equal_seeds_draw_equal_rows(
    rows: int, val_fraction: float, test_fraction: float, seed: int, test_rows: int
) -> None:
    given_test = test_rows >= 2
    y = np.random.default_rng(rows).normal(size=rows + given_test * test_rows)
    raw = Raw("own", "own", np.zeros((len(y), 1)), y, (), given_test * test_rows)
    fractions = {"val_fraction": val_fraction, "test_fraction": None if given_test else test_fraction}
    one, two = (split(raw, **fractions, seed=seed) for _ in range(2))
    assert np.array_equal(np.sort(np.concatenate([*one.named.values()])), np.arange(len(y)))
    assert abs(len(one.val) - rows * val_fraction) <= 0.5
    assert len(one.test) == test_rows if given_test else abs(len(one.test) - rows * test_fraction) <= 0.5
    assert all(np.array_equal(one.named[name], two.named[name]) for name in one.named)
