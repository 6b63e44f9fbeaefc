"""The evaluation: every split measured on all its rows, baselines beside it, and the reading of the test split."""

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
from mindgap.metrics import METRICS
from mindgap.nn.architecture import Architecture
from mindgap.results.evaluation import Evaluation, Predictions
from mindgap.results.runs import FinalRun, Runs
from mindgap.results.training import Candidate, Training
from mindgap.results.weights import write_weights
from mindgap.stages.baselines import _ridge_regression, fit_baselines
from mindgap.stages.evaluate import evaluate
from mindgap.store.ledger import Reading
from tests.conftest import TARGET, blobs, curve, write_data

RISING = [*np.linspace(3, 1, 11), *np.linspace(1, 2, 20)[1:]]
"""A validation loss that is least in epoch 10."""

READING = Reading(study="s", evaluate="k", prepare="p")


def write_training(folder, parameters, spec, val_loss=(3, 2, 1), candidates=1):
    """What the stage `train` leaves of two replicates of each candidate; the last one won."""
    write_weights(list(parameters), folder)
    history = {"train_loss": list(range(len(val_loss), 0, -1)), "val_loss": list(val_loss)}
    outcome = {"status": "finished", "kept_epoch": 2, "history": history, "value": 0.5, "val_loss": 1.0}
    numbers = range(candidates)
    Runs(tuple(FinalRun(candidate=c, replicate=r, **outcome) for c in numbers for r in (1, 2))).write(folder)
    table = tuple(Candidate(c, None, None, {}, spec, (0.5, 0.5), 0.5, 1.0) for c in numbers)
    Training("val_accuracy", table, candidates - 1, (1, 2)).write(folder)


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
    write_training(train, parameters, {"model": {"hidden": [4]}, "train": {}}, val_loss=RISING, candidates=2)
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
    assert found.overfitting_epoch == pytest.approx(11, abs=1)


def test_what_is_inferred_has_intervals_over_seeds_and_rows_and_what_was_learned_has_none(stages, tmp_path):
    (data, train, baselines, out), _ = stages
    evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)
    found = Evaluation.read(out)
    inferred = [found.metrics["val"], found.metrics["test"], found.gap, found.test_gap, *found.advantage.values()]
    for statistic in (statistic for metrics in inferred for statistic in metrics.values()):
        assert set(statistic.errors) == {"seeds", "rows"}
        assert statistic.low < statistic.mean < statistic.high
    assert all(statistic.low is statistic.high is None for statistic in found.metrics["train"].values())
    for gap, split in ((found.gap, "val"), (found.test_gap, "test")):
        for metric, values in found.metrics["train"].items():
            others = found.metrics[split][metric].values
            assert gap[metric].values == [one - other for one, other in zip(values.values, others, strict=True)]
    for baseline, metrics in found.advantage.items():
        for metric, statistic in metrics.items():
            reached = found.baselines[baseline]["test"][metric]
            sign = 1 if METRICS[metric].larger_is_better else -1
            assert statistic.values == [sign * (value - reached) for value in found.metrics["test"][metric].values]
    answers = {"accuracy", "balanced_accuracy", "macro_f1"}
    assert set(found.advantage["majority"]) == answers
    assert set(found.advantage["linear"]) == {*answers, "loss", "log_loss", "brier", "calibration_error"}


def test_a_test_split_that_the_source_gives_has_no_fixed_shares_of_classes(stages, tmp_path):
    (data, train, baselines, out), _ = stages
    ahead = {}
    for given in (False, True):
        write_data(
            data, {name: blobs(40 + n, 5, 3) for n, name in enumerate(("train", "val", "test"))}, test_given=given
        )
        evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)
        found = Evaluation.read(out)
        ahead[given] = found.advantage["majority"]["accuracy"], found.metrics["val"]["accuracy"]
    (drawn, val), (given, same) = ahead[False], ahead[True]
    assert val == same
    assert given.errors["rows"] > 1.1 * drawn.errors["rows"]  # the commonest class is right in one of three


def test_the_baselines_of_classes_are_the_commonest_one_and_scikit_learns_softmax_regression(stages, tmp_path):
    (data, train, baselines, out), _ = stages
    evaluate(data, train, baselines, tmp_path / "ledger.jsonl", READING, out)
    found = Evaluation.read(out).baselines
    x, y = np.load(data / "x_train.npy"), np.load(data / "y_train.npy")
    model = LogisticRegression(max_iter=200).fit(x, y)
    for name in ("train", "val", "test"):
        x, y = np.load(data / f"x_{name}.npy"), np.load(data / f"y_{name}.npy")
        assert found["majority"][name]["accuracy"] == pytest.approx((y == 0).mean())  # 40 rows: 14, 13, 13
        assert found["majority"][name]["balanced_accuracy"] == pytest.approx(1 / 3)
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


def test_an_evaluation_that_runs_again_has_one_line_of_the_ledger(stages, tmp_path):
    (data, train, baselines, out), *_ = stages
    ledger = tmp_path / "ledger.jsonl"
    evaluate(data, train, baselines, ledger, Reading("s", "first", "p"), out)
    before = ledger.read_bytes()
    for key in ("first", "second", "first"):
        evaluate(data, train, baselines, ledger, Reading("s", key, "p"), out)
    assert ledger.read_bytes().startswith(before)
    assert [json.loads(line)["evaluate"] for line in ledger.read_text().splitlines()] == ["first", "second"]


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


@pytest.mark.parametrize(("rows", "features"), [(60, 5), (10, 30), (41_000, 100)])
def test_the_linear_baseline_of_regressions_is_ridge_on_standardised_features(rows: int, features: int) -> None:
    random = np.random.default_rng(0)
    x = (random.normal(size=(rows, features)) * random.uniform(0.1, 10, features) + 3).astype(np.float32)
    x[:, 1] = 0.1  # constant
    y = (x[:, 0] + random.normal(size=rows)).astype(np.float32)
    weights, bias = _ridge_regression(Split(x, y))
    expected = make_pipeline(StandardScaler(), Ridge()).fit(np.delete(x, 1, 1).astype(np.float64), y.astype(np.float64))
    assert abs(weights[1, 0]) < 1e-9
    predicted = x @ weights[:, 0] + bias
    np.testing.assert_allclose(predicted, expected.predict(np.delete(x, 1, 1).astype(np.float64)), rtol=1e-6, atol=1e-6)
