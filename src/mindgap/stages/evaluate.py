"""The stage `evaluate`: all splits measured by one function, and the gap between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Dataset, Split, SplitName, Target, open_groups, open_rows, open_split, variant
from mindgap.errors import UserError
from mindgap.intervals import Folds, Sample, advantage, by_group, gap, measured, unseen
from mindgap.metrics import METRICS, Chunk, Table
from mindgap.nn.arrays import Array
from mindgap.nn.losses import LOSSES
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.results.evaluation import (
    BaselineScores,
    Ensemble,
    Evaluation,
    FoldEvaluation,
    Predictions,
    SplitPredictions,
    Statistics,
    overlap,
)
from mindgap.results.runs import Runs
from mindgap.results.statistic import Statistic
from mindgap.results.training import Training
from mindgap.results.weights import read_weights
from mindgap.stages.beside import Beside, ensemble_of
from mindgap.stages.deciding import thresholds_of
from mindgap.stages.overfitting import overfitting_epoch
from mindgap.stages.rivals import baselines_of
from mindgap.store.ledger import Reading, enter
from mindgap.tasks import TASKS, Task
from mindgap.training.measure import Measurement, measure
from mindgap.training.networks import loss_of, population_of

SPLITS: tuple[SplitName, ...] = ("train", "val", "test")

OTHERS: tuple[SplitName, ...] = ("val", "test")

FITTED = ("loss", "log_loss", "brier", "calibration_error")
"""Metrics that say something only of what was fitted by the loss of a run."""

Samples = dict[str, Sample]
"""What networks reach on a split, by metric."""

Shared = dict[str, Sequence[Sample]]
"""The same of several folds, or of the one split, by the metrics that all have."""


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
    _evaluation([found], _OneSplit()).write(out)
    Predictions(**found.predictions).write(out)


def evaluate_folds(folds: Sequence[Trained], parts: int, ledger: Path, reading: Reading, out: Path) -> None:
    """The same of the winners of several folds, cut into so many `parts` each time, each on its own splits."""
    enter(ledger, reading)
    found = [_Winner.of(fold).measured() for fold in folds]
    alone = tuple(fold.alone(place, parts) for place, fold in enumerate(found))
    confusions = {name: [fold.confusion[name] for fold in found] for name in found[0].confusion}
    replace(
        _evaluation(found, Folds(parts, overlap(alone))),
        confusion={name: np.sum(tables, axis=0).tolist() for name, tables in confusions.items()},
        folds=alone,
    ).write(out)
    Predictions(**{name: _joined([fold.predictions[name] for fold in found]) for name in OTHERS}).write(out)


class _OneSplit:
    """Statistics where there are no folds, see `Folds`: of one sample each."""

    def measured(self, samples: Sequence[Sample]) -> Statistic:
        return measured(samples[0].values)

    def unseen(self, samples: Sequence[Sample]) -> Statistic:
        return unseen(samples[0])

    def gap(self, train: Sequence[Sample], others: Sequence[Sample]) -> Statistic:
        return gap(train[0], others[0])

    def advantage(self, samples: Sequence[Sample], baselines: Sequence[Sample], *, larger_is_better: bool) -> Statistic:
        return advantage(samples[0], baselines[0], larger_is_better=larger_is_better)


def _evaluation(found: Sequence["_Measured"], over: _OneSplit | Folds) -> Evaluation:
    """What was measured, and its statistics; all that these are not is of the first fold."""
    first = found[0]
    samples = {name: _of_all([fold.samples[name] for fold in found]) for name in SPLITS}
    beside = {name: _of_all([fold.beside[name] for fold in found]) for name in first.beside}

    def statistics(samples: dict[SplitName, Shared]) -> dict[str, Statistics]:
        """By split and metric; training rows are what they are."""
        return {
            name: {metric: (over.measured if name == "train" else over.unseen)(of) for metric, of in own.items()}
            for name, own in samples.items()
        }

    def ahead(others: Shared) -> Statistics:
        """By how much the networks are better than others on test rows."""
        own = {metric: of for metric, of in samples["test"].items() if metric in others}
        larger = {metric: METRICS[metric].larger_is_better for metric in own}
        return {
            metric: over.advantage(of, others[metric], larger_is_better=larger[metric]) for metric, of in own.items()
        }

    gaps = {
        name: {metric: over.gap(own, samples[name][metric]) for metric, own in samples["train"].items()}
        for name in OTHERS
    }
    ensemble = None
    if all(fold.shared for fold in found):
        shared = {name: _of_all([fold.shared[name] for fold in found]) for name in SPLITS}
        turned = {metric: less.turned for metric, less in ahead(shared["test"]).items()}
        ensemble = Ensemble(statistics(shared), turned)
    return Evaluation(
        task=first.dataset.task,
        params=first.training.won.params,
        spec=first.training.won.spec,
        replicates=first.training.replicates,
        metrics=statistics(samples),
        gap=gaps["val"],
        test_gap=gaps["test"],
        overfitting_epoch=first.overfitting_epoch,
        confusion=first.confusion,
        baselines={
            baseline: {
                name: {
                    metric: float(np.mean([fold.scores[baseline][name][metric] for fold in found])) for metric in own
                }
                for name in SPLITS
            }
            for baseline, own in beside.items()
        },
        advantage={baseline: ahead(own) for baseline, own in beside.items()},
        objective=first.training.objective,
        class_counts=tuple(first.dataset.class_counts.get("train", ())),
        ensemble=ensemble,
    )


def _of_all(folds: Sequence[Samples]) -> Shared:
    """By the metrics that all folds have: a search may find losses that allow of others."""
    shared = [metric for metric in folds[0] if all(metric in fold for fold in folds)]
    return {metric: [fold[metric] for fold in folds] for metric in shared}


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

    `samples` are by split, and those of the ensemble, if there is one, `shared`; those of baselines on the test split
    are `beside` them, and `scores` on all splits.
    """

    dataset: Dataset
    training: Training
    overfitting_epoch: int | None
    samples: dict[str, Samples]
    shared: dict[str, Samples]
    beside: dict[str, Samples]
    scores: BaselineScores
    confusion: dict[str, list[list[int]]]
    predictions: dict[str, SplitPredictions]

    def alone(self, place: int, parts: int) -> FoldEvaluation:
        """As one of several folds, of so many parts a cut."""
        shared = {
            name: {metric: sample.values[0] for metric, sample in own.items()} for name, own in self.shared.items()
        }
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
            together=self.training.together,
            shared=shared or None,
            duplicates=self.dataset.duplicates,
        )


