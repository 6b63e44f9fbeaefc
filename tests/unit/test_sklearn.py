"""The scikit-learn face: scikit-learn's own checks, and what they do not look at."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from inspect import signature
from threading import Barrier
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix, csr_array
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor as ScikitLearnsOwn
from sklearn.utils import get_tags
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.estimator_checks import parametrize_with_checks

from mindgap.nn.population import Population
from mindgap.params.remarks import remarks
from mindgap.params.run import Model, RunSpec, Train
from mindgap.sklearn import MLPClassifier, MLPRegressor, learner
from mindgap.sklearn.learner import Learner
from mindgap.sklearn.params import ELSEWHERE
from mindgap.training.batches import Rows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LABELS = np.arange(120) % 3
X = (3 * np.eye(3)[LABELS] + np.random.default_rng(0).normal(size=(120, 3))).astype(np.float32)
"""Three clouds that hardly overlap."""


def line(rows: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """A linear function of two features, far from a standard scale."""
    x = np.random.default_rng(0).normal(size=(rows, 2))
    return x, 5000 + 300 * x[:, 0] - 200 * x[:, 1]


def curves(rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Two functions of two features that have nothing in common, nor their scales."""
    x = np.random.default_rng(0).normal(size=(rows, 2))
    return x, np.stack([5000 + 300 * x[:, 0], 1e-3 * x[:, 1] ** 2], axis=1)


def reread(estimator: Any) -> Any:
    """The estimator as another process would read it."""
    return pickle.loads(pickle.dumps(estimator))  # noqa: S301


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
def test_scikit_learns_own_checks_pass_with_none_declared_as_failing(estimator, check, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without it, scikit-learn skips one of its checks
    check(estimator)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_each_param_of_a_run_is_a_param_of_the_estimators_by_the_same_name(estimator):
    assert {*Model.model_fields, *Train.model_fields} - ELSEWHERE <= set(estimator().get_params())


@pytest.mark.parametrize(
    "labels", [["cat", "dog", "emu"], [-7, 0, 12], [1.0, 2.0, 4.0], np.array(["x", "y", "z"], dtype=object)]
)
def test_classes_come_back_in_their_own_type(labels):
    y = np.asarray(labels)[LABELS]
    model = MLPClassifier((16,), epochs=40, learning_rate=0.01, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.9
    assert model.predict(X).dtype == y.dtype
    assert model.classes_.tolist() == sorted(labels)


def test_booleans_are_two_classes():
    model = MLPClassifier((8,), epochs=30, random_state=0).fit(X, LABELS == 1)
    assert model.predict(X).dtype == bool
    assert model.predict_proba(X).shape == (120, 2)


def test_probabilities_are_the_softmax_of_the_networks_outputs():
    model = MLPClassifier((), epochs=3, random_state=0).fit(X, LABELS)
    outputs = X @ model.coefs_[0] + model.intercepts_[0]
    expected = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-4)


def test_only_cross_entropy_gives_probabilities():
    assert hasattr(MLPClassifier(), "predict_proba")
    assert hasattr(MLPClassifier(), "predict_log_proba")
    model = MLPClassifier(loss="hinge", epochs=40, learning_rate=0.01, random_state=0)
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "predict_log_proba")
    assert model.fit(X, LABELS).score(X, LABELS) > 0.9


@pytest.mark.parametrize("size", [1, 1e3, 1e30])
def test_log_probabilities_are_those_of_the_softmax_also_where_it_is_zero(size):
    model = MLPClassifier((), epochs=3, random_state=0).fit(X, LABELS)
    model.coefs_[0][:] *= size
    outputs = X.astype(np.float64) @ model.coefs_[0] + model.intercepts_[0]
    found = model.predict_log_proba(X)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, log_softmax(outputs, axis=1), rtol=1e-4, atol=1e-4 + 1e-6 * size)
    assert (size == 1) == (model.predict_proba(X) > 0).all()


def test_log_probabilities_of_finite_outputs_are_finite():
    model = MLPClassifier((), epochs=1, random_state=0).fit(X, LABELS)
    model.coefs_[0][:] = np.diag([3e38, -3e38, 1])
    with np.errstate(over="raise", invalid="raise"):
        found = model.predict_log_proba(np.ones((1, 3)))
    assert found.tolist() == [[0, np.finfo(np.float32).min, pytest.approx(-3e38)]]


def test_the_loss_of_an_epoch_is_the_mean_over_its_rows_before_each_step():
    x, y = np.zeros((5, 1)), np.array([0, 0, 0, 1, 2])
    model = MLPClassifier((), init="zeros", optimizer="sgd", learning_rate=1e-12, batch_size=2, epochs=2, tol=None)
    # A network that knows nothing gives each of three classes a third.
    np.testing.assert_allclose(model.fit(x, y).loss_curve_, [np.log(3)] * 2, rtol=1e-6)


def test_row_weights_weigh_the_loss():
    x, y = np.array([[0.0], [0.0]]), np.array([-1.0, 1.0])
    model = MLPRegressor((), init="zeros", optimizer="sgd", learning_rate=0.5, epochs=1, batch_size=None, tol=None)
    model.fit(x, y, sample_weight=[1, 3])
    # Weighted mean 1/2, variance 3/4; the network starts at 0, so its mean loss is the variance of the standard scale.
    assert model.target_mean_ == pytest.approx(0.5)
    assert model.target_scale_ == pytest.approx(0.75**0.5)
    assert model.loss_curve_ == pytest.approx([1.0])
    assert model.predict(x) == pytest.approx([0.5, 0.5])


