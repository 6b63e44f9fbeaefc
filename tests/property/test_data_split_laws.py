"""Laws of splits: disjoint, complete, of the size that was asked for, in proportion by class, equal for equal seeds."""

from itertools import combinations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from mindgap.data.raw import Raw
from mindgap.data.splits import split

FRACTIONS = st.floats(0.05, 0.45)
COUNTS = st.lists(st.integers(3, 60), min_size=2, max_size=6)
LARGE = st.lists(st.integers(20, 300), min_size=2, max_size=30)
"""Classes that have more than a row for each split at any of the fractions."""
UNEVEN = st.lists(st.integers(3, 9) | st.integers(3, 400), min_size=2, max_size=50)


def by_class(counts: list[int], val_fraction: float, test_fraction: float) -> dict[str, np.ndarray]:
    """The rows of each class in each split."""
    raw = labelled(counts, 0)
    splits = split(raw, val_fraction=val_fraction, test_fraction=test_fraction, seed=0)
    return {name: np.bincount(raw.y[rows], minlength=len(counts)) for name, rows in splits.named.items()}


def rounded(values: np.ndarray | float) -> np.ndarray:
    return np.floor(np.asarray(values) + 0.5).astype(int)


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


@given(UNEVEN, FRACTIONS, FRACTIONS)
def test_each_split_is_of_the_size_that_was_asked_for_as_far_as_each_class_has_a_row_in_each(
    counts: list[int], val_fraction: float, test_fraction: float
) -> None:
    found = by_class(counts, val_fraction, test_fraction)
    assert all((rows >= 1).all() for rows in found.values())
    rows, classes, test = sum(counts), len(counts), found["test"].sum()
    assert test == np.clip(rounded(rows * test_fraction), classes, rows - 2 * classes)
    assert found["val"].sum() == np.clip(rounded(rows * val_fraction), classes, rows - test - classes)


@given(LARGE, FRACTIONS, FRACTIONS)
def test_each_class_is_in_each_split_within_rounding(
    counts: list[int], val_fraction: float, test_fraction: float
) -> None:
    found = by_class(counts, val_fraction, test_fraction)
    for name, fraction in (("val", val_fraction), ("test", test_fraction)):
        asked = np.array(counts) * fraction
        assert (np.abs(found[name] - asked) < 1).all()
        up = found[name] > asked
        assert (asked % 1)[up].min(initial=1) >= (asked % 1)[~up].max(initial=0)  # of the largest remainders


@given(UNEVEN, FRACTIONS, FRACTIONS)
def test_classes_of_more_than_a_row_in_a_split_share_it_in_proportion(
    counts: list[int], val_fraction: float, test_fraction: float
) -> None:
    found, rows = by_class(counts, val_fraction, test_fraction), np.array(counts)
    for name, most in (("test", rows - 2), ("val", rows - found["test"] - 1)):
        free = np.flatnonzero((found[name] > 1) & (found[name] < most))
        for one, other in combinations(free, 2):
            apart = abs(found[name][one] / rows[one] - found[name][other] / rows[other])
            assert apart < 1 / rows[one] + 1 / rows[other]


@given(COUNTS, FRACTIONS)
def test_where_rounding_each_class_gives_the_total_each_class_is_rounded(counts: list[int], fraction: float) -> None:
    rows = np.array(counts)
    each = np.clip(rounded(rows * fraction), 1, rows - 2)
    assume(each.sum() == rounded(rows.sum() * fraction))
    assert by_class(counts, 0.05, fraction)["test"].tolist() == each.tolist()


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
