"""Rows and classes count in the loss as their weights say, in the engine and in the baselines."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.class_weight import compute_sample_weight

from mindgap.data.weighing import weights_of
from mindgap.errors import UserError
from mindgap.params.run import RunSpec
from mindgap.results.baselines import Baselines
from mindgap.stages.baselines import fit_baselines
from mindgap.training.cohort import train_runs
from tests.conftest import TARGET, blobs, curve, write_data

SPEC = {"seed": 1, "model": {"hidden": [6]}, "train": {"epochs": 3, "batch_size": None}}


def uneven():
    """Three classes, of which the last has few rows."""
    split = blobs(90, 5, 3)
    rows = np.flatnonzero((split.y < 2) | (np.arange(90) < 20))
    return replace(split, x=split.x[rows], y=split.y[rows], classes=("a", "b", "c"))


def trained(train, **own):
    run = RunSpec.model_validate({**SPEC, "train": {**SPEC["train"], **own}})
    return train_runs([run], train, blobs(30, 5, 3), 3)[0].parameters


def test_balanced_weights_are_scikit_learns_and_named_ones_are_as_given():
    train = uneven()
    np.testing.assert_allclose(weights_of(train, "balanced"), compute_sample_weight("balanced", train.y))
    np.testing.assert_array_equal(weights_of(train, [["c", 5.0]]), np.where(train.y == 2, 5.0, 1.0))
    own = replace(train, weights=np.arange(1.0, 1 + len(train.y)))
    np.testing.assert_array_equal(weights_of(own, [["c", 5.0]]), np.where(train.y == 2, 5.0, 1.0) * own.weights)
    assert weights_of(train, None) is None


def test_a_weight_of_two_is_as_if_the_rows_came_twice():
    train = uneven()
    doubled = np.concatenate([np.arange(len(train.y)), np.flatnonzero(train.y == 2)])
    twice = replace(train, x=train.x[doubled], y=train.y[doubled])
    weighed = trained(train, class_weight={"c": 2})
    np.testing.assert_allclose(weighed, trained(twice), rtol=1e-4, atol=1e-5)
    assert not np.allclose(weighed, trained(train), rtol=1e-3, atol=1e-4)
    by_row = replace(train, weights=np.where(train.y == 2, 6.0, 3.0))  # of whatever scale
    np.testing.assert_allclose(trained(by_row), weighed, rtol=1e-5, atol=1e-6)


def test_a_class_that_the_data_lack_is_told():
    with pytest.raises(UserError, match="train.class_weight: there is no class 'd'. There are: a, b, c"):
        trained(uneven(), class_weight={"d": 2})


def test_the_linear_baseline_weighs_as_the_network_does(tmp_path):
    train = uneven()
    write_data(tmp_path, {"train": train})
    fit_baselines(tmp_path, tmp_path, "balanced")
    found = Baselines.read_all(tmp_path)["linear"]
    model = LogisticRegression(max_iter=200, class_weight="balanced").fit(train.x, train.y)
    np.testing.assert_allclose(found.weights, model.coef_.T, rtol=1e-3, atol=1e-4)


def test_the_linear_baseline_of_a_regression_weighs_rows(tmp_path):
    train, weights = curve(60), np.random.default_rng(0).uniform(0.2, 3, size=60)
    write_data(tmp_path, {"train": train}, TARGET)
    np.save(tmp_path / "weights_train.npy", weights)
    fit_baselines(tmp_path, tmp_path)
    found, weights = Baselines.read_all(tmp_path)["linear"], weights / weights.mean()
    mean = np.average(train.x, axis=0, weights=weights)
    scale = np.sqrt(np.average((train.x - mean) ** 2, axis=0, weights=weights))
    model = Ridge().fit((train.x - mean) / scale, train.y, weights)
    np.testing.assert_allclose(found.weights[:, 0], model.coef_ / scale, rtol=1e-4)