def test_a_row_of_weight_zero_counts_as_absent():
    weights = (np.arange(120) < 80).astype(float)
    weighted = MLPClassifier(epochs=5, normalization="batch", random_state=1).fit(X, LABELS, weights)
    without = MLPClassifier(epochs=5, normalization="batch", random_state=1).fit(X[:80], LABELS[:80])
    np.testing.assert_array_equal(weighted.predict_proba(X), without.predict_proba(X))


@pytest.mark.parametrize(
    "class_weight", ["balanced", {0: 3, 1: 0.5, 2: 1}, {0: 3}, {}, {0: 3, 1: 0.5, 2: 1, 9: 7}, {1: np.float32(2)}]
)
@pytest.mark.parametrize("weights", [None, np.arange(1.0, 101)])
def test_class_weights_multiply_row_weights_as_scikit_learn_computes_them(class_weight, weights):
    x, y = X[:100], np.sort(LABELS[:100]) // 2 + LABELS[:100] // 2  # classes of different size
    params = {"epochs": 3, "early_stopping": True, "random_state": 1}
    model = MLPClassifier(class_weight=class_weight, **params).fit(x, y, weights)
    if class_weight == "balanced" and weights is not None:
        sums = np.bincount(y, weights)
        by_row = (sums.sum() / (3 * sums))[y]
    else:
        by_row = compute_sample_weight(class_weight, y)
    expected = MLPClassifier(**params).fit(x, y, by_row if weights is None else by_row * weights)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert model.validation_curve_ == expected.validation_curve_


def test_balanced_weights_do_not_count_a_row_of_weight_zero():
    weights = (np.arange(120) < 80).astype(float)
    weighted = MLPClassifier(epochs=3, class_weight="balanced", random_state=1).fit(X, LABELS, weights)
    without = MLPClassifier(epochs=3, class_weight="balanced", random_state=1).fit(X[:80], LABELS[:80])
    np.testing.assert_array_equal(weighted.predict_proba(X), without.predict_proba(X))


@pytest.mark.parametrize("labels", [["0", "1", "2"], [1.0, 2.0, 4.0], np.array(["x", "y", "z"], dtype=object)])
def test_class_weights_go_by_labels_of_any_type(labels):
    params = {"epochs": 3, "random_state": 1}
    named = dict(zip(labels, [1, 2, 3], strict=True))
    model = MLPClassifier(class_weight=named, **params).fit(X, np.asarray(labels)[LABELS])
    expected = MLPClassifier(**params).fit(X, LABELS, LABELS + 1.0)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))


def test_rows_of_a_class_of_weight_zero_count_as_absent_and_the_class_stays():
    params = {"normalization": "batch", "epochs": 2, "tol": None, "random_state": 1}
    model = MLPClassifier(class_weight={0: 0}, **params).fit(X, LABELS)
    assert model.classes_.tolist() == [0, 1, 2]
    there, parts = LABELS > 0, MLPClassifier(**params)
    for _ in range(2):
        parts.partial_fit(X[there], LABELS[there], classes=[0, 1, 2])
    np.testing.assert_array_equal(model.predict_proba(X), parts.predict_proba(X))


def test_class_weights_help_a_rare_class():
    random = np.random.default_rng(0)
    y = (np.arange(400) < 20).astype(int)
    x = random.normal(size=(400, 2)) + y[:, None]
    plain, balanced = (MLPClassifier((8,), class_weight=its, random_state=0).fit(x, y) for its in (None, "balanced"))
    assert (balanced.predict(x) == 1).sum() > 3 * (plain.predict(x) == 1).sum()


