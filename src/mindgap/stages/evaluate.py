"""The stage `evaluate`: all splits measured by one function, and the gap between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Dataset, Split, SplitName, Target, open_groups, open_rows, open_split
from mindgap.errors import UserError
from mindgap.intervals import Folds, Sample, advantage, by_group, gap, measured, unseen
from mindgap.metrics import METRICS, Chunk, Table
from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import Array
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.results.baselines import Baselines, Linear
from mindgap.results.evaluation import (
    BaselineScores,
    Evaluation,
    FoldEvaluation,
    Predictions,
    SplitPredictions,
    overlap,
)
from mindgap.results.runs import Runs
from mindgap.results.training import Training
from mindgap.results.weights import read_weights
from mindgap.stages.deciding import thresholds_of
from mindgap.stages.overfitting import overfitting_epoch
from mindgap.store.ledger import Reading, enter
from mindgap.tasks import TASKS, Task
from mindgap.training.measure import CHUNK, Measurement, measure
from mindgap.training.networks import loss_of, population_of

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")

OTHERS: tuple[SplitName, ...] = ("val", "test")

FITTED = ("loss", "log_loss", "brier", "calibration_error")
"""Metrics that say something only of what was fitted by the loss of a run."""

Samples = dict[str, Sample]
"""What networks reach on a split, by metric."""


class Trained(NamedTuple):
    """The folders of the stages `prepare`, `train` and `baselines` of a fold, or of the one split."""

    data: Path
    train: Path
    baselines: Path


def evaluate(data: Path, train: Path, baselines: Path, ledger: Path, reading: Reading, out: Path) -> None:
    """Measure the winner's networks and the baselines on all rows of every split; writes `Evaluation`, `Predictions`.

    This is the only reader of the test split; its `reading` is a line of the ledger, with its time, written before the
    split is opened.
    """
    winner = _Winner.of(Trained(data, train, baselines))
    enter(ledger, reading)
    found = winner.measured()
    samples, learned = found.samples, found.samples["train"]
    gaps = {name: {metric: gap(sample, samples[name][metric]) for metric, sample in learned.items()} for name in OTHERS}
    found.evaluation(
        metrics={
            "train": {metric: measured(sample.values) for metric, sample in learned.items()},
            **{name: {metric: unseen(sample) for metric, sample in samples[name].items()} for name in OTHERS},
        },
        gap=gaps["val"],
        test_gap=gaps["test"],
        advantage={
            baseline: {
                metric: advantage(samples["test"][metric], own, larger_is_better=METRICS[metric].larger_is_better)
                for metric, own in beside.items()
            }
            for baseline, beside in found.beside.items()
        },
    ).write(out)
    Predictions(**found.predictions).write(out)


def evaluate_folds(folds: Sequence[Trained], parts: int, ledger: Path, reading: Reading, out: Path) -> None:
    """The same of the winners of several folds, cut into so many `parts` each time, each on its own splits."""
    enter(ledger, reading)
    found = [_Winner.of(fold).measured() for fold in folds]
    first = found[0]
    alone = tuple(fold.alone(place, parts) for place, fold in enumerate(found))
    over = Folds(parts, overlap(alone))
    samples = {
        name: {metric: [fold.samples[name][metric] for fold in found] for metric in _shared(found, name)}
        for name in SPLITS
    }
    beside = {
        baseline: {
            metric: [fold.beside[baseline][metric] for fold in found]
            for metric in own
            if metric in samples["test"] and all(metric in fold.beside[baseline] for fold in found)
        }
        for baseline, own in first.beside.items()
    }
    gaps = {
        name: {metric: over.gap(own, samples[name][metric]) for metric, own in samples["train"].items()}
        for name in OTHERS
    }
    evaluation = first.evaluation(
        metrics={
            "train": {metric: over.measured(own) for metric, own in samples["train"].items()},
            **{name: {metric: over.unseen(own) for metric, own in samples[name].items()} for name in OTHERS},
        },
        gap=gaps["val"],
        test_gap=gaps["test"],
        advantage={
            baseline: {
                metric: over.advantage(samples["test"][metric], own, larger_is_better=METRICS[metric].larger_is_better)
                for metric, own in metrics.items()
            }
            for baseline, metrics in beside.items()
        },
    )
    replace(
        evaluation,
        baselines={
            baseline: {
                name: {
                    metric: float(np.mean([fold.scores[baseline][name][metric] for fold in found]))
                    for metric in metrics
                }
                for name in SPLITS
            }
            for baseline, metrics in beside.items()
        },
        confusion={name: np.sum([fold.confusion[name] for fold in found], axis=0).tolist() for name in first.confusion},
        folds=alone,
    ).write(out)
    Predictions(**{name: _joined([fold.predictions[name] for fold in found]) for name in OTHERS}).write(out)


def _shared(found: Sequence["_Measured"], name: str) -> list[str]:
    """The metrics that all folds have: a search may find losses that allow of others."""
    return [metric for metric in found[0].samples[name] if all(metric in fold.samples[name] for fold in found)]


def _joined(parts: Sequence[SplitPredictions]) -> SplitPredictions:
    """Those of all folds, one after the other."""
    return SplitPredictions(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.measured for part in parts]),
        np.concatenate([part.predicted for part in parts], axis=1),
        np.concatenate([np.full(len(part.rows), place) for place, part in enumerate(parts)]),
    )


@dataclass(frozen=True)
class _Measured:
    """What the winner's networks and the baselines reach on every split of their data.

    `samples` are by split; those of baselines on the test split are `beside` them, and `scores` on all splits.
    """

    dataset: Dataset
    training: Training
    overfitting_epoch: int | None
    samples: dict[str, Samples]
    beside: dict[str, Samples]
    scores: BaselineScores
    confusion: dict[str, list[list[int]]]
    predictions: dict[str, SplitPredictions]

    def evaluation(self, **own: Any) -> Evaluation:
        """With its `own` statistics."""
        return Evaluation(
            task=self.dataset.task,
            params=self.training.won.params,
            spec=self.training.won.spec,
            replicates=self.training.replicates,
            overfitting_epoch=self.overfitting_epoch,
            confusion=self.confusion,
            baselines=self.scores,
            objective=self.training.objective,
            class_counts=tuple(self.dataset.class_counts.get("train", ())),
            **own,
        )

    def alone(self, place: int, parts: int) -> FoldEvaluation:
        """As one of several folds, of so many parts a cut."""
        return FoldEvaluation(
            repeat=place // parts + 1,
            number=place % parts + 1,
            rows=self.dataset.rows,
            params=self.training.won.params,
            spec=self.training.won.spec,
            metrics={
                name: {metric: list(sample.values) for metric, sample in own.items()}
                for name, own in self.samples.items()
            },
            baselines=self.scores,
            thresholds=self.training.thresholds,
            temperatures=self.training.temperatures,
        )


@dataclass(frozen=True)
class _Winner:
    """The winner's networks, which decide by `cuts`, and the baselines, which decide by theirs."""

    folders: Trained
    dataset: Dataset
    training: Training
    run: RunSpec
    networks: Population
    cuts: Table | None
    simple: dict[str, tuple[Population, Table | None]]

    @classmethod
    def of(cls, folders: Trained) -> Self:
        """Without a look at test rows."""
        dataset, training = Dataset.read(folders.data), Training.read(folders.train)
        task = TASKS[dataset.task]
        run = RunSpec(**training.won.spec, seed=0)
        rows = read_weights(folders.train)
        networks = population_of([run] * len(rows), dataset.features, dataset.outputs, 1, image=dataset.image_shape)
        networks.values[:] = np.stack(rows)
        cuts = np.array(training.thresholds) if training.thresholds else None
        simple = {}
        for name, linear in Baselines.read_all(folders.baselines).items():
            network = network_of(linear)
            simple[name] = network, _thresholds(name, task, network, folders.data, training)
        return cls(folders, dataset, training, run, networks, cuts, simple)

    def measured(self) -> _Measured:
        """On all rows of every split."""
        dataset, run, data = self.dataset, self.run, self.folders.data
        loss, task = loss_of([run] * self.networks.count), TASKS[dataset.task]
        samples: dict[str, Samples] = {}
        beside: dict[str, Samples] = {}
        scores: BaselineScores = {name: {} for name in self.simple}
        predictions: dict[str, SplitPredictions] = {}
        confusion: dict[str, list[list[int]]] = {}
        for name in SPLITS:
            split = open_split(data, name)
            shape = (self.networks.count, len(split.y), dataset.outputs)
            outputs = None if name == "train" else np.empty(shape, np.float32)
            # A split that was drawn has the same share of each class as all rows have.
            given = (name == "test" and dataset.test_given) or dataset.split_by is not None
            drawn = _Drawn(None if dataset.target or given else split.y, open_groups(data, name))
            found = measure(
                self.networks,
                split,
                loss,
                thorough=True,
                final=True,
                by_row=True,
                thresholds=self.cuts,
                outputs=outputs,
            )
            samples[name] = _samples(found, drawn, split)
            _refuse_infinite(samples[name], name)
            for baseline, (network, cut) in self.simple.items():
                found = measure(network, split, loss_of([run]), final=True, by_row=name == "test", thresholds=cut)
                kept = [metric for metric in found.metrics if metric not in FITTED or _fitted(baseline, task, run)]
                scores[baseline][name] = {metric: float(found.metrics[metric][0]) for metric in kept}
                if name == "test":
                    own = _samples(found, drawn, split)
                    beside[baseline] = {metric: own[metric] for metric in kept}
            if outputs is not None:
                predictions[name] = _predictions(open_rows(data, name), split, outputs, dataset.target)
                if dataset.target is None:
                    confusion[name] = _confusion(Chunk(outputs, split.y, loss, self.cuts), dataset.outputs)
        runs = Runs.read(self.folders.train).of(self.training.winner)
        overfitting = overfitting_epoch([found.history for found in runs])
        return _Measured(dataset, self.training, overfitting, samples, beside, scores, confusion, predictions)


