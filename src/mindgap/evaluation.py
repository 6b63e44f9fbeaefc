"""Evaluation: all splits by one function, the gap between them, and what it means."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from mindgap.data.arrays import Split, SplitName, open_dataset, open_split
from mindgap.ledger import enter
from mindgap.nn.architecture import Architecture
from mindgap.nn.losses import Loss
from mindgap.nn.network import Population
from mindgap.params.run import RunSpec
from mindgap.store import read_json, write_json
from mindgap.training.measure import CHUNK, measure, predict
from mindgap.training.networks import loss_of, population_of

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")

RISE = 1.01
"""Overfitting has begun where validation loss ends above this multiple of its least value."""

GAP, LARGE_GAP = 0.01, 0.05
"""An accuracy gap whose interval lies above the first is overfitting; with a mean below the second, a little."""

ENOUGH = 0.95
"""A network below this on its own training rows has not learned them."""


def evaluate(data: Path, train: Path, baselines: Path, ledger: Path, reading: dict[str, str], out: Path) -> None:
    """Measure the winner's networks and the baselines on all rows of every split; writes `evaluation.json`.

    This is the only reader of the test split; each `reading` is a line of the ledger, with its time, written
    before the split is opened.
    """
    dataset = open_dataset(data)
    chosen = read_json(train / "train.json")
    winner = chosen["candidates"][chosen["winner"]]
    run = RunSpec(**winner["spec"], seed=0)
    with np.load(train / "model.npz", allow_pickle=False) as model:
        networks = population_of([run] * len(model["parameters"]), dataset.features, len(dataset.classes), CHUNK)
        networks.values[:] = model["parameters"]
    loss, linear = loss_of([run] * networks.count), _linear(baselines / "linear.npz")
    majority = read_json(baselines / "baselines.json")["majority"]
    enter(ledger, reading)
    metrics: dict[str, dict[str, list[float]]] = {}
    compared: dict[str, dict[str, dict[str, float]]] = {"majority": {}, "linear": {}}
    confusion: dict[str, list[list[int]]] = {}
    for name in SPLITS:
        split = open_split(data, name)
        metrics[name] = _measure(networks, split, loss)
        by_linear = {metric: values[0] for metric, values in _measure(linear, split, loss_of([run])).items()}
        if run.train.loss != "cross_entropy":
            del by_linear["loss"]  # of logits that were fitted by cross-entropy, another loss says nothing
        compared["linear"][name] = by_linear
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

    With one value there is no interval, and its ends are null. The interval of an accuracy near 1 may reach above it.
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
    """What the measurements say, in words: a label and a text with the figures it rests on.

    In this order: it overfits (the gap's whole interval lies above 1 point; a little, if the mean is below 5); it
    learned nothing (no better than the most frequent class); it is worse than linear (so is the whole interval); it is
    not decided (the gap or its interval reaches beyond 5 points); it underfits (below 95 % in training and hardly
    better than linear); or it fits well.
    """
    train, val = metrics["train"]["accuracy"]["mean"], metrics["val"]["accuracy"]["mean"]
    majority, linear = (baselines[name]["val"]["accuracy"] for name in ("majority", "linear"))
    mean = gap["accuracy"]["mean"]
    low, high = _ends(gap["accuracy"])
    figures = f"Accuracy is {train:.1%} on training and {val:.1%} on validation rows, a gap of {mean * 100:.1f} points"
    if low > GAP:
        label = "overfits" if mean > LARGE_GAP else "overfits a little"
        text = (
            "It remembers training rows better than it generalises: more data, augmentation, a stronger penalty or "
            "dropout, or a smaller network may close the gap."
        )
        if val < linear:
            text += f" A linear classifier does better on validation, with {linear:.1%}."
    elif val <= majority:
        label = "learned nothing"
        text = f"The most frequent class alone is right in {majority:.1%}: look at checks, learning rate and labels."
    elif _ends(metrics["val"]["accuracy"])[1] < linear:
        label = "worse than linear"
        text = (
            f"A linear classifier reaches {linear:.1%}: the network is too small, too regularised or not trained out."
        )
    elif high > LARGE_GAP or abs(mean) > LARGE_GAP:
        label = "not decided"
        text = f"The gap's interval is {low * 100:.1f} to {high * 100:.1f} points: use more seeds, or more rows."
    elif train < ENOUGH and val - linear < 2 * GAP:
        label = "underfits"
        text = f"There is hardly a gap, and a linear classifier reaches {linear:.1%}: try more units or more epochs."
    else:
        label = "fits well"
        text = "The gap is small; a larger network may still gain a little."
    return {"label": label, "text": f"{figures}. {text}"}


def _ends(measured: dict[str, Any]) -> tuple[float, float]:
    """The ends of the interval; both are the mean where one seed gives none."""
    mean = measured["mean"]
    return (
        mean if measured["low"] is None else measured["low"],
        mean if measured["high"] is None else measured["high"],
    )


def _linear(path: Path) -> Population:
    """The linear baseline as a network without hidden layers."""
    with np.load(path, allow_pickle=False) as file:
        weights, bias = file["weights"], file["bias"]
    population = Population(Architecture(weights.shape), [0.0], CHUNK)
    population.values[0] = np.concatenate([weights.ravel(), bias])
    return population


def _measure(population: Population, split: Split, loss: Loss) -> dict[str, list[float]]:
    found = measure(population, split.x, split.y, loss)
    return {"loss": found.loss.tolist(), "accuracy": found.accuracy.tolist()}


def _confusion(predicted: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> list[list[int]]:
    """Counts by true (row) and predicted (column) class, summed over the networks."""
    cells = (labels * classes + predicted).ravel()
    table: list[list[int]] = np.bincount(cells, minlength=classes**2).reshape(classes, classes).tolist()
    return table