def test_partial_fit_takes_class_weights_but_does_not_balance():
    params, weights = {"random_state": 1}, {0: 3, 1: 0.5}
    model, expected = MLPClassifier(class_weight=weights, **params), MLPClassifier(**params)
    for part in (slice(60), slice(60, 120)):
        model.partial_fit(X[part], LABELS[part], classes=[0, 1, 2])
        by_row = compute_sample_weight(weights | {2: 1}, LABELS[part])
        expected.partial_fit(X[part], LABELS[part], classes=[0, 1, 2], sample_weight=by_row)
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    with pytest.raises(ValueError, match=r"'balanced' is not supported for partial_fit.*compute_class_weight"):
        model.set_params(class_weight="balanced").partial_fit(X, LABELS)


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ("balance", r"class_weight: None, 'balanced' or a dict of labels and weights \(found 'balance'\)"),
        ([1, 2, 3], r"or a dict of labels and weights \(found \[1, 2, 3\]\)"),
        ({0: -1}, r"class_weight: weights are numbers of 0 or more \(found -1 for 0\)"),
        ({0: np.nan}, r"weights are numbers of 0 or more \(found nan for 0\)"),
        ({0: np.inf}, r"weights are numbers of 0 or more \(found inf for 0\)"),
        ({0: "much"}, r"weights are numbers of 0 or more \(found 'much' for 0\)"),
        ({"0": 2}, r"class_weight: \['0'\] are not among the classes \[0, 1, 2\], and \[0, 1, 2\] have no weight"),
        ({0: 0, 1: 0, 2: 0}, r"the rows' weights have the sum 0; it has to be finite and above 0"),
        ({0: 1e308, 1: 1e308, 2: 1e308}, r"the rows' weights have the sum inf; it has to be finite and above 0"),
    ],
)
def test_class_weights_that_cannot_be_are_refused(class_weight, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(class_weight=class_weight).fit(X, LABELS)


def test_the_classifier_has_all_params_of_the_regressor_and_class_weights():
    own, shared = MLPClassifier().get_params(), MLPRegressor().get_params()
    assert own == shared | {"class_weight": None}
    assert list(signature(MLPClassifier).parameters) == [*signature(MLPRegressor).parameters, "class_weight"]
    model = MLPClassifier((8,), "tanh", class_weight={0: 2}, warm_start=True)
    assert clone(model).get_params() == own | {
        "hidden": (8,),
        "activation": "tanh",
        "class_weight": {0: 2},
        "warm_start": True,
    }
    for estimator in (MLPClassifier, MLPRegressor):
        with pytest.raises(TypeError, match="unexpected keyword argument 'class_weights'"):
            estimator(class_weights={0: 2})


def test_a_regressor_learns_values_far_from_a_standard_scale():
    x, y = line()
    assert MLPRegressor(random_state=0).fit(x, y).score(x, y) > 0.99


def test_equal_seeds_give_equal_networks_and_a_random_state_moves_on():
    def curve(state):
        return MLPClassifier(epochs=3, dropout=0.2, random_state=state).fit(X, LABELS).loss_curve_

    assert curve(5) == curve(5) == curve(np.random.RandomState(5)) != curve(6)
    state = np.random.RandomState(5)
    assert curve(state) != curve(state)


def test_training_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    MLPClassifier(epochs=2, early_stopping=True).fit(X, LABELS)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_epochs_of_partial_fit_are_the_epochs_of_fit():
    settings = {"epochs": 4, "tol": None, "dropout": 0.1, "batch_size": 32, "random_state": 3}
    whole, parts = MLPClassifier(**settings), MLPClassifier(**settings)
    whole.fit(X, LABELS)
    for _ in range(4):
        parts.partial_fit(X, LABELS, classes=[0, 1, 2])
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.n_iter_ == 4
    np.testing.assert_array_equal(parts.predict_proba(X), whole.predict_proba(X))


def test_a_copied_estimator_goes_on_learning_as_the_original_does():
    x, y = line()
    model = MLPRegressor(random_state=0).partial_fit(x, y)
    copy = deepcopy(model)
    np.testing.assert_array_equal(model.partial_fit(x, y).predict(x), copy.partial_fit(x, y).predict(x))


def test_partial_fit_needs_all_classes_first_and_takes_no_others_later():
    model = MLPClassifier(random_state=0)
    with pytest.raises(ValueError, match="the first call of partial_fit has to name all classes"):
        model.partial_fit(X, LABELS)
    model.partial_fit(X[:3], [0, 0, 1], classes=[0, 1])
    with pytest.raises(ValueError, match=r"y has classes \[2\], which are not among \[0 1\]"):
        model.partial_fit(X, LABELS)
    with pytest.raises(ValueError, match=r"classes: \[0 1\] at first, \[0 1 2\] in this call"):
        model.partial_fit(X, LABELS, classes=[0, 1, 2])


def test_a_small_last_batch_joins_the_one_before_under_batch_normalisation():
    spec = RunSpec(model=Model(hidden=(4,), normalization="batch"), train=Train(batch_size=8), seed=0)
    rows = Rows.of(np.ones((18, 3)), np.zeros(18, np.int64), None)
    assert Learner(spec, rows, 2)._batches.steps == 2
    assert Learner(spec.vary({"normalization": "none"}), rows, 2)._batches.steps == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": (7,)}, "run.model: no param of it may change"),
        ({"optimizer": "sgd"}, "run.train.optimizer: it may not change"),
        ({"epsilon": 1e-12}, "run.train.epsilon: it may not change"),
        ({"early_stopping": True}, "one epoch of partial_fit cannot be stopped early"),
    ],
)
def test_partial_fit_refuses_to_turn_into_another_network(change, message):
    x, y = line()
    model = MLPRegressor().partial_fit(x, y)
    with pytest.raises(ValueError, match=message):
        model.set_params(**change).partial_fit(x, y)


def test_a_failed_partial_fit_leaves_the_network_as_it_was():
    x, y = line()
    model = MLPRegressor(optimizer="sgd", random_state=0).partial_fit(x, y)
    before = model.predict(x)
    with pytest.raises(ValueError, match="training diverged in epoch 2"):
        model.set_params(learning_rate=1e30, batch_size=1).partial_fit(x, y)
    np.testing.assert_array_equal(model.predict(x), before)


