"""Laws of the target: standardised on the training rows, by them alone, and found again in the user's units."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mindgap.data.prepared import Target
from mindgap.data.raw import Raw
from mindgap.data.splits import Splits
from mindgap.data.target import fit_target

# At least two different values, far enough apart for float32.
VALUES = st.lists(st.integers(-1000, 1000), min_size=2, max_size=60, unique=True)
UNITS = st.sampled_from([1e-30, 1e-6, 1.0, 7.0, 1e9, 1e30])
OFFSETS = st.integers(-1000, 1000)


def fitted(train: np.ndarray, val: np.ndarray, test: np.ndarray) -> Target:
    y = np.concatenate([train, val, test])
    rows = np.split(np.arange(len(y)), [len(train), len(train) + len(val)])
    return fit_target(Raw("own", "own", np.zeros((len(y), 1)), y, ()), Splits(*rows))


@given(VALUES, OFFSETS, UNITS)
def test_the_standardised_training_target_has_mean_zero_and_deviation_one(
    values: list[int], offset: int, unit: float
) -> None:
    y = (np.array(values) + offset) * unit
    z = fitted(y, y, y).standardise(y).astype(np.float64)
    # A mean of float32 numbers errs by their rounding, 6e-8 of the largest, which is at most sqrt(rows) deviations.
    assert abs(z.mean()) < 6e-8 * np.sqrt(len(y))
    assert abs(z.std() - 1) < 6e-8 * np.sqrt(len(y))


@given(VALUES, VALUES, VALUES, VALUES)
def test_validation_and_test_rows_influence_neither_mean_nor_scale(
    train: list[int], val: list[int], test: list[int], other: list[int]
) -> None:
    one = fitted(*(np.array(values, dtype=np.float64) for values in (train, val, test)))
    two = fitted(*(np.array(values, dtype=np.float64) for values in (train, other, val)))
    assert (one.mean, one.scale) == (two.mean, two.scale)


@given(VALUES, VALUES, UNITS)
def test_the_users_values_are_found_again(train: list[int], val: list[int], unit: float) -> None:
    y, other = np.array(train) * unit, np.array(val) * unit
    target = fitted(y, other, y)
    z = target.standardise(other)
    # float32 rounds z by 6e-8 of its size.
    error = 6e-8 * np.abs(z).max() * target.scale + 1e-13 * unit * 1000
    assert np.abs(target.restore(z) - other).max() <= error
