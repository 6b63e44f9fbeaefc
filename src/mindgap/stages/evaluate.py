"""The stage `evaluate`: all splits measured by one function, and the gap between them."""

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from mindgap.data.prepared import Dataset, Split, SplitName, Target, open_rows, open_split
from mindgap.errors import UserError
from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import Array
from mindgap.nn.losses import Loss
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.results.baselines import Baselines, Linear
from mindgap.results.evaluation import BaselineScores, Evaluation, Overfitting, Predictions, SplitPredictions, Statistic
from mindgap.results.runs import Runs
from mindgap.results.training import Training
from mindgap.results.weights import read_weights
from mindgap.store.ledger import Reading, enter
from mindgap.tasks import TASKS
from mindgap.training.measure import CHUNK, measure
from mindgap.training.networks import loss_of, population_of

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")

RISE = 1.01
"""Overfitting has begun where validation loss ends above this multiple of its least value."""


def evaluate(data: Path, train: Path, baselines: Path, ledger: Path, reading: Reading, out: Path) -> None:
    """Measure the winner's networks and the baselines on all rows of every split; writes `Evaluation`, `Predictions`.

    This is the only reader of the test split; each `reading` is a line of the ledger, with its time, written before the
    split is opened.
    """
    dataset, training = Dataset.read(data), Training.read(train)
    task = TASKS[dataset.task]
    run = RunSpec(**training.won.spec, seed=0)
    rows = read_weights(train)
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, CHUNK)
    networks.values[:] = np.stack(rows)
    loss = loss_of([run] * len(rows))
    simple = {name: _network(linear) for name, linear in Baselines.read_all(baselines).items()}
    enter(ledger, reading)
    metrics: dict[str, dict[str, list[float]]] = {}
    compared: BaselineScores = {name: {} for name in simple}
    predictions: dict[str, SplitPredictions] = {}
    row_errors: dict[str, float] = {}
    confusion: dict[str, list[list[int]]] = {}
    for name in SPLITS:
        split = open_split(data, name)
        metrics[name], outputs = _measured(networks, split, loss, name)
        row_errors[name] = row_error(outputs, split.y)
        for baseline, network in simple.items():
            values = {metric: float(of[0]) for metric, of in measure(network, split, loss_of([run])).metrics.items()}
            if baseline == task.trivial or run.train.loss != task.loss:
                del values["loss"]  # of what was fitted by another loss, or by none, this one says nothing
            compared[baseline][name] = values
        if name != "train":
            predictions[name] = _predictions(open_rows(data, name), split, outputs, dataset.target)
            confusion |= {} if dataset.target else {name: _confusion(outputs, split.y)}
    gap = {
        metric: [t - v for t, v in zip(values, metrics["val"][metric], strict=True)]
        for metric, values in metrics["train"].items()
    }
    begins = [overfitting_epoch(run.history) for run in Runs.read(train).of(training.winner)]
    Evaluation(
        task=dataset.task,
        params=training.won.params,
        spec=training.won.spec,
        replicates=training.replicates,
        metrics={name: _statistics(values) for name, values in metrics.items()},
        gap=_statistics(gap),
        overfitting_epoch=Overfitting(begins, min((epoch for epoch in begins if epoch is not None), default=None)),
        row_error=row_errors,
        confusion=confusion,
        baselines=compared,
    ).write(out)
    Predictions(**predictions).write(out)


def _measured(networks: Population, split: Split, loss: Loss, name: str) -> tuple[dict[str, list[float]], Array]:
    """Each metric by network, and the outputs (count, rows, outputs). Raises UserError for what is no number."""
    outputs = np.empty((networks.count, len(split.y), networks.architecture.units[-1]), np.float32)
    found = measure(networks, split, loss, thorough=True, outputs=outputs).metrics
    infinite = [metric for metric, values in found.items() if not np.isfinite(values).all()]
    if infinite:
        raise UserError(
            f"evaluate: {infinite[0]} on the {name} rows is no finite number: some of these rows are so far from the "
            "training rows that the network's outputs overflow. Look for wrong values among them."
        )
    return {metric: values.tolist() for metric, values in found.items()}, outputs


def _predictions(rows: NDArray[np.int64], split: Split, outputs: Array, target: Target | None) -> SplitPredictions:
    if target is None:
        return SplitPredictions(rows, np.asarray(split.y), outputs)
    return SplitPredictions(rows, target.restore(split.y), target.restore(outputs[..., 0]))


def _statistics(metrics: Mapping[str, Sequence[float]]) -> dict[str, Statistic]:
    return {metric: statistic(values) for metric, values in metrics.items()}


def statistic(values: Sequence[float]) -> Statistic:
    """The values, their mean, and its 95 % interval over the seeds: mean +- t(0.975, n-1) s / sqrt(n).

    With one value there is no interval, and its ends are null. The interval of an accuracy near 1 may reach above it.
    """
    count, mean = len(values), float(np.mean(values))
    if count < 2:
        return Statistic(list(values), mean, None, None)
    half = float(stdtrit(count - 1, 0.975)) * float(np.std(values, ddof=1)) / sqrt(count)
    return Statistic(list(values), mean, mean - half, mean + half)


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


def row_error(outputs: Array, y: NDArray[Any]) -> float:
    """How much the score, a mean over the networks, would vary with the choice of rows: its standard error.

    `outputs` are (count, rows, outputs), y (rows,) classes or standardised values. Accuracy is the mean of each row's
    share of hits c, so that is s(c) / sqrt(n). R2 = 1 - mean(d^2) / var(y) varies to first order as the mean of
    (d^2 - (1 - R2) (y - mean(y))^2) / var(y), with d^2 a row's mean squared error.
    """
    if y.dtype.kind == "i":
        each = (outputs.argmax(axis=2) == y).mean(axis=0)
    else:
        each = np.square(outputs[..., 0] - y, dtype=np.float64).mean(axis=0)
        apart = np.square(y - y.mean(dtype=np.float64))
        each = (each - each.mean() / apart.mean() * apart) / apart.mean()
    return float(each.std()) / sqrt(len(each))


def _network(linear: Linear) -> Population:
    """A baseline as a network without hidden layers."""
    population = Population(Architecture(linear.weights.shape), [0.0], CHUNK)
    population.values[0] = np.concatenate([linear.weights.ravel(), linear.bias])
    return population


def _confusion(outputs: Array, labels: NDArray[np.int64]) -> list[list[int]]:
    """Counts by true (row) and predicted (column) class, summed over the networks; outputs (count, rows, classes)."""
    classes = outputs.shape[2]
    cells = np.bincount((labels * classes + outputs.argmax(axis=2)).ravel(), minlength=classes**2)
    table: list[list[int]] = cells.reshape(classes, classes).tolist()
    return table
