"""The stage `evaluate`: all splits measured by one function, and the gap between them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Dataset, Split, SplitName, Target, open_rows, open_split
from mindgap.errors import UserError
from mindgap.intervals import Sample, advantage, gap, measured, score
from mindgap.metrics import METRICS
from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import Array
from mindgap.nn.losses import Loss
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.results.baselines import Baselines, Linear
from mindgap.results.evaluation import BaselineScores, Evaluation, Predictions, SplitPredictions, Statistics
from mindgap.results.runs import Runs
from mindgap.results.training import Training
from mindgap.results.weights import read_weights
from mindgap.stages.overfitting import overfitting_epoch
from mindgap.store.ledger import Reading, enter
from mindgap.tasks import TASKS
from mindgap.training.measure import CHUNK, measure
from mindgap.training.networks import loss_of, population_of

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")

Samples = dict[str, Sample]
"""What networks reach on a split, by metric."""


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
    simple = {name: network_of(linear) for name, linear in Baselines.read_all(baselines).items()}
    enter(ledger, reading)
    samples: dict[str, Samples] = {}
    scores: BaselineScores = {name: {} for name in simple}
    ahead: dict[str, Statistics] = {}
    predictions: dict[str, SplitPredictions] = {}
    confusion: dict[str, list[list[int]]] = {}
    for name in SPLITS:
        split = open_split(data, name)
        outputs = np.empty((len(rows), len(split.y), dataset.outputs), np.float32)
        samples[name] = _samples(networks, split, loss, thorough=True, outputs=outputs)
        _refuse_infinite(samples[name], name)
        for baseline, network in simple.items():
            reached = _samples(network, split, loss_of([run]))
            if baseline == task.trivial or run.train.loss != task.loss:
                del reached["loss"]  # of what was fitted by another loss, or by none, this one says nothing
            scores[baseline][name] = {metric: sample.values[0] for metric, sample in reached.items()}
            if name == "test":
                ahead[baseline] = {metric: advantage(samples[name][metric], own) for metric, own in reached.items()}
        if name != "train":
            predictions[name] = _predictions(open_rows(data, name), split, outputs, dataset.target)
            confusion |= {} if dataset.target else {name: _confusion(outputs, split.y)}
    learned, others = samples["train"], ("val", "test")
    gaps = {name: {metric: gap(sample, samples[name][metric]) for metric, sample in learned.items()} for name in others}
    Evaluation(
        task=dataset.task,
        params=training.won.params,
        spec=training.won.spec,
        replicates=training.replicates,
        metrics={
            "train": {metric: measured(sample.values) for metric, sample in learned.items()},
            **{name: {metric: score(sample) for metric, sample in samples[name].items()} for name in others},
        },
        gap=gaps["val"],
        test_gap=gaps["test"],
        overfitting_epoch=overfitting_epoch([found.history for found in Runs.read(train).of(training.winner)]),
        confusion=confusion,
        baselines=scores,
        advantage=ahead,
    ).write(out)
    Predictions(**predictions).write(out)


def _samples(
    networks: Population, split: Split, loss: Loss, *, thorough: bool = False, outputs: Array | None = None
) -> Samples:
    found = measure(networks, split, loss, thorough=thorough, by_row=True, outputs=outputs)
    classes = split.y if split.y.dtype.kind == "i" else None  # splits have the same share of each class
    return {
        name: Sample(values.tolist(), found.by_row[name], METRICS[name].least, METRICS[name].most, classes)
        for name, values in found.metrics.items()
    }


def _refuse_infinite(samples: Samples, name: str) -> None:
    infinite = [metric for metric, sample in samples.items() if not np.isfinite(sample.values).all()]
    if infinite:
        raise UserError(
            f"evaluate: {infinite[0]} on the {name} rows is no finite number: some of these rows are so far from the "
            "training rows that the network's outputs overflow. Look for wrong values among them."
        )


def _predictions(rows: NDArray[np.int64], split: Split, outputs: Array, target: Target | None) -> SplitPredictions:
    if target is None:
        return SplitPredictions(rows, np.asarray(split.y), outputs)
    return SplitPredictions(rows, target.restore(split.y), target.restore(outputs[..., 0]))


def network_of(linear: Linear) -> Population:
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
