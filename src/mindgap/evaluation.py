"""Evaluation: all splits by one function, the gap between them, and what it means."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from mindgap.data.arrays import Split, SplitName, open_dataset, open_split
from mindgap.nn.losses import SoftmaxCrossEntropy
from mindgap.nn.network import Architecture, Population
from mindgap.store import read_json, write_json
from mindgap.training.measure import CHUNK, measure, predict

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")

RISE = 1.01
"""Overfitting has begun where validation loss ends above this multiple of its least value."""

GAP, LARGE_GAP = 0.01, 0.05
"""An accuracy gap whose interval lies above the first is called overfitting; above the second, without reservation."""


def evaluate(data: Path, train: Path, baselines: Path, ledger: Path, reading: dict[str, str], out: Path) -> None:
    """Measure the winner's networks and the baselines on all rows of every split; writes `evaluation.json`.

    This is the only reader of the test split; each `reading` is a line of the ledger, with its time, written
    before the split is opened.
    """
    dataset = open_dataset(data)
    chosen = read_json(train / "train.json")
    winner = chosen["candidates"][chosen["winner"]]
    with np.load(train / "model.npz", allow_pickle=False) as model:
        architecture = Architecture(tuple(model["units"].tolist()), winner["spec"]["model"]["activation"])
        networks = _population(architecture, model["parameters"], winner["spec"]["model"]["leak"])
    linear = _linear(baselines / "linear.npz")
    majority = read_json(baselines / "baselines.json")["majority"]
    _enter(ledger, reading)
    metrics: dict[str, dict[str, list[float]]] = {}
    compared: dict[str, dict[str, dict[str, float]]] = {"majority": {}, "linear": {}}
    confusion: dict[str, list[list[int]]] = {}
    for name in SPLITS:
        split = open_split(data, name)
        metrics[name] = _measure(networks, split)
        compared["linear"][name] = {metric: values[0] for metric, values in _measure(linear, split).items()}
        compared["majority"][name] = {"accuracy": float((split.y == majority).mean())}
        if name != "train":
            confusion[name] = _confusion(predict(networks, split.x), split.y, len(dataset.classes))
    gap = {
        metric: statistic([t - v for t, v in zip(metrics["train"][metric], metrics["val"][metric], strict=True)])
        for metric in ("loss", "accuracy")
    }
    runs = [run for run in read_json(train / "runs.json")["runs"] if run["candidate"] == chosen["winner"]]
    begins = [overfitting_epoch(run["history"]) for run in runs]
    statistics = {name: {metric: statistic(values) for metric, values in m.items()} for name, m in metrics.items()}
    result = {
        "params": winner["params"],
        "spec": winner["spec"],
        "replicates": chosen["replicates"],
        "metrics": statistics,
        "gap": gap,
        "overfitting_epoch": {"values": begins, "first": min((e for e in begins if e is not None), default=None)},
        "verdict": verdict(statistics, gap, compared),
        "confusion": confusion,
        "baselines": compared,
    }
    write_json(out / "evaluation.json", result)


def statistic(values: Sequence[float]) -> dict[str, Any]:
    """The values, their mean, and its 95 % interval over the seeds: mean +- t(0.975, n-1) s / sqrt(n).

    With one value there is no interval, and its ends are null.
    """
    count, mean = len(values), float(np.mean(values))
    if count < 2:
        return {"values": list(values), "mean": mean, "low": None, "high": None}
    half = float(stdtrit(count - 1, 0.975)) * float(np.std(values, ddof=1)) / sqrt(count)
    return {"values": list(values), "mean": mean, "low": mean - half, "high": mean + half}


def overfitting_epoch(history: dict[str, list[float | None]]) -> int | None:
    """The epoch after which validation loss only gets worse while training loss still falls; None if that never is.

    It is the one after the least validation loss, provided that the last validation loss is at least 1 % above it
    and the last training loss below that of the same epoch.
    """
    losses = [float("inf") if value is None else value for value in history["val_loss"]]
    train = [float("inf") if value is None else value for value in history["train_loss"]]
    least = int(np.argmin(losses))
    begun = losses[-1] > RISE * losses[least] and train[-1] < train[least]
    return least + 1 if begun else None


def verdict(
    metrics: dict[str, dict[str, Any]], gap: dict[str, Any], baselines: dict[str, dict[str, dict[str, float]]]
) -> dict[str, str]:
    """What the measurements say, in words: a label and a text with the figures it rests on."""
    train, val = metrics["train"]["accuracy"]["mean"], metrics["val"]["accuracy"]["mean"]
    majority = baselines["majority"]["val"]["accuracy"]
    linear = baselines["linear"]["val"]["accuracy"]
    accuracy_gap = gap["accuracy"]
    low = accuracy_gap["mean"] if accuracy_gap["low"] is None else accuracy_gap["low"]
    figures = (
        f"{train:.1%} on training and {val:.1%} on validation rows, a gap of {accuracy_gap['mean'] * 100:.1f} points"
    )
    if val <= majority:
        label, advice = (
            "learned nothing",
            (
                f"Always answering the most frequent class is right in {majority:.1%}. Look at the checks, the "
                "learning rate and the labels first."
            ),
        )
    elif val < linear:
        label, advice = (
            "worse than linear",
            (
                f"A linear classifier reaches {linear:.1%} on validation. The network is too hard to train as it "
                "stands, too small, or too strongly regularised."
            ),
        )
    elif low > GAP:
        label, advice = (
            "overfits" if accuracy_gap["mean"] > LARGE_GAP else "overfits a little",
            (
                "It remembers training rows better than it generalises: more data, augmentation, a stronger penalty or "
                "dropout, or a smaller network may close the gap."
            ),
        )
    elif train < 0.95 and val - linear < 0.02:
        label, advice = (
            "underfits",
            (
                f"There is hardly a gap, and hardly more than a linear classifier's {linear:.1%}: it has room for more "
                "units, more epochs or less regularisation."
            ),
        )
    else:
        label, advice = "fits well", "The gap is small; a larger network may still gain a little."
    return {"label": label, "text": f"The network {label}: {figures}. {advice}"}


def _population(architecture: Architecture, parameters: NDArray[np.float32], leak: float) -> Population:
    count = len(parameters)
    population = Population(architecture, {"leak": [leak] * count, "dropout": [0.0] * count}, CHUNK)
    population.parameters[:] = parameters
    return population


def _linear(path: Path) -> Population:
    """The linear baseline as a network without hidden layers."""
    with np.load(path, allow_pickle=False) as file:
        weights, bias = file["weights"], file["bias"]
    flat = np.concatenate([weights.ravel(), bias])[None]
    return _population(Architecture(weights.shape, "identity"), flat, 0.0)


def _measure(population: Population, split: Split) -> dict[str, list[float]]:
    found = measure(population, split.x, split.y, SoftmaxCrossEntropy())
    return {"loss": found.loss.tolist(), "accuracy": found.accuracy.tolist()}


def _confusion(predicted: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> list[list[int]]:
    """Counts by true (row) and predicted (column) class, summed over the networks."""
    cells = (labels * classes + predicted).ravel()
    table: list[list[int]] = np.bincount(cells, minlength=classes**2).reshape(classes, classes).tolist()
    return table


def _enter(ledger: Path, reading: dict[str, str]) -> None:
    """Add a line to the ledger of the test split's readings."""
    ledger.parent.mkdir(parents=True, exist_ok=True)
    entry = {**reading, "time": datetime.now(UTC).isoformat(timespec="seconds")}
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, sort_keys=True) + "\n")