@pytest.mark.parametrize("batch_size", [32, None])
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_two_warm_fits_are_the_epochs_of_one(estimator, batch_size):
    params = {
        "tol": None,
        "dropout": 0.1,
        "normalization": "batch",
        "batch_size": batch_size,
        "schedule": "exponential",
        "random_state": 3,
    }
    whole = estimator(epochs=10, **params).fit(X, LABELS)
    warm = estimator(epochs=5, warm_start=True, **params)
    assert warm.fit(X, LABELS).n_iter_ == 5
    warm = reread(warm).fit(X, LABELS)
    assert warm.loss_curve_ == whole.loss_curve_
    assert warm.n_iter_ == 10
    np.testing.assert_array_equal(warm.predict(X), whole.predict(X))
    for ours, theirs in zip(warm.coefs_, whole.coefs_, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_without_warm_start_a_second_fit_begins_anew():
    model = MLPClassifier(epochs=3, random_state=0)
    assert model.fit(X, LABELS).loss_curve_ == model.fit(X, LABELS).loss_curve_
    assert model.n_iter_ == 3


def test_a_warm_fit_goes_on_after_partial_fit_and_with_the_first_seed():
    model = MLPClassifier(epochs=1, tol=None, warm_start=True, random_state=np.random.RandomState(0))
    parts = MLPClassifier(random_state=np.random.RandomState(0))
    model.partial_fit(X, LABELS, classes=[0, 1, 2]).fit(X, LABELS)
    parts.partial_fit(X, LABELS, classes=[0, 1, 2]).partial_fit(X, LABELS)
    np.testing.assert_array_equal(model.predict_proba(X), parts.predict_proba(X))


def test_a_warm_fit_keeps_the_scale_of_the_first():
    x, y = line()
    model = MLPRegressor(epochs=2, warm_start=True, random_state=0).fit(x, y)
    first = (model.target_mean_, model.target_scale_)
    assert (model.fit(x, 2 * y).target_mean_, model.target_scale_) == first


def test_a_schedule_over_all_epochs_ends_with_those_of_the_last_warm_fit():
    params = {"schedule": "cosine", "tol": None, "warm_start": True, "random_state": 0}
    warm = MLPClassifier(epochs=2, **params).fit(X, LABELS).fit(X, LABELS)
    parts = MLPClassifier(epochs=2, **params).fit(X, LABELS).set_params(epochs=4)
    parts.partial_fit(X, LABELS).partial_fit(X, LABELS)  # the third and fourth of four epochs
    np.testing.assert_array_equal(warm.predict_proba(X), parts.predict_proba(X))


def test_a_warm_fit_with_early_stopping_never_ends_with_a_worse_network():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(100, 20)), random.integers(2, size=100)  # labels by chance: all learning overfits
    params = {"early_stopping": True, "validation_fraction": 0.3, "random_state": 0, "patience": 5}
    model = MLPClassifier(warm_start=True, **params).fit(x, y)
    kept, first = model.predict_proba(x), model.validation_curve_
    model.set_params(learning_rate=0.1).fit(x, y)
    assert model.validation_curve_[: len(first)] == first
    assert len(model.validation_curve_) == len(first) + 5 + 1
    np.testing.assert_array_equal(model.predict_proba(x), kept)


@pytest.mark.parametrize(
    ("params", "x", "y", "message"),
    [
        ({"hidden": (7,)}, X, LABELS, r"run\.model: no param of it may change where a network goes on learning"),
        ({"optimizer": "sgd"}, X, LABELS, r"run\.train\.optimizer: it may not change.*fit without warm_start begins"),
        ({}, X[:, :2], LABELS, "X has 2 features, but MLPClassifier is expecting 3 features"),
        ({}, X, LABELS + 1, r"y: with warm_start its classes stay; \[0 1 2\] at first, \[1 2 3\] now"),
        ({}, X, LABELS % 2, r"y: with warm_start its classes stay; \[0 1 2\] at first, \[0 1\] now"),
        ({"learning_rate": 1e30}, X, LABELS, "training diverged in epoch 3"),
        ({"class_weight": {0: -1}}, X, LABELS, "weights are numbers of 0 or more"),
        ({"warm_start": "on"}, X, LABELS, r"^warm_start: input should be a valid boolean \(found 'on'\)$"),
    ],
)
def test_a_warm_fit_that_fails_says_why_and_leaves_the_network_as_it_was(params, x, y, message):
    model = MLPClassifier(epochs=2, warm_start=True, random_state=0).fit(X, LABELS)
    before, curve = model.predict_proba(X), model.loss_curve_
    with pytest.raises(ValueError, match=message):
        model.set_params(**params).fit(x, y)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert model.loss_curve_ == curve


@pytest.mark.parametrize("fit", ["fit", "partial_fit"])
def test_no_epoch_is_no_fit(fit):
    x, y = line()
    with pytest.raises(ValueError, match=r"^run\.train\.epochs: a fit has 1 epoch at least \(found 0\)$"):
        getattr(MLPRegressor(epochs=0), fit)(x, y)


def test_the_number_of_outputs_stays_between_warm_fits():
    x, y = curves()
    model = MLPRegressor(epochs=1, warm_start=True).fit(x, y)
    with pytest.raises(ValueError, match="values a row of y: 2 at first, 1 now"):
        model.fit(x, y[:, 0])
    assert model.set_params(warm_start=False).fit(x, y[:, 0]).predict(x).shape == (200,)


