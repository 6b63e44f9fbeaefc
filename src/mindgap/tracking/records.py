"""Records: what a stage's files say, in the form that MLflow keeps (params, metrics by step, tags)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from mindgap.data.overview import Overview
from mindgap.data.prepared import Dataset
from mindgap.dotted import flatten
from mindgap.params.run import RunSpec
from mindgap.results.check import Check
from mindgap.results.evaluation import Evaluation
from mindgap.results.level import Level
from mindgap.results.run import RunRecord
from mindgap.results.runs import Runs
from mindgap.results.training import Training
from mindgap.results.trials import Trials
from mindgap.store.documents import plain
from mindgap.store.store import Manifest

Values = Sequence[float | None]

FOLD = "mindgap.fold"
"""The tag that says which fold a run is of."""


class Point(NamedTuple):
    """One value of a metric; `step` is the epoch."""

    name: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class Record:
    """What becomes one MLflow run; `files` are texts by the names that they have among its artifacts."""

    name: str
    params: dict[str, str]
    points: list[Point]
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StageRecord:
    """A stage: its own record, those of the networks it trained, and when it ran (milliseconds since 1970)."""

    stage: str
    key: str
    commit: str | None
    folder: Path
    started: int
    ended: int
    parent: Record
    children: list[Record]

    @property
    def runs(self) -> int:
        """How many MLflow runs it becomes."""
        return 1 + len(self.children)


def read_stage(name: str, folder: Path, fold: str | None = None) -> StageRecord:
    """Read a stage's files; `name` is that of its job, for a search with its level (search.coarse).

    What is of a `fold` says which.
    """
    manifest = Manifest.read(folder)
    started = round(manifest.runtime.start * 1000)
    read = _READERS.get(manifest.stage)
    parent = Record(name, texts(manifest.params), [])
    parent, children = (parent, []) if read is None else read(parent, folder, manifest.params)
    if fold is not None:
        for record in (parent, *children):
            record.tags[FOLD] = fold
    return StageRecord(
        stage=name,
        key=manifest.key,
        commit=manifest.git,
        folder=folder,
        started=started,
        ended=started + round(manifest.runtime.wall_seconds * 1000),
        parent=parent,
        children=children,
    )


def texts(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested values as MLflow's params: {"model": {"hidden": [64]}} gives {"model.hidden": "[64]"}."""
    flat = flatten(values, prefix)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in flat.items()}


def history_points(history: Mapping[str, Any]) -> Iterator[Point]:
    """All numbers of a run's history, those by layer counted from 1, and the gaps; nulls are left out.

    So is what is no number, as are ranges and histograms of activations.
    """
    for name, values in _curves(history).items():
        yield from _series(name, values)
    for name, epochs in history.items():
        if isinstance(epochs[0], list):
            for layer, values in enumerate(zip(*epochs, strict=True), start=1):
                if not any(isinstance(value, list) for value in values):
                    yield from _series(f"{name}.layer{layer}", values)


def _curves(history: Mapping[str, Any]) -> dict[str, Values]:
    """What has one value an epoch, and for each metric of both splits its gap: training minus validation."""
    curves = {name: values for name, values in history.items() if not isinstance(values[0], list)}
    for name in history:
        metric = name.removeprefix("train_")
        if metric != name and f"val_{metric}" in curves:
            curves[f"gap_{metric}"] = list(map(_difference, curves[name], curves[f"val_{metric}"]))
    return curves


def _prepare(record: Record, folder: Path, params: dict[str, Any]) -> tuple[Record, list[Record]]:
    dataset = Dataset.read(folder)
    kept = ("features", "rows", "duplicates", "constant_features")
    found = {name: getattr(dataset, name) for name in kept}
    overview = Overview.of(folder)
    if overview is not None:
        dropped = sum(column.dropped is not None for column in overview.columns)
        found |= {"columns": len(overview.columns), "dropped_columns": dropped}
    return Record(record.name, record.params, _numbers(found)), []


def _check(record: Record, folder: Path, params: dict[str, Any]) -> tuple[Record, list[Record]]:
    gates = Check.read(folder).gates
    points = [Point(f"gate.{gate.name}", gate.measured) for gate in gates]
    status = "passed" if all(gate.passed for gate in gates) else "failed"
    return Record(record.name, record.params, points, {"mindgap.status": status}), []


