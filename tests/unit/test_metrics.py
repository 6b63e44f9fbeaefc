"""Metrics are those of scikit-learn, whole or by chunks, and vary as their rows do."""

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    median_absolute_error,
    precision_score,
    recall_score,
    roc_auc_score,
)

from mindgap.metrics import METRICS, Chunk, Measured
from mindgap.nn.information import softmax
from mindgap.params.run import Model, RunSpec, Train
from mindgap.training.networks import loss_of

ROWS = 37


def loss(name="cross_entropy"):
    return loss_of([RunSpec(train=Train(loss=name), model=Model(), seed=0)])


def case(classes, rows=ROWS, ties=False):
    """Outputs (2, rows, classes) that know something of labels (rows,), of which the last class has few."""
    random = np.random.default_rng([classes, rows])
    y = np.minimum(random.geometric(0.5, size=rows) - 1, classes - 1)
    outputs = random.normal(size=(2, rows, classes)) + 1.5 * np.eye(classes)[y]
    return (np.round(outputs) if ties else outputs).astype(np.float32), y


def metric_of(name, outputs, y, size=5, by="cross_entropy"):
    """A metric after all rows have come in chunks, with what each of them added (2, rows)."""
    kind = METRICS[name](Measured(2, outputs.shape[2], y, np.array([3.0]), loss(by)))
    parts = [slice(start, start + size) for start in range(0, len(y), size)]
    return kind, np.concatenate([kind.add(Chunk(outputs[:, own], y[own], loss(by))) for own in parts], axis=1)


def value(name, outputs, y, **own):
    return metric_of(name, outputs, y, **own)[0].value(len(y))


OF_CLASSES = {
    "balanced_accuracy": balanced_accuracy_score,
    "macro_f1": lambda y, said: f1_score(y, said, average="macro", zero_division=0),
}
OF_TWO = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
OF_RANKING = {"roc_auc": roc_auc_score, "average_precision": average_precision_score}


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("name", OF_CLASSES)
def test_metrics_of_classes_are_scikit_learns(name, classes):
    outputs, y = case(classes)
    expected = [OF_CLASSES[name](y, own.argmax(axis=1)) for own in outputs]
    np.testing.assert_allclose(value(name, outputs, y), expected)


@pytest.mark.parametrize("name", OF_TWO)
def test_metrics_of_the_second_class_are_scikit_learns(name):
    outputs, y = case(2)
    np.testing.assert_allclose(value(name, outputs, y), [OF_TWO[name](y, own.argmax(axis=1)) for own in outputs])
    never = np.zeros_like(outputs)
    assert value(name, never, y).tolist() == [0, 0]  # nothing is taken for the second class


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("name", OF_RANKING)
def test_metrics_of_the_order_are_scikit_learns(name, ties):
    outputs, y = case(2, ties=ties)
    expected = [OF_RANKING[name](y, own[:, 1] - own[:, 0]) for own in outputs]
    np.testing.assert_allclose(value(name, outputs, y), expected)


@pytest.mark.parametrize("classes", [2, 4])
def test_metrics_of_probabilities_are_scikit_learns(classes):
    outputs, y = case(classes)
    likely = softmax(outputs.astype(np.float64))
    np.testing.assert_allclose(
        value("log_loss", outputs, y), [log_loss(y, own, labels=range(classes)) for own in likely]
    )
    expected = [brier_score_loss(y, own, labels=range(classes)) for own in likely]
    np.testing.assert_allclose(value("brier", outputs, y), expected)


def test_the_calibration_error_is_that_of_its_definition():
    outputs, y = case(3, rows=200)
    for own, found in zip(softmax(outputs.astype(np.float64)), value("calibration_error", outputs, y), strict=True):
        sure, right, error = own.max(axis=1), own.argmax(axis=1) == y, 0.0
        for low in range(15):
            inside = (sure > low / 15) & (sure <= (low + 1) / 15)
            error += inside.mean() * abs(right[inside].mean() - sure[inside].mean()) if inside.any() else 0
        assert found == pytest.approx(error)


def test_the_median_of_the_errors_is_scikit_learns_in_the_targets_units():
    random = np.random.default_rng(0)
    y = random.normal(size=ROWS).astype(np.float32)
    outputs = (y + random.normal(size=(2, ROWS))).astype(np.float32)[..., None]
    expected = [3 * median_absolute_error(y, own[:, 0]) for own in outputs]
    np.testing.assert_allclose(value("median_absolute_error", outputs, y, by="mse"), expected, rtol=1e-6)


def test_what_is_within_the_tolerance_is_counted_in_the_targets_units():
    y = np.array([0.0, 1.0, 2.0, 3.0], np.float32)
    outputs = np.array([[0.5, 1.0, 2.6, 0.0]], np.float32)[..., None]
    kind = METRICS["within_tolerance"](Measured(1, 1, y, np.array([3.0]), loss("mse"), tolerance=1.5))
    assert kind.add(Chunk(outputs, y, loss("mse"))).tolist() == [[1, 1, 0, 0]]
    assert kind.value(4) == [0.5]


def test_a_median_varies_with_its_rows_as_medians_do():
    random = np.random.default_rng(1)
    outputs, drawn = random.standard_t(4, size=(2, 900, 1)), []
    kind, added = metric_of("median_absolute_error", outputs, np.zeros(900), by="mse")
    table = kind.by_row(added)
    np.testing.assert_allclose(table.mean(axis=1), kind.value(900))
    for _ in range(400):
        chosen = random.integers(900, size=900)
        drawn.append(3 * np.median(np.abs(outputs[:, chosen, 0]), axis=1))
    np.testing.assert_allclose(table.std(axis=1) / 30, np.std(drawn, axis=0), rtol=0.25)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("name", ["macro_f1", "f1", "precision", "roc_auc", "average_precision"])
def test_metrics_of_classes_vary_with_their_rows_as_without_each_of_them(name, ties):
    outputs, y = case(2, ties=ties)
    kind, added = metric_of(name, outputs, y)
    table, whole = kind.by_row(added), kind.value(ROWS)
    np.testing.assert_allclose(table.mean(axis=1), whole)
    left = [np.delete(np.arange(ROWS), row) for row in range(ROWS)]
    without = np.stack([value(name, outputs[:, rows], y[rows]) for rows in left], axis=1)
    expected = (ROWS - 1) * (without.mean(axis=1, keepdims=True) - without)
    np.testing.assert_allclose(table - whole[:, None], expected, atol=1e-9)


@pytest.mark.parametrize("name", ["balanced_accuracy", "recall"])
def test_a_weighed_share_is_the_mean_of_right_rows_times_their_weights(name):
    outputs, y = case(2)
    kind, added = metric_of(name, outputs, y)
    table, weights = kind.by_row(added), kind.weights()
    np.testing.assert_allclose(table.mean(axis=1), kind.value(ROWS))
    np.testing.assert_allclose(weights.mean(), 1)
    assert set(np.unique(table / np.where(weights, weights, 1))) == {0, 1}


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].classes == 2])
def test_a_metric_of_two_classes_has_a_value_where_one_has_no_rows(name):
    outputs = case(2)[0]
    for label in (0, 1):
        kind, added = metric_of(name, outputs, np.full(ROWS, label))
        assert np.isfinite(kind.value(ROWS)).all()
        assert np.isfinite(kind.by_row(added)).all()
