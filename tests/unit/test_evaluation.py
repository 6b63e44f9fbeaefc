"""Intervals, the epoch where overfitting begins, verdicts, and the reading of the test split."""

import json
from pathlib import Path

import numpy as np
import pytest

from mindgap.evaluation import evaluate, overfitting_epoch, statistic, verdict
from mindgap.nn.network import Architecture
from mindgap.store import read_json, write_json
from tests.conftest import blobs


def test_the_interval_of_three_values_by_hand():
    # mean 2, s = 1, t(0.975, 2) = 4.302653 (any table): 4.302653 / sqrt(3) = 2.484138
    found = statistic([1.0, 2.0, 3.0])
    assert found["mean"] == 2
    assert found["low"] == pytest.approx(2 - 2.484138, abs=1e-6)
    assert found["high"] == pytest.approx(2 + 2.484138, abs=1e-6)


def test_one_value_has_no_interval():
    assert statistic([0.5]) == {"values": [0.5], "mean": 0.5, "low": None, "high": None}


def test_the_interval_holds_the_true_mean_in_95_of_100_cases():
    random = np.random.default_rng(0)
    found = [statistic(random.normal(size=5).tolist()) for _ in range(4000)]
    assert np.mean([entry["low"] < 0 < entry["high"] for entry in found]) == pytest.approx(0.95, abs=0.01)


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


def judged(train, val, *, linear=0.9, majority=0.1, spread=0.001):
    metrics = {name: {"accuracy": statistic([value, value])} for name, value in (("train", train), ("val", val))}
    gap = {"accuracy": statistic([train - val - spread, train - val + spread])}
    baselines = {"linear": {"val": {"accuracy": linear}}, "majority": {"val": {"accuracy": majority}}}
    return verdict(metrics, gap, baselines)["label"]


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


def test_a_gap_whose_interval_reaches_zero_is_not_called_overfitting():
    assert judged(1.0, 0.98, spread=0.002) == "fits well"
    assert judged(1.0, 0.97, spread=0.02) == "not decided"


@pytest.fixture
def stages(tmp_path):
    """The prepared data, two trained networks, and baselines."""
    architecture = Architecture((5, 4, 3), "relu")
    folders = [tmp_path / name for name in ("data", "train", "baselines", "out")]
    for folder in folders:
        folder.mkdir()
    data, train, baselines, _ = folders
    for number, name in enumerate(("train", "val", "test")):
        split = blobs(40 + number, 5, 3)
        np.save(data / f"x_{name}.npy", split.x)
        np.save(data / f"y_{name}.npy", split.y)
    names = ("name", "task", "feature_names", "image_shape", "rows", "class_counts", "duplicates")
    fields = {**dict.fromkeys(names), "features": 5, "classes": ["a", "b", "c"], "constant_features": 0}
    write_json(data / "dataset.json", {**fields, "unseen_categories": {}})
    parameters = np.random.default_rng(0).normal(size=(2, architecture.parameters)).astype(np.float32)
    np.savez(train / "model.npz", parameters=parameters, units=np.array([5, 4, 3]))
    history = {"train_loss": [3, 2, 1], "val_loss": [3, 2, 3]}
    runs = [{"candidate": c, "replicate": r, "history": history} for c in (0, 1) for r in (1, 2)]
    write_json(train / "runs.json", {"runs": runs})
    spec = {"model": {"hidden": [4]}, "train": {}}
    entry = {"params": {}, "spec": spec}
    write_json(train / "train.json", {"candidates": [entry, entry], "winner": 1, "replicates": [1, 2]})
    linear = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    np.savez(baselines / "linear.npz", weights=linear, bias=np.zeros(3, np.float32))
    write_json(baselines / "baselines.json", {"majority": 1})
    return folders, parameters, linear


def test_every_split_is_measured_on_all_its_rows(stages, tmp_path):
    (data, train, baselines, out), parameters, linear = stages
    evaluate(data, train, baselines, tmp_path / "ledger.jsonl", {"evaluate": "k", "study": "s"}, out)
    found = read_json(out / "evaluation.json")
    for name in ("train", "val", "test"):
        x, y = np.load(data / f"x_{name}.npy").astype(np.float64), np.load(data / f"y_{name}.npy")
        for network, flat in enumerate(parameters.astype(np.float64)):
            w1, w2, b1, b2 = np.split(flat, [20, 32, 36])
            logits = np.maximum(x @ w1.reshape(5, 4) + b1, 0) @ w2.reshape(4, 3) + b2
            accuracy = (logits.argmax(axis=1) == y).mean()
            loss = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(y)), y]).mean()
            assert found["metrics"][name]["accuracy"]["values"][network] == pytest.approx(accuracy)
            assert found["metrics"][name]["loss"]["values"][network] == pytest.approx(loss, rel=1e-5)
        assert found["baselines"]["majority"][name]["accuracy"] == pytest.approx((y == 1).mean())
        expected = ((x @ linear).argmax(axis=1) == y).mean()
        assert found["baselines"]["linear"][name]["accuracy"] == pytest.approx(expected)
    assert np.sum(found["confusion"]["test"]) == 2 * 42
    assert found["overfitting_epoch"] == {"values": [2, 2], "first": 2}


def test_each_reading_of_the_test_split_is_a_line_of_the_ledger(stages, tmp_path):
    (data, train, baselines, out), *_ = stages
    ledger = tmp_path / "ledger/data.jsonl"
    for key in ("first", "second"):
        evaluate(data, train, baselines, ledger, {"evaluate": key, "study": "s"}, out)
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [line["evaluate"] for line in lines] == ["first", "second"]
    assert all(line["time"].startswith("20") for line in lines)


def test_the_test_split_is_not_opened_before_the_ledger_is_written(stages, tmp_path):
    (data, train, baselines, out), *_ = stages
    (data / "x_test.npy").unlink()
    ledger = tmp_path / "ledger.jsonl"
    with pytest.raises(FileNotFoundError):
        evaluate(data, train, baselines, ledger, {"evaluate": "k", "study": "s"}, out)
    assert len(ledger.read_text().splitlines()) == 1


def test_no_other_stage_names_the_test_split():
    import mindgap

    root = Path(next(iter(mindgap.__path__)))
    for name in ("checks", "final", "baselines", "search/trials", "search/collect", "training/cohort"):
        assert '"test"' not in (root / f"{name}.py").read_text()