def _search(record: Record, folder: Path, params: dict[str, Any]) -> tuple[Record, list[Record]]:
    level, trials = Level.read(folder), Trials.read(folder).trials
    rank = {number: place for place, number in enumerate(level.ranking, start=1)}
    width = len(str(max((trial.number for trial in trials), default=0)))
    children = []
    for trial in trials:
        number = trial.number
        spec = RunSpec.of(params["run"], {"epochs": level.epochs, **trial.params}).model_dump(mode="json")
        child = _run(f"trial {number:0{width}}", str(number), trial, spec, trial.params)
        if number in rank:
            child.points.append(Point("rank", rank[number]))
        children.append(child)
    points = _numbers({**plain(level.counts), level.objective: level.best.value, "val_loss": level.best.val_loss})
    return Record(record.name, record.params | texts(level.best.params, "best."), points), children


def _train(record: Record, folder: Path, params: dict[str, Any]) -> tuple[Record, list[Record]]:
    training = Training.read(folder)
    children = []
    for run in Runs.read(folder).runs:
        candidate = training.candidates[run.candidate]
        spec = {**candidate.spec, "candidate": run.candidate, "replicate": run.replicate}
        name = f"candidate {run.candidate}, seed {run.replicate}"
        children.append(_run(name, f"{run.candidate}/{run.replicate}", run, spec, candidate.params))
    means = {f"candidate{entry.candidate}": {"mean": entry.mean} for entry in training.candidates}
    points = _numbers({**means, training.objective: training.won.mean})
    own = record.params | {"winner": str(training.winner)} | texts(training.won.params, "winner.")
    return Record(record.name, own, points), children


def _evaluation(record: Record, folder: Path, params: dict[str, Any]) -> tuple[Record, list[Record]]:
    evaluation = Evaluation.read(folder)
    points = []
    gaps = {"gap": evaluation.gap, "test_gap": evaluation.test_gap}
    ahead = {f"advantage.{baseline}": metrics for baseline, metrics in evaluation.advantage.items()}
    ensemble = evaluation.ensemble
    shared = {f"ensemble.{split}": metrics for split, metrics in ensemble.metrics.items()} if ensemble else {}
    ahead |= {"ensemble.advantage": ensemble.advantage} if ensemble else {}
    for group, metrics in {**evaluation.metrics, **gaps, **ahead, **shared}.items():
        for metric, statistic in metrics.items():
            name = f"{group}_{metric}"
            points += _numbers({name: statistic.mean, f"{name}.low": statistic.low, f"{name}.high": statistic.high})
    for place, fold in enumerate(evaluation.folds, start=1):
        for split, values in fold.metrics.items():
            points += _numbers({f"fold{place}.{split}_{metric}": fold.mean(split, metric) for metric in values})
    points += _numbers({"overfitting_epoch": evaluation.overfitting_epoch})
    for baseline, by_split in evaluation.baselines.items():
        for split, scores in by_split.items():
            points += _numbers({f"baseline.{baseline}.{split}_{name}": value for name, value in scores.items()})
    return Record(record.name, record.params | texts(evaluation.params, "winner."), points), []


_READERS: dict[str, Callable[[Record, Path, dict[str, Any]], tuple[Record, list[Record]]]] = {
    "prepare": _prepare,
    "check": _check,
    "search": _search,
    "train": _train,
    "evaluate": _evaluation,
}
"""By stage, from a record of its params to one with all that its folder says, and those of its networks."""


def _run(name: str, identity: str, run: RunRecord, spec: dict[str, Any], searched: dict[str, Any]) -> Record:
    """A trained network; its `kept.` metrics are those of the epoch whose weights were kept, if any were.

    Metrics without that prefix end with the last epoch, which after early stopping is not the kept one.
    """
    points = list(history_points(run.history))
    if run.kept_epoch is not None:
        at_kept = {f"kept.{name}": values[run.kept_epoch] for name, values in _curves(run.history).items()}
        points += _numbers({**at_kept, "kept_epoch": run.kept_epoch})
    tags = {"mindgap.run": identity, "mindgap.status": run.status}
    return Record(name, texts(spec) | texts(searched, "searched."), points, tags)


def _numbers(values: Mapping[str, Any]) -> list[Point]:
    """The numbers among nested values, by dotted names; None is left out."""
    return [Point(name, value) for name, value in flatten(values).items() if value is not None and value != {}]


def _series(name: str, values: Values) -> Iterator[Point]:
    return (Point(name, value, step) for step, value in enumerate(values) if value is not None)


def _difference(train: float | None, val: float | None) -> float | None:
    return None if train is None or val is None else train - val