class _Drawn(NamedTuple):
    """How the rows of a split were drawn: of these classes each apart, or of these groups each as a whole, (rows,)."""

    classes: NDArray[np.int64] | None
    groups: NDArray[np.int64] | None


def _samples(found: Measurement, drawn: _Drawn, split: Split) -> Samples:
    samples = {}
    for name, values in found.metrics.items():
        bounds = {"least": METRICS[name].least, "most": METRICS[name].most}
        table, weights, counted = found.by_row[name], found.weights[name], found.counted[name]
        weighed = {} if weights is None else {"weights": weights, "labels": np.asarray(split.y)}
        if drawn.groups is not None:
            grouped = by_group(table, drawn.groups, weighed.get("labels"))
            counted = None if counted is None else counted * grouped.shape[1] / table.shape[1]
            table, weighed = grouped, {}
        samples[name] = Sample.of(values.tolist(), table, classes=drawn.classes, counted=counted, **weighed, **bounds)
    return samples


def _fitted(baseline: str, task: Task, run: RunSpec) -> bool:
    """Whether a baseline was fitted by the loss of a run; of another one, the loss says nothing."""
    return baseline != task.trivial and run.train.loss == task.loss


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


def _thresholds(name: str, task: Task, network: Population, data: Path, training: Training) -> Table | None:
    """That of a fitted baseline, chosen for the same aim as those of the networks."""
    chosen = training.aim is not None and name != task.trivial
    return thresholds_of(network, open_split(data, "val"), training.aim) if chosen else None


def _confusion(rows: Chunk, classes: int) -> list[list[int]]:
    """Counts by true (row) and predicted (column) class, summed over the networks."""
    cells = np.bincount((rows.targets * classes + rows.answers).ravel(), minlength=classes**2)
    table: list[list[int]] = cells.reshape(classes, classes).tolist()
    return table
