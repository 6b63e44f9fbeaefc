"""The stage `evaluate`: all splits measured by one function, and the gap between them."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Dataset, Split, SplitName, Target, open_groups, open_rows, open_split
from mindgap.errors import UserError
from mindgap.intervals import Sample, advantage, by_group, gap, measured, unseen
from mindgap.metrics import METRICS, Chunk, Table
from mindgap.nn.arrays import Array
from mindgap.nn.losses import LOSSES
from mindgap.params.run import RunSpec
from mindgap.results.evaluation import BaselineScores, Ensemble, Evaluation, Predictions, SplitPredictions, Statistics
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

FITTED = ("loss", "log_loss", "brier", "calibration_error")
"""Metrics that say something only of what was fitted by the loss of a run."""

Samples = dict[str, Sample]
"""What networks reach on a split, by metric."""


def evaluate(data: Path, train: Path, baselines: Path, ledger: Path, reading: Reading, out: Path) -> None:
    """Measure the winner's networks and the baselines on all rows of every split; writes `Evaluation`, `Predictions`.

    This is the only reader of the test split; its `reading` is a line of the ledger, with its time, written before the
    split is opened.
    """
    dataset, training = Dataset.read(data), Training.read(train)
    task = TASKS[dataset.task]
    run = RunSpec(**training.won.spec, seed=0)
    rows = read_weights(train)
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, 1, image=dataset.image_shape)
    networks.values[:] = np.stack(rows)
    loss = loss_of([run] * len(rows))
    simple = baselines_of(data, baselines)
    likely = LOSSES[run.train.loss].probabilities
    ensemble = ensemble_of(networks, probabilities=likely) if len(rows) > 1 else None
    cut_together = None if training.together is None else np.array([training.together])
    cuts = np.array(training.thresholds) if training.thresholds else None
    decided = {name: _thresholds(name, task, own, data, training) for name, own in simple.items()}
    enter(ledger, reading)
    samples: dict[str, Samples] = {}
    shared: dict[str, Samples] = {}
    scores: BaselineScores = {name: {} for name in simple}
    ahead: dict[str, Statistics] = {}
    predictions: dict[str, SplitPredictions] = {}
    confusion: dict[str, list[list[int]]] = {}
    for name in SPLITS:
        split = open_split(data, name)
        shape = (len(rows), len(split.y), dataset.outputs)
        outputs = None if name == "train" else np.empty(shape, np.float32)
        # A split that was drawn has the same share of each class as all rows have.
        given = (name == "test" and dataset.test_given) or dataset.split_by is not None
        drawn = _Drawn(None if dataset.target or given else split.y, open_groups(data, name))
        found = measure(networks, split, loss, thorough=True, final=True, by_row=True, thresholds=cuts, outputs=outputs)
        samples[name] = _samples(found, drawn, split)
        _refuse_infinite(samples[name], name)
        if ensemble is not None:
            seen, one = ensemble.sees(split), loss_of([run])
            found = measure(
                ensemble.network, seen, one, thorough=True, final=True, by_row=True, thresholds=cut_together
            )
            shared[name] = _samples(found, drawn, split)
        for baseline, own in simple.items():
            cut, seen = decided[baseline], own.sees(split)
            found = measure(own.network, seen, loss_of([run]), final=True, by_row=name == "test", thresholds=cut)
            kept = [metric for metric in found.metrics if metric not in FITTED or _fitted(baseline, task, run)]
            scores[baseline][name] = {metric: float(found.metrics[metric][0]) for metric in kept}
            if name == "test":
                beside = _samples(found, drawn, split)
                ahead[baseline] = {metric: _ahead(metric, samples[name][metric], beside[metric]) for metric in kept}
        if outputs is not None:
            predictions[name] = _predictions(open_rows(data, name), split, outputs, dataset.target)
            confusion |= (
                {} if dataset.target else {name: _confusion(Chunk(outputs, split.y, loss, cuts), dataset.outputs)}
            )
    learned, others = samples["train"], ("val", "test")
    gaps = {name: {metric: gap(sample, samples[name][metric]) for metric, sample in learned.items()} for name in others}
    Evaluation(
        task=dataset.task,
        params=training.won.params,
        spec=training.won.spec,
        replicates=training.replicates,
        metrics=_statistics(samples),
        gap=gaps["val"],
        test_gap=gaps["test"],
        overfitting_epoch=overfitting_epoch([found.history for found in Runs.read(train).of(training.winner)]),
        confusion=confusion,
        baselines=scores,
        advantage=ahead,
        objective=training.objective,
        class_counts=tuple(dataset.class_counts.get("train", ())),
        ensemble=_ensemble(shared, samples["test"]) if shared else None,
    ).write(out)
    Predictions(**predictions).write(out)


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


def _statistics(samples: Mapping[str, Samples]) -> dict[str, Statistics]:
    """By split and metric; training rows are what they are."""
    return {
        name: {metric: measured(sample.values) if name == "train" else unseen(sample) for metric, sample in own.items()}
        for name, own in samples.items()
    }


def _ensemble(shared: Mapping[str, Samples], test: Samples) -> Ensemble:
    """What an ensemble reaches, and by how much more than its networks do on test rows."""
    ahead = {metric: _ahead(metric, test[metric], sample).turned for metric, sample in shared["test"].items()}
    return Ensemble(_statistics(shared), ahead)


def _fitted(baseline: str, task: Task, run: RunSpec) -> bool:
    """Whether a baseline was fitted by the loss of a run; of another one, the loss says nothing."""
    return baseline != task.trivial and run.train.loss == task.loss


def _ahead(metric: str, sample: Sample, baseline: Sample) -> Statistic:
    return advantage(sample, baseline, larger_is_better=METRICS[metric].larger_is_better)


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
    return thresholds_of(own.network, own.sees(open_split(data, "val")), training.aim) if chosen else None


def _confusion(rows: Chunk, classes: int) -> list[list[int]]:
    """Counts by true (row) and predicted (column) class, summed over the networks."""
    cells = np.bincount((rows.targets * classes + rows.answers).ravel(), minlength=classes**2)
    table: list[list[int]] = cells.reshape(classes, classes).tolist()
    return table
