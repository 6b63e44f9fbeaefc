"""The scikit-learn face: scikit-learn's own checks, and what they do not look at."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor as ScikitLearnsOwn
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from mindgap.params.remarks import remarks
from mindgap.params.run import Model, Train
from mindgap.sklearn import MLPClassifier, MLPRegressor
from mindgap.sklearn.learner import Learner, Rows
from mindgap.sklearn.params import ELSEWHERE

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
    model = MLPClassifier(loss="hinge", epochs=40, learning_rate=0.01, random_state=0)
    assert not hasattr(model, "predict_proba")
    assert model.fit(X, LABELS).score(X, LABELS) > 0.9


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": (7,)}, "run.model: no param of it may change"),
        ({"optimizer": "sgd"}, "run.train.optimizer: it may not change"),
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


@pytest.mark.parametrize(
    ("batch_size", "rows", "network"),
    [(32, np.float64, np.float32), (None, np.float64, np.float64), (None, np.float32, np.float32)],
)
def test_batches_are_learned_in_float32_and_a_full_batch_in_the_precision_of_its_rows(batch_size, rows, network):
    model = MLPClassifier(epochs=2, batch_size=batch_size).fit(X.astype(rows), LABELS)
    assert model.predict_proba(X).dtype == model.coefs_[0].dtype == network


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