def test_training_stops_once_the_loss_has_not_fallen_for_more_than_patience_epochs():
    x, y = np.zeros((10, 1)), np.zeros(10)
    model = MLPRegressor((), patience=4).fit(x, y)  # all values are equal: the first loss is the least
    assert model.n_iter_ == 1 + 4 + 1


def test_without_tol_all_epochs_are_trained_and_nobody_warns(recwarn):
    x, y = np.zeros((10, 1)), np.zeros(10)
    assert MLPRegressor((), tol=None, epochs=30).fit(x, y).n_iter_ == 30
    assert not recwarn.list


def test_params_that_have_no_effect_are_warned_of():
    with pytest.warns(
        UserWarning, match=r"^train\.margin: 2\.0 has no effect: hinge uses it, and loss is cross_entropy$"
    ):
        MLPClassifier(margin=2.0, epochs=1).fit(X, LABELS)
    with pytest.warns(UserWarning, match="0 makes adamw plain adam"):
        MLPClassifier(optimizer="adamw", epochs=1).partial_fit(X, LABELS, classes=np.unique(LABELS))


def test_no_param_has_a_default_that_would_be_warned_of():
    for estimator in (MLPClassifier(), MLPRegressor()):
        assert remarks(estimator._plan().run) == []


def test_epochs_that_end_before_the_loss_settles_are_warned_of():
    x, y = line()
    with pytest.warns(ConvergenceWarning, match="2 epochs ended the training"):
        MLPRegressor(epochs=2).fit(x, y)


def test_early_stopping_goes_back_to_the_best_epoch_of_the_rows_held_out():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(100, 20)), random.integers(2, size=100)  # labels by chance: all learning overfits
    settings = {"early_stopping": True, "validation_fraction": 0.3, "random_state": 0, "patience": 5}
    stopped = MLPClassifier(**settings).fit(x, y)
    best = int(np.argmin(stopped.validation_curve_)) + 1
    assert best < stopped.n_iter_ < 200
    again = MLPClassifier(**settings, epochs=best).fit(x, y)
    np.testing.assert_array_equal(stopped.predict_proba(x), again.predict_proba(x))


def test_a_held_out_row_beyond_all_numbers_is_an_error_and_no_unfitted_estimator():
    # With tanh its loss could be finite; where no unit is bounded, nor 0 for all that is negative, it is not.
    settings = {"activation": "leaky_relu", "epochs": 2, "early_stopping": True, "validation_fraction": 0.3}
    model = MLPClassifier((4,), **settings, random_state=0)
    found = set()
    for row in range(10):  # learned or held out, as the split has it
        x = X.copy()
        x[row] = 3e38
        with pytest.raises(ValueError, match=r"training diverged in epoch 1|after any of 2 epochs") as error:
            model.fit(x, LABELS)
        found.add(str(error.value).partition(":")[0])
        with pytest.raises(NotFittedError):
            model.predict(X)
    assert found == {"training diverged in epoch 1", "early_stopping"}


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_held_out_rows_without_a_finite_loss_end_the_training_after_patience(estimator, monkeypatch):
    monkeypatch.setattr(learner.Learner, "measure", lambda *_: np.nan)
    message = (
        r"^early_stopping: the loss of the rows held out was no finite number after any of 4 epochs; their largest "
        r"feature is \d\.\d+\. Scale the features, or lower learning_rate \(now 0\.001\)\.$"
    )
    with pytest.raises(ValueError, match=message):
        estimator(early_stopping=True, patience=3, random_state=0).fit(X, LABELS)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_an_epoch_whose_held_out_loss_is_no_number_is_passed_over(estimator, monkeypatch):
    def stopped(epochs):
        losses = iter([np.nan, np.inf, 0.5, 0.4, np.nan, 0.45, np.inf, 0.6, 0.1])
        monkeypatch.setattr(learner.Learner, "measure", lambda *_: next(losses))
        return estimator(epochs=epochs, early_stopping=True, patience=3, random_state=0).fit(X, LABELS)

    model = stopped(epochs=9)
    assert model.n_iter_ == 4 + 3 + 1
    np.testing.assert_array_equal(model.predict(X), stopped(epochs=4).predict(X))


@pytest.mark.parametrize(
    ("batch_size", "rows", "network"),
    [(32, np.float64, np.float32), (None, np.float64, np.float64), (None, np.float32, np.float32)],
)
def test_batches_are_learned_in_float32_and_a_full_batch_in_the_precision_of_its_rows(batch_size, rows, network):
    model = MLPClassifier(epochs=2, batch_size=batch_size).fit(X.astype(rows), LABELS)
    assert model.predict_proba(X).dtype == model.coefs_[0].dtype == network


