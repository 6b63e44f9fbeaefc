"""Intervals, the epoch where overfitting begins, verdicts, and the reading of the test split."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mindgap.data.prepared import Split
from mindgap.errors import UserError
from mindgap.nn.architecture import Architecture
from mindgap.nn.population import Population
from mindgap.params.run import Model, RunSpec, Train
from mindgap.results.evaluation import Evaluation, Overfitting, Predictions, Statistic
from mindgap.results.runs import FinalRun, Runs
from mindgap.results.training import Candidate, Training
from mindgap.results.weights import write_weights
from mindgap.stages.baselines import fit_baselines
from mindgap.stages.evaluate import evaluate, overfitting_epoch, row_error, statistic
from mindgap.stages.verdict import verdict
from mindgap.store.ledger import Reading
from mindgap.training.measure import measure
from mindgap.training.networks import loss_of
from tests.conftest import TARGET, blobs, curve, write_data

READING = Reading(study="s", evaluate="k", prepare="p")


def write_training(folder, parameters, spec, val_loss=(3, 2, 1), candidates=1):
    """What the stage `train` leaves of two replicates of each candidate; the last one won."""
    write_weights(list(parameters), folder)
    history = {"train_loss": [3, 2, 1], "val_loss": list(val_loss)}
    outcome = {"status": "finished", "kept_epoch": 2, "history": history, "value": 0.5, "val_loss": 1.0}
    numbers = range(candidates)
    Runs(tuple(FinalRun(candidate=c, replicate=r, **outcome) for c in numbers for r in (1, 2))).write(folder)
    table = tuple(Candidate(c, None, None, {}, spec, (0.5, 0.5), 0.5, 1.0) for c in numbers)
    Training("val_accuracy", table, candidates - 1, (1, 2)).write(folder)


def test_the_interval_of_three_values_by_hand():
    # mean 2, s = 1, t(0.975, 2) = 4.302653 (any table): 4.302653 / sqrt(3) = 2.484138
    found = statistic([1.0, 2.0, 3.0])
    assert found.mean == 2
    assert found.low == pytest.approx(2 - 2.484138, abs=1e-6)
    assert found.high == pytest.approx(2 + 2.484138, abs=1e-6)


def test_one_value_has_no_interval():
    assert statistic([0.5]) == Statistic([0.5], mean=0.5, low=None, high=None)


def test_the_interval_holds_the_true_mean_in_95_of_100_cases():
    random = np.random.default_rng(0)
    found = [statistic(random.normal(size=5).tolist()) for _ in range(4000)]
    assert np.mean([entry.low < 0 < entry.high for entry in found]) == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        ([3, 2, 1, 0.5], [3, 2, 2.5, 3], 2),
        ([3, 2, 1, 0.5], [3, 2, 1.5, 1.4], None),
        ([3, 2, 1, 0.5], [3, 2, 2.01, 2.01], None),
        ([3, 1, 2, 2], [3, 2, 3, 3], None),
        ([3, 2, 1, None], [3, 2, 3, None], None),
    ],
)
def test_overfitting_begins_after_the_least_validation_loss_if_it_rises_while_training_falls(train, val, expected):
    assert overfitting_epoch({"train_loss": train, "val_loss": val}) == expected


def measured(task, metrics, gap, baselines, row_error):
    """An evaluation, as far as a verdict looks at it."""
    overfitting = Overfitting([], None)
    return Evaluation(task, {}, {}, (), metrics, gap, overfitting, row_error, {}, baselines)


def judged(train, val, *, linear=0.9, majority=0.1, spread=0.001, rows=0.0, seeds=0.0):
    values = {"train": [train, train], "val": [val - seeds, val + seeds]}
    metrics = {name: {"accuracy": statistic(found)} for name, found in values.items()}
    gap = {"accuracy": statistic([train - val - spread, train - val + spread])}
    baselines = {"linear": {"val": {"accuracy": linear}}, "majority": {"val": {"accuracy": majority}}}
    return verdict(measured("classification", metrics, gap, baselines, {"train": 0.0, "val": rows})).label


def test_verdicts_follow_the_measurements():
    assert judged(0.11, 0.105, majority=0.11) == "learned nothing"
    assert judged(0.98, 0.50, majority=0.51, linear=0.5) == "overfits"  # random labels, learned by heart
    assert judged(0.48, 1.00, linear=0.5) == "not decided"  # too few rows
    assert judged(0.87, 0.868) == "worse than linear"
    assert judged(1.00, 0.80) == "overfits"  # though a linear classifier does better
    assert judged(1.00, 0.92) == "overfits"
    assert judged(1.00, 0.97) == "overfits a little"
    assert judged(0.92, 0.915) == "underfits"
    assert judged(0.99, 0.985) == "fits well"


def test_verdicts_on_a_regression_are_about_the_variance_explained():
    def of(train, val, linear=0.5):
        metrics = {name: {"r2": statistic([value, value])} for name, value in (("train", train), ("val", val))}
        gap = {"r2": statistic([train - val - 0.001, train - val + 0.001])}
        baselines = {"mean": {"val": {"r2": -0.01}}, "linear": {"val": {"r2": linear}}}
        return verdict(measured("regression", metrics, gap, baselines, {"train": 0.0, "val": 0.0}))

    assert of(-0.02, -0.02).label == "learned nothing"
    assert of(0.9, 0.6).label == "overfits"
    assert of(0.4, 0.41).label == "worse than linear"
    assert of(0.53, 0.51).label == "underfits"
    assert of(0.99, 0.985).label == "fits well"
    assert "(R²) is 90.0% on training and 60.0% on validation rows, a gap of 30.0 points" in of(0.9, 0.6).text
    assert "Ridge regression does better on validation, with 70.0%" in of(0.9, 0.6, linear=0.7).text
    assert "less than −100% on validation rows, a gap of 1000 and more points" in of(0.9, -50).text


def test_a_gap_whose_interval_reaches_zero_is_not_called_overfitting():
    assert judged(1.0, 0.98, spread=0.002) == "fits well"
    assert judged(1.0, 0.97, spread=0.02) == "not decided"


def test_few_rows_or_seeds_that_differ_decide_nothing():
    assert judged(1.0, 0.9, rows=0.01) == "overfits"
    assert judged(1.0, 0.9, rows=0.05) == "not decided"
    assert judged(0.99, 0.98, rows=0.01) == "fits well"
    assert judged(0.99, 0.98, seeds=0.01, linear=0.5) == "not decided"


def outputs(network: Population, split: Split) -> np.ndarray:
    said = np.empty((network.count, len(split.y), network.architecture.units[-1]), np.float32)
    loss = "cross_entropy" if split.y.dtype.kind == "i" else "mse"
    measure(network, split, loss_of([RunSpec(model=Model(hidden=()), train=Train(loss=loss), seed=0)]), outputs=said)
    return said


@pytest.mark.parametrize("rows", [50, 2000])
def test_the_row_error_is_how_much_the_score_varies_over_samples_of_rows(rows):
    random = np.random.default_rng(0)
    network = Population(Architecture((1, 1)), [0.0], 256)
    network.values[:] = [1, 0]  # it predicts its feature
    scores, errors = [], []
    for _ in range(400):
        x = random.normal(size=(rows, 1)).astype(np.float32)
        y = (x[:, 0] + 0.7 * random.normal(size=rows)).astype(np.float32)
        scores.append(r2_score(y, x[:, 0]))
        errors.append(row_error(outputs(network, Split(x, y)), y))
    assert np.mean(errors) == pytest.approx(np.std(scores), rel=0.2)

    classes = Population(Architecture((1, 2)), [0.0], 256)
    classes.values[:] = [-1, 1, 0, 0]  # class 1 where its feature is positive
    four = Split(np.array([[1.0], [2.0], [3.0], [-1.0]], np.float32), np.array([1, 1, 1, 1]))
    assert row_error(outputs(classes, four), four.y) == pytest.approx(np.sqrt(0.75 * 0.25 / 4))


def test_a_network_that_has_nothing_to_remember_is_seldom_called_overfitting():
    random, called = np.random.default_rng(1), 0
    network = Population(Architecture((1, 1)), [0.0], 256)
    network.values[:] = [1, 0]  # the true function, whatever the rows
    for _ in range(200):
        found = {}
        for name, rows in (("train", 600), ("val", 200)):
            x = random.normal(size=(rows, 1)).astype(np.float32)
            split = Split(x, (x[:, 0] + 0.7 * random.normal(size=rows)).astype(np.float32))
            found[name] = r2_score(split.y, x[:, 0]), row_error(outputs(network, split), split.y)
        metrics = {name: {"r2": statistic([score])} for name, (score, _) in found.items()}
        gap = {"r2": statistic([found["train"][0] - found["val"][0]])}
        baselines = {"mean": {"val": {"r2": 0.0}}, "linear": {"val": {"r2": 0.0}}}
        errors = {name: error for name, (_, error) in found.items()}
        called += "overfits" in verdict(measured("regression", metrics, gap, baselines, errors)).label
    assert called / 200 < 0.05


@pytest.fixture
def stages(tmp_path):
    """The prepared data, two trained networks, and baselines."""
    architecture = Architecture((5, 4, 3), "relu")
    folders = [tmp_path / name for name in ("data", "train", "baselines", "out")]
    for folder in folders:
        folder.mkdir()
    data, train, baselines, _ = folders
    write_data(data, {name: blobs(40 + number, 5, 3) for number, name in enumerate(("train", "val", "test"))})
    parameters = np.random.default_rng(0).normal(size=(2, architecture.parameters)).astype(np.float32)
    write_training(train, parameters, {"model": {"hidden": [4]}, "train": {}}, val_loss=[3, 2, 3], candidates=2)
    fit_baselines(data, baselines)
    return folders, parameters


def test_every_split_is_measured_on_all_its_rows(stages, tmp_path):
    (data, train, baselines, out), parameters = stages
    evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)
    found = Evaluation.read(out)
    for name in ("train", "val", "test"):
        x, y = np.load(data / f"x_{name}.npy").astype(np.float64), np.load(data / f"y_{name}.npy")
        for network, flat in enumerate(parameters.astype(np.float64)):
            w1, w2, b1, b2 = np.split(flat, [20, 32, 36])
            logits = np.maximum(x @ w1.reshape(5, 4) + b1, 0) @ w2.reshape(4, 3) + b2
            accuracy = (logits.argmax(axis=1) == y).mean()
            loss = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(y)), y]).mean()
            assert found.metrics[name]["accuracy"].values[network] == pytest.approx(accuracy)
            assert found.metrics[name]["loss"].values[network] == pytest.approx(loss, rel=1e-5)
            shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            entropy = -(shares * np.log(shares)).sum(axis=1).mean()
            assert found.metrics[name]["entropy"].values[network] == pytest.approx(entropy, rel=1e-5)
            assert found.metrics[name]["divergence"].values[network] == pytest.approx(loss, rel=1e-5)
    assert np.sum(found.confusion["test"]) == 2 * 42
    said = Predictions.read(out).test
    assert said.predicted.shape == (2, 42, 3)
    np.testing.assert_array_equal(said.measured, np.load(data / "y_test.npy"))
    assert (said.predicted.argmax(axis=2) == said.measured).mean(axis=1).tolist() == found.metrics["test"][
        "accuracy"
    ].values
    assert found.overfitting_epoch == Overfitting([2, 2], first=2)


def test_the_baselines_of_classes_are_the_commonest_one_and_scikit_learns_softmax_regression(stages, tmp_path):
    (data, train, baselines, out), _ = stages
    evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)
    found = Evaluation.read(out).baselines
    x, y = np.load(data / "x_train.npy"), np.load(data / "y_train.npy")
    model = LogisticRegression(max_iter=200).fit(x, y)
    for name in ("train", "val", "test"):
        x, y = np.load(data / f"x_{name}.npy"), np.load(data / f"y_{name}.npy")
        assert found["majority"][name] == {"accuracy": pytest.approx((y == 0).mean())}  # 40 rows: 14, 13, 13
        assert found["linear"][name]["accuracy"] == pytest.approx(model.score(x, y))
        assert found["linear"][name]["loss"] == pytest.approx(log_loss(y, model.predict_proba(x)), rel=1e-4)


def test_a_regression_is_evaluated_in_the_targets_units(tmp_path):
    folders = data, train, baselines, out = [tmp_path / name for name in ("data", "train", "baselines", "out")]
    for folder in folders:
        folder.mkdir()
    write_data(data, {name: curve(60 + number) for number, name in enumerate(("train", "val", "test"))}, TARGET)
    parameters = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)  # three weights and a bias
    write_training(train, parameters, {"model": {"hidden": []}, "train": {"loss": "mse"}})
    fit_baselines(data, baselines)
    evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)
    found, predictions = Evaluation.read(out), Predictions.read(out)
    first = make_pipeline(StandardScaler(), Ridge()).fit(
        np.load(data / "x_train.npy"), np.load(data / "y_train.npy").astype(np.float64)
    )
    for name in ("train", "val", "test"):
        x, y = np.load(data / f"x_{name}.npy").astype(np.float64), np.load(data / f"y_{name}.npy") * 20.0 + 100
        for network, flat in enumerate(parameters.astype(np.float64)):
            predicted = (x @ flat[:3] + flat[3]) * 20 + 100
            measured = {metric: statistic.values[network] for metric, statistic in found.metrics[name].items()}
            assert measured["rmse"] == pytest.approx(np.sqrt(mean_squared_error(y, predicted)), rel=1e-5)
            assert measured["mae"] == pytest.approx(mean_absolute_error(y, predicted), rel=1e-5)
            assert measured["r2"] == pytest.approx(r2_score(y, predicted), rel=1e-4)
            assert measured["loss"] == pytest.approx(mean_squared_error(y, predicted) / 400, rel=1e-5)
            if name != "train":
                np.testing.assert_allclose(getattr(predictions, name).predicted[network], predicted, rtol=1e-5)
        assert found.baselines["linear"][name]["rmse"] == pytest.approx(
            np.sqrt(mean_squared_error(y, first.predict(x) * 20 + 100)), rel=1e-4
        )
        assert found.baselines["mean"][name]["mae"] == pytest.approx(np.abs(y - 100).mean(), rel=1e-5)
    np.testing.assert_allclose(predictions.test.measured, y, rtol=1e-6)
    assert predictions.test.rows.tolist() == list(range(len(y)))[::-1]
    assert found.task == "regression"
    assert found.confusion == {}
    assert "loss" in found.baselines["linear"]["test"]
    assert "loss" not in found.baselines["mean"]["test"]
    write_training(train, parameters, {"model": {"hidden": []}, "train": {"loss": "huber"}})
    evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)
    assert "loss" not in Evaluation.read(out).baselines["linear"]["test"]


def test_test_rows_beyond_all_bounds_end_in_one_message(stages, tmp_path):
    (data, train, baselines, out), _ = stages
    x = np.load(data / "x_test.npy")
    x[3, 2] = 3e38
    np.save(data / "x_test.npy", x)
    with np.errstate(all="ignore"), pytest.raises(UserError, match="on the test rows is no finite number"):
        evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)


def test_each_reading_of_the_test_split_is_a_line_of_the_ledger(stages, tmp_path):
    (data, train, baselines, out), *_ = stages
    ledger = tmp_path / "ledger/data.jsonl"
    for key in ("first", "second"):
        evaluate(data, train, baselines, ledger, Reading("s", key, "p"), out)
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [line["evaluate"] for line in lines] == ["first", "second"]
    assert all(line["time"].startswith("20") for line in lines)


def test_the_test_split_is_not_opened_before_the_ledger_is_written(stages, tmp_path):
    (data, train, baselines, out), *_ = stages
    (data / "x_test.npy").unlink()
    ledger = tmp_path / "ledger.jsonl"
    with pytest.raises(FileNotFoundError):
        evaluate(data, train, baselines, ledger, READING, out)
    assert len(ledger.read_text().splitlines()) == 1


def test_no_other_stage_names_the_test_split():
    import mindgap

    root = Path(next(iter(mindgap.__path__)))
    for name in (
        "stages/check",
        "stages/train",
        "stages/baselines",
        "stages/trials",
        "stages/search",
        "stages/runs",
        "training/cohort",
    ):
        assert '"test"' not in (root / f"{name}.py").read_text()
