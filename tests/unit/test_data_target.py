"""Tests of the target of a regression: hand-worked numbers, and what is said of values that cannot be fitted."""

import numpy as np
import pytest

from mindgap.data.prepared import Target
from mindgap.data.raw import Raw
from mindgap.data.splits import Splits
from mindgap.data.target import fit_target
from mindgap.errors import UserError


def fit(train: list[float], val: list[float], test: list[float]) -> Target:
    y = np.array([*train, *val, *test], dtype=np.float64)
    rows = np.split(np.arange(len(y)), [len(train), len(train) + len(val)])
    return fit_target(Raw("own", "own.npz (data.path)", np.zeros((len(y), 1)), y, (), target="size"), Splits(*rows))


def refusal(train: list[float], val: list[float], test: list[float]) -> str:
    with pytest.raises(UserError) as caught:
        fit(train, val, test)
    assert str(caught.value).startswith("own.npz (data.path): the target 'size' ")
    return str(caught.value)


def test_mean_and_scale_are_of_the_training_rows() -> None:
    target = fit([1.0, 3.0, 5.0, 7.0], [100.0, 0.0], [3.0, 5.0])
    assert (target.name, target.mean, target.scale) == ("size", 4.0, np.sqrt(5.0))


def test_each_split_is_described_in_the_users_units() -> None:
    target = fit([1.0, 3.0, 5.0, 7.0], [10.0, 0.0], [3.0, 5.0])
    assert target.splits["train"] == {"mean": 4.0, "std": np.sqrt(5.0), "least": 1.0, "greatest": 7.0}
    assert target.splits["val"] == {"mean": 5.0, "std": 5.0, "least": 0.0, "greatest": 10.0}
    assert target.splits["test"] == {"mean": 4.0, "std": 1.0, "least": 3.0, "greatest": 5.0}


def test_the_target_is_centred_and_scaled_and_taken_back() -> None:
    target = fit([0.0, 4.0], [0.0, 1.0], [0.0, 1.0])
    standardised = target.standardise(np.array([0.0, 2.0, 5.0]))
    assert (standardised.tolist(), standardised.dtype) == ([-1.0, 0.0, 1.5], np.float32)
    restored = target.restore(standardised[None])
    assert (restored.tolist(), restored.dtype) == ([[0.0, 2.0, 5.0]], np.float64)


@pytest.mark.parametrize("value", [1e39, -1e39, 1e200, 1e308])
def test_values_beyond_32_bits_are_refused_in_whichever_split(value: float) -> None:
    usual = [1.0, 2.0]
    for row, values in (
        (0, ([value, 1.0], usual, usual)),
        (2, (usual, [value, 1.0], usual)),
        (4, (usual, usual, [value, 1.0])),
    ):
        message = refusal(*values)
        assert f"holds {value:g} in row {row} (counted from 0), too large for 32-bit floating point" in message
        assert message.endswith("Give it in larger units.")


def test_values_that_hardly_vary_are_refused() -> None:
    message = refusal([0.0, 2e-39], [0.0, 1.0], [0.0, 1.0])
    assert "has a standard deviation below 1e-38 on the training rows, too small for 32-bit" in message
    assert "Give it in smaller units" in message


def test_values_far_from_all_training_rows_are_refused() -> None:
    message = refusal([0.0, 2.0], [0.0, 1.0], [0.0, 1e30])
    assert "lies between 0 and 1e+30 in test, too far from the training rows (mean 1, standard deviation 1)" in message


def test_an_outlier_beside_which_the_others_lose_their_digits_is_refused() -> None:
    random = np.random.default_rng(0)
    many, few = random.normal(size=300), random.normal(size=80)
    message = refusal([*many, 3e9], few.tolist(), few.tolist())
    assert "32-bit floating point cannot tell its values apart. Look for an outlier" in message
    assert fit([*many, 1e4], few.tolist(), few.tolist()).scale > 500


def test_values_that_32_bits_cannot_tell_apart_are_refused() -> None:
    message = refusal([0.0, 2e9], [3.0, 4.0], [0.0, 1e9])
    assert "lies between 3 and 4 in val: beside the training rows (mean 1e+09, standard deviation 1e+09)" in message