@dataclass(frozen=True)
class _Winner:
    """The winner's networks, which decide by `cuts`, their ensemble, of several, and the baselines, each by its own.

    The networks see the rows in the folder `data`, as they are prepared by the winner's transform.
    """

    folders: Trained
    data: Path
    dataset: Dataset
    training: Training
    run: RunSpec
    networks: Population
    cuts: Table | None
    ensemble: Beside | None
    simple: dict[str, tuple[Beside, Table | None]]

    @classmethod
    def of(cls, folders: Trained) -> Self:
        """Without a look at test rows."""
        training = Training.read(folders.train)
        run = RunSpec(**training.won.spec, seed=0)
        data = variant(folders.data, run.preprocess.transform)
        dataset = Dataset.read(data)
        task = TASKS[dataset.task]
        rows = read_weights(folders.train)
        networks = population_of([run] * len(rows), dataset.features, dataset.outputs, 1, image=dataset.image_shape)
        networks.values[:] = np.stack(rows)
        cuts = np.array(training.thresholds) if training.thresholds else None
        likely = LOSSES[run.train.loss].probabilities
        ensemble = ensemble_of(networks, probabilities=likely) if len(rows) > 1 else None
        simple = {
            name: (own, _thresholds(name, task, own, folders.data, training))
            for name, own in baselines_of(folders.data, folders.baselines).items()
        }
        return cls(folders, data, dataset, training, run, networks, cuts, ensemble, simple)

    def measured(self) -> _Measured:
        """On all rows of every split."""
        dataset, run, data, training = self.dataset, self.run, self.data, self.training
        one, loss, task = loss_of([run]), loss_of([run] * self.networks.count), TASKS[dataset.task]
        together = None if training.together is None else np.array([training.together])
        samples: dict[str, Samples] = {}
        shared: dict[str, Samples] = {}
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
            wholly = partial(measure, thorough=True, final=True, by_row=True)
            found = wholly(self.networks, split, loss, thresholds=self.cuts, outputs=outputs)
            samples[name] = _samples(found, drawn, split)
            _refuse_infinite(samples[name], name)
            if self.ensemble is not None:
                seen = self.ensemble.sees(split)
                found = wholly(self.ensemble.network, seen, one, thresholds=together)
                shared[name] = _samples(found, drawn, split)
            for baseline, (own, cut) in self.simple.items():
                by_row = name == "test"
                seen = self._seen(own, name, split)
                found = measure(own.network, seen, one, final=True, by_row=by_row, thresholds=cut)
                kept = [metric for metric in found.metrics if metric not in FITTED or _fitted(baseline, task, run)]
                scores[baseline][name] = {metric: float(found.metrics[metric][0]) for metric in kept}
                if by_row:
                    reached = _samples(found, drawn, split)
                    beside[baseline] = {metric: reached[metric] for metric in kept}
            if outputs is not None:
                predictions[name] = _predictions(open_rows(data, name), split, outputs, dataset.target)
                if dataset.target is None:
                    confusion[name] = _confusion(Chunk(outputs, split.y, loss, self.cuts), dataset.outputs)
        runs = Runs.read(self.folders.train).of(training.winner)
        overfitting = overfitting_epoch([found.history for found in runs])
        return _Measured(dataset, training, overfitting, samples, shared, beside, scores, confusion, predictions)

    def _seen(self, baseline: Beside, name: SplitName, split: Split) -> Split:
        """What a baseline sees of a split, of which the networks see this."""
        folder = variant(self.folders.data, baseline.transform)
        return baseline.sees(split if folder == self.data else open_split(folder, name))


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


def _thresholds(name: str, task: Task, own: Beside, data: Path, training: Training) -> Table | None:
    """That of a fitted baseline, chosen for the same aim as those of the networks."""
    chosen = training.aim is not None and name != task.trivial
    val = open_split(variant(data, own.transform), "val")
    return thresholds_of(own.network, own.sees(val), training.aim) if chosen else None


def _confusion(rows: Chunk, classes: int) -> list[list[int]]:
    """Counts by true (row) and predicted (column) class, summed over the networks."""
    cells = np.bincount((rows.targets * classes + rows.answers).ravel(), minlength=classes**2)
    table: list[list[int]] = cells.reshape(classes, classes).tolist()
    return table