def test_threads_that_are_in_the_network_at_once_do_not_meet(monkeypatch):
    model = MLPClassifier(epochs=2, random_state=0).fit(X, LABELS)
    expected = [model.predict_proba(x) for x in X[:, None]]
    together, forward = Barrier(4, timeout=20), Population.forward

    def slow(self, x, draws=None):
        outputs = forward(self, x, draws)
        together.wait()  # no thread goes on before all others have their outputs
        return outputs

    monkeypatch.setattr(Population, "forward", slow)
    with ThreadPoolExecutor(4) as pool:
        for found, wanted in zip(pool.map(model.predict_proba, X[:, None]), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_answers_one_after_another_need_one_network(monkeypatch):
    model = MLPClassifier(epochs=2, random_state=0).fit(X, LABELS)
    made, population_of = [], learner.population_of
    monkeypatch.setattr(learner, "population_of", lambda *args: made.append(args) or population_of(*args))
    for x in X[:, None]:
        model.predict_proba(x)
    assert len(made) == 1


def test_a_copy_answers_with_its_own_weights():
    model = MLPClassifier((), epochs=2, random_state=0).fit(X, LABELS)
    before = model.predict_proba(X)
    for copy in (deepcopy(model), reread(model)):
        np.testing.assert_array_equal(copy.predict_proba(X), before)
        copy.coefs_[0][:] = copy.intercepts_[0][:] = 0  # views, as they are of the network's own numbers
        np.testing.assert_allclose(copy.predict_proba(X), 1 / 3, rtol=1e-6)
    np.testing.assert_array_equal(model.predict_proba(X), before)


@pytest.mark.parametrize("form", [np.asfortranarray, np.ndarray.tolist, np.float64, pd.DataFrame, "as_read_only"])
def test_rows_in_any_form_have_the_same_answer(form):
    model = MLPClassifier(epochs=2, random_state=0).fit(X, LABELS)
    rows = X.copy()
    if form == "as_read_only":
        rows.flags.writeable = False
    else:
        rows = form(rows)
    np.testing.assert_array_equal(model.predict_proba(rows), model.predict_proba(X))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.full((1, 3), np.nan), "Input X contains NaN"),
        (np.full((1, 3), 1e300), "Input X contains infinity or a value too large for dtype"),
        (np.zeros((1, 2)), "X has 2 features, but MLPClassifier is expecting 3 features"),
        (np.zeros((0, 3)), r"Found array with 0 sample\(s\)"),
        (np.zeros(3), "Expected 2D array, got 1D array"),
        (np.float64(3), "Expected 2D array, got scalar array"),
        (np.array(3.0), "Expected 2D array, got scalar array"),
        (np.zeros((1, 3, 1)), "Found array with dim 3"),
        (np.zeros((1, 3), complex), "Complex data not supported"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
def test_rows_that_cannot_be_answered_have_scikit_learns_message(rows, message):
    model = MLPClassifier(epochs=2, random_state=0).fit(X, LABELS)
    with pytest.raises(ValueError, match=message):
        model.predict(rows)


def test_rows_without_the_names_that_were_learned_are_warned_of():
    model = MLPClassifier(epochs=2, random_state=0).fit(pd.DataFrame(X, columns=["a", "b", "c"]), LABELS)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)


@pytest.mark.parametrize(
    ("sparse", "how"),
    [
        (csr_array, r"X\.toarray\(\)"),
        (coo_matrix, r"X\.toarray\(\)"),
        (lambda x: pd.DataFrame(x).astype(pd.SparseDtype("float", 0)), r"X\.sparse\.to_dense\(\)"),
    ],
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_sparse_rows_are_refused_with_what_to_give(estimator, sparse, how):
    message = rf"X is sparse, and the networks here take dense rows: give {how}"
    model, rows = estimator(epochs=1), sparse(X)
    with pytest.raises(TypeError, match=message):
        model.fit(rows, LABELS)
    with pytest.raises(TypeError, match=message):
        model.fit(X, LABELS).predict(rows)


def test_threads_may_predict_at_once():
    model = MLPClassifier(epochs=2, random_state=0).fit(X, LABELS)
    rows = [np.roll(X, shift, axis=0) for shift in range(32)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(model.predict_proba, rows))
    for found, x in zip(together, rows, strict=True):
        np.testing.assert_array_equal(found, model.predict_proba(x))


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (MLPClassifier(learning_rate=-1), r"run\.train\.learning_rate: input should be greater than 0 \(found -1\)"),
        (MLPClassifier((8, 0)), r"run\.model\.hidden\.1: input should be greater than or equal to 1 \(found 0\)"),
        (MLPClassifier(activation="relv"), r"run\.model\.activation: unknown name 'relv'; there are: arctan"),
        (MLPClassifier(patience=0), r"stopping\.patience: input should be greater than or equal to 1"),
        (MLPClassifier(loss="huber"), r"run\.train\.loss: huber is not for classification; there are: cross_entropy"),
        (MLPRegressor(loss="hinge"), r"run\.train\.loss: hinge is not for regression; there are: huber"),
    ],
)
def test_a_wrong_param_is_named_with_its_path(estimator, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, LABELS)


@pytest.mark.parametrize(
    ("weights", "message"),
    [([1, 2], r"has shape \(2,\); one weight for each row makes \(120,\)"), (-np.ones(120), "zero or more")],
)
def test_weights_that_cannot_be_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(X, LABELS, sample_weight=weights)


def test_one_value_a_row_is_learned_as_a_standard_score_of_the_engines_network():
    x, y = line()
    model = MLPRegressor((8,), epochs=5, tol=None, dropout=0.1, random_state=0).fit(x, y)
    assert (type(model.target_mean_), type(model.target_scale_)) == (float, float)
    scores = (y - y.mean()) / y.std()
    learner = Learner(model._plan().run, Rows.of(x.astype(np.float32), scores, None), outputs=1)
    assert model.loss_curve_ == [learner.learn() for _ in range(5)]
    outputs = learner.learned().outputs(x.astype(np.float32))[:, 0]
    np.testing.assert_allclose(model.predict(x), y.mean() + y.std() * outputs, rtol=1e-6)


