"""Evaluation: all splits by one function, and the gap between them."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from mindgap.data.prepared import SplitName, open_dataset, open_rows, open_split
from mindgap.errors import UserError
from mindgap.nn.architecture import Architecture
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.stages.verdict import Baselines, verdict
from mindgap.store.ledger import enter
from mindgap.store.results import read_json, write_json
from mindgap.tasks import Task
from mindgap.training.measure import CHUNK, measure
from mindgap.training.networks import loss_of, population_of

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")

RISE = 1.01
"""Overfitting has begun where validation loss ends above this multiple of its least value."""

FITTED_BY: dict[Task, str] = {"classification": "cross_entropy", "regression": "mse"}
"""The loss that a linear baseline was fitted by, and under which alone its own loss says anything."""


def evaluate(data: Path, train: Path, baselines: Path, ledger: Path, reading: dict[str, str], out: Path) -> None:
    """Measure the winner's networks and the baselines on all rows of every split; writes `evaluation.json`.

    Of a regression study also `predictions.npz`: for val and test, `<split>_rows` (rows,), their numbers in the source,
    and `<split>_measured` (rows,) and `<split>_predicted` (seeds, rows), float64 in the target's units. This is the only
    reader of the test split; each `reading` is a line of the ledger, with its time, written before the split is opened.
    """
    dataset = open_dataset(data)
    chosen = read_json(train / "train.json")
    winner = chosen["candidates"][chosen["winner"]]
    run = RunSpec(**winner["spec"], seed=0)
    with np.load(train / "model.npz", allow_pickle=False) as model:
        networks = population_of([run] * len(model["parameters"]), dataset.features, dataset.outputs, CHUNK)
        networks.values[:] = model["parameters"]
    simple = {name: _baseline(baselines / f"{name}.npz") for name in read_json(baselines / "baselines.json")["names"]}
    enter(ledger, reading)
    metrics: dict[str, dict[str, list[float]]] = {}
    compared: Baselines = {name: {} for name in simple}
    confusion: dict[str, list[list[int]]] = {}
    predictions: dict[str, NDArray[Any]] = {}
    row_errors: dict[str, float] = {}
    for name in SPLITS:
        split = open_split(data, name)
        answers = np.empty((networks.count, len(split.y)), split.y.dtype)
        found = measure(networks, split, loss_of([run] * networks.count), thorough=True, answers=answers)
        metrics[name] = {metric: values.tolist() for metric, values in found.metrics.items()}
        infinite = [metric for metric, values in found.metrics.items() if not np.isfinite(values).all()]
        if infinite:
            raise UserError(
                f"evaluate: {infinite[0]} on the {name} rows is no finite number: some of these rows are so far from the "
                "training rows that the network's outputs overflow. Look for wrong values among them."
            )
        row_errors[name] = row_error(answers, split.y)
        for baseline, network in simple.items():
            values = {metric: float(of[0]) for metric, of in measure(network, split, loss_of([run])).metrics.items()}
            if baseline != "linear" or run.train.loss != FITTED_BY[dataset.task]:
                del values["loss"]  # of what was fitted by another loss, this one says nothing
            compared[baseline][name] = values
        if name == "train":
            continue
        if dataset.target is None:
            confusion[name] = _confusion(answers, split.y, dataset.outputs)
        else:
            predictions[f"{name}_rows"] = open_rows(data, name)
            predictions[f"{name}_measured"] = dataset.target.restore(split.y)
            predictions[f"{name}_predicted"] = dataset.target.restore(answers)
    gap = {
        metric: statistic([t - v for t, v in zip(metrics["train"][metric], metrics["val"][metric], strict=True)])
        for metric in metrics["train"]
    }
    runs = [run for run in read_json(train / "runs.json")["runs"] if run["candidate"] == chosen["winner"]]
    begins = [overfitting_epoch(run["history"]) for run in runs]
    statistics = {name: {metric: statistic(values) for metric, values in m.items()} for name, m in metrics.items()}
    result = {
        "task": dataset.task,
        "params": winner["params"],
        "spec": winner["spec"],
        "replicates": chosen["replicates"],
        "metrics": statistics,
        "gap": gap,
        "overfitting_epoch": {"values": begins, "first": min((e for e in begins if e is not None), default=None)},
        "row_error": row_errors,
        "verdict": verdict(dataset.task, statistics, gap, compared, row_errors),
        "confusion": confusion,
        "baselines": compared,
    }
    if predictions:
        np.savez(out / "predictions.npz", **predictions)  # type: ignore[arg-type]  # NumPy's stub has allow_pickle there
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


def row_error(answers: NDArray[Any], y: NDArray[Any]) -> float:
    """How much the score, a mean over the networks, would vary with the choice of rows: its standard error.

    `answers` (count, rows) and y (rows,) are classes or standardised values. Accuracy is the mean of each row's share of
    hits c, so that is s(c) / sqrt(n). R2 = 1 - mean(d^2) / var(y) varies to first order as the mean of
    (d^2 - (1 - R2) (y - mean(y))^2) / var(y), with d^2 a row's mean squared error.
    """
    if y.dtype.kind == "i":
        each = (answers == y).mean(axis=0)
    else:
        each = np.square(answers - y, dtype=np.float64).mean(axis=0)
        apart = np.square(y - y.mean(dtype=np.float64))
        each = (each - each.mean() / apart.mean() * apart) / apart.mean()
    return float(each.std()) / sqrt(len(each))


def _baseline(path: Path) -> Population:
    """A baseline as a network without hidden layers."""
    with np.load(path, allow_pickle=False) as file:
        weights, bias = file["weights"], file["bias"]
    population = Population(Architecture(weights.shape), [0.0], CHUNK)
    population.values[0] = np.concatenate([weights.ravel(), bias])
    return population


def _confusion(answers: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> list[list[int]]:
    """Counts by true (row) and predicted (column) class, summed over the networks."""
    cells = np.bincount((labels * classes + answers).ravel(), minlength=classes**2)
    table: list[list[int]] = cells.reshape(classes, classes).tolist()
    return table