def test_values_far_from_zero_keep_their_digits():
    x, y = line()
    assert MLPRegressor(random_state=0).fit(x, y + 1e10).score(x, y + 1e10) > 0.99


@pytest.mark.parametrize("estimator", [MLPRegressor, ScikitLearnsOwn])
def test_one_column_counts_as_one_value_a_row_and_is_warned_of(estimator):
    x, y = line()
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        column = estimator(random_state=0).fit(x, y[:, None])
    np.testing.assert_array_equal(column.predict(x), estimator(random_state=0).fit(x, y).predict(x))


def test_independent_values_of_a_row_are_learned_together():
    assert get_tags(MLPRegressor()).target_tags.multi_output
    x, y = curves()
    model = MLPRegressor(learning_rate=0.01, random_state=0).fit(x, y)
    each = r2_score(y, model.predict(x), multioutput="raw_values")
    assert each.min() > 0.99
    assert model.score(x, y) == pytest.approx(each.mean())


def test_each_output_has_its_own_mean_and_scale():
    x, y = np.zeros((2, 1)), np.array([[-1.0, 10.0, 0.1], [1.0, 50.0, 0.1]])
    model = MLPRegressor((), init="zeros", optimizer="sgd", learning_rate=1.5, epochs=1, batch_size=None, tol=None)
    model.fit(x, y, sample_weight=[1, 3])
    # Weighted variances 3/4 of the squared half distances 1 and 20, and of nothing.
    np.testing.assert_allclose(model.target_mean_, [0.5, 40, 0.1])
    np.testing.assert_allclose(model.target_scale_, [0.75**0.5, 300**0.5, 1])
    assert model.loss_curve_ == pytest.approx([2 / 3])  # the mean over the outputs, one of which is known
    np.testing.assert_allclose(model.predict(x), [[0.5, 40, 0.1]] * 2)


@pytest.mark.parametrize("unit", [1e200, 1e-200])
def test_values_that_cannot_be_squared_are_refused(unit):
    with pytest.raises(ValueError, match="y is too large or too small for float64 to square its distances"):
        MLPRegressor().fit(np.zeros((3, 1)), unit * np.arange(3.0))


def test_values_that_are_all_equal_have_scale_1_though_their_mean_is_rounded():
    y = np.full((7, 2), 0.1)
    assert (y.mean(axis=0) != 0.1).all()
    assert MLPRegressor(epochs=1).fit(np.zeros((7, 1)), y).target_scale_.tolist() == [1, 1]
    assert MLPRegressor(epochs=1).fit(np.zeros((7, 1)), y[:, 0]).target_scale_ == 1


def test_several_outputs_without_hidden_layers_are_regressions_side_by_side():
    x, y = curves()
    model = {"init": "zeros", "optimizer": "sgd", "batch_size": None, "epochs": 20, "tol": None}
    together = MLPRegressor((), learning_rate=0.2, **model).fit(x, y).predict(x)  # each output's slope is a half
    alone = [MLPRegressor((), learning_rate=0.1, **model).fit(x, column).predict(x) for column in y.T]
    np.testing.assert_allclose(together, np.stack(alone, axis=1), rtol=1e-12)


def test_a_row_of_weight_zero_counts_as_absent_with_several_outputs():
    x, y = curves()
    weights = (np.arange(200) < 150).astype(float)
    weighted = MLPRegressor(epochs=5, random_state=1).fit(x, y, weights)
    without = MLPRegressor(epochs=5, random_state=1).fit(x[:150], y[:150])
    np.testing.assert_array_equal(weighted.predict(x), without.predict(x))


def test_early_stopping_goes_back_to_the_best_epoch_with_several_outputs():
    x, y = np.random.default_rng(0).normal(size=(2, 100, 20))  # by chance: all learning overfits
    params = {"early_stopping": True, "validation_fraction": 0.3, "random_state": 0}
    stopped = MLPRegressor(**params).fit(x, y[:, :2])
    best = int(np.argmin(stopped.validation_curve_)) + 1
    assert best < stopped.n_iter_ < 200
    again = MLPRegressor(**params, epochs=best).fit(x, y[:, :2])
    np.testing.assert_array_equal(stopped.predict(x), again.predict(x))


def test_epochs_of_partial_fit_are_the_epochs_of_fit_with_several_outputs():
    x, y = curves()
    params = {"epochs": 4, "tol": None, "random_state": 3}
    whole, parts = MLPRegressor(**params).fit(x, y), MLPRegressor(**params)
    for _ in range(4):
        parts.partial_fit(x, y)
    np.testing.assert_array_equal(parts.predict(x), whole.predict(x))


def test_the_number_of_outputs_stays_between_calls_of_partial_fit():
    x, y = curves()
    model = MLPRegressor().partial_fit(x, y)
    for other, values in ((y[:, 0], 1), (np.hstack([y, y]), 4)):
        with pytest.raises(ValueError, match=f"values a row of y: 2 at first, {values} now"):
            model.partial_fit(x, other)
    assert model.fit(x, y[:, 0]).predict(x).shape == (200,)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (csr_array(np.eye(3)), TypeError, "Sparse data was passed for y"),
        ([["a", "b"]] * 3, ValueError, "could not convert string to float"),
        (np.zeros((3, 2, 2)), ValueError, "dim 3"),
        ([[1, np.nan]] * 3, ValueError, "Input y contains NaN"),
    ],
)
def test_values_that_are_no_table_of_numbers_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        MLPRegressor().fit(np.eye(3), y)


def test_a_network_that_diverges_is_an_error_that_says_what_to_do():
    x, y = line()
    with pytest.raises(ValueError, match=r"Scale the features, or lower learning_rate \(now 1e\+30\)"):
        MLPRegressor(optimizer="sgd", learning_rate=1e30).fit(x, y)


def test_params_can_be_searched_with_scikit_learn():
    grid = {"hidden": [(), (8,)], "learning_rate": [1e-6, 1e-2]}
    search = GridSearchCV(MLPClassifier(epochs=20, random_state=0), grid, cv=2).fit(X, LABELS)
    assert search.best_params_["learning_rate"] == 1e-2


IMAGES = load_digits()
FILTERS = {"convolution": [{"filters": 6, "kernel": 3}], "image_shape": (8, 8, 1), "hidden": (), "tol": None}


def test_images_are_learned_with_convolution():
    x, y = IMAGES.data / 16, IMAGES.target
    classifier = MLPClassifier(**FILTERS, epochs=12, learning_rate=0.01, batch_size=32, random_state=0)
    classifier.fit(x[:1200], y[:1200])
    assert classifier.score(x[1200:], y[1200:]) > 0.9
    assert [weights.shape for weights in classifier.coefs_] == [(9, 6), (54, 10)]
    assert [bias.shape for bias in classifier.intercepts_] == [(6,), (10,)]
    np.testing.assert_array_equal(reread(classifier).predict_proba(x[:9]), classifier.predict_proba(x[:9]))
    shuffled = np.random.default_rng(0).permutation(64)
    assert classifier.score(x[1200:, shuffled], y[1200:]) < 0.5


def test_rows_are_images_by_line_column_and_channel():
    # A filter of one position sees the two channels of a pixel, which lie side by side in a row.
    regressor = MLPRegressor(
        convolution=[{"filters": 1, "kernel": 1, "pool": None}],
        image_shape=(2, 3, 2),
        hidden=(),
        activation="identity",
        epochs=1,
        random_state=0,
    )
    x = np.random.default_rng(0).normal(size=(20, 12))
    regressor.fit(x, x[:, 0])
    maps = (x.reshape(20, 6, 2) @ regressor.coefs_[0]).reshape(20, 6) + regressor.intercepts_[0]
    said = maps @ regressor.coefs_[1] + regressor.intercepts_[1]
    scale = np.std(x[:, 0])
    np.testing.assert_allclose(regressor.predict(x), said[:, 0] * scale + x[:, 0].mean(), rtol=1e-4, atol=1e-5)


def test_estimators_with_convolution_go_on_stop_early_are_searched_and_learn_values():
    x, y = IMAGES.data[:300] / 16, IMAGES.target[:300]
    fitted = {**FILTERS, "random_state": 0, "normalization": "batch", "channel_dropout": 0.1}
    once = MLPClassifier(**fitted, epochs=4).fit(x, y)
    twice = MLPClassifier(**fitted, epochs=2, warm_start=True).fit(x, y).fit(x, y)
    for one, other in zip(once.coefs_, twice.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)
    stopped = MLPClassifier(**{**fitted, "tol": 1e-3}, early_stopping=True, patience=1, epochs=200).fit(x, y)
    assert stopped.n_iter_ < 200
    blocks = [[{"filters": 2}], [{"filters": 2, "pool": {"kind": "mean"}}]]
    search = GridSearchCV(MLPClassifier(**fitted, epochs=1), {"convolution": blocks}, cv=2).fit(x, y)
    assert search.best_params_["convolution"] in blocks
    values = MLPRegressor(**FILTERS, epochs=30, learning_rate=0.01, random_state=0).fit(x, x[:, 20:40].sum(axis=1))
    assert values.score(x, x[:, 20:40].sum(axis=1)) > 0.8


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"image_shape": None}, r"image_shape: convolution needs \(height, width, channels\)"),
        ({"image_shape": (8, 7, 1)}, "run.model.convolution: images of 8 x 7 x 1 have 56 values, and the rows have 64"),
        ({"image_shape": (8, 8)}, "image_shape"),
        ({"image_shape": (8, 8, 0)}, "image_shape.2: input should be greater than or equal to 1"),
        ({"convolution": [{"filters": 2, "kernel": 9}]}, "run.model.convolution.0.kernel: convolution1 has a kernel"),
        ({"convolution": [{"filters": 2, "kernl": 9}]}, "run.model.convolution.0.kernl: "),
    ],
)
def test_convolution_that_cannot_be_is_refused(params, said):
    with pytest.raises(ValueError, match=said):
        MLPClassifier(**{**FILTERS, **params}).fit(IMAGES.data[:50], IMAGES.target[:50])
