"""Records: what a stage's files say, in the form that MLflow keeps (params, metrics by step, tags)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mindgap.dotted import flatten
from mindgap.store.results import read_json

Values = Sequence[float | None]


@dataclass(frozen=True)
class Point:
    """One value of a metric; `step` is the epoch."""

    name: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class Record:
    """What becomes one MLflow run."""

    name: str
    params: dict[str, str]
    points: list[Point]
    tags: dict[str, str] = field(default_factory=dict)


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


def read_stage(name: str, folder: Path) -> StageRecord:
    """Read a stage's files; `name` is the stage, for a search with its level (search.coarse)."""
    manifest = read_json(folder / "manifest.json")
    runtime = manifest["runtime"]
    started = round(datetime.fromisoformat(runtime["started"]).timestamp() * 1000)
    parent, children = _describe(name, folder, manifest["params"])
    return StageRecord(
        stage=name,
        key=manifest["key"],
        commit=manifest["git"],
        folder=folder,
        started=started,
        ended=started + round(runtime["wall_seconds"] * 1000),
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


def _describe(name: str, folder: Path, params: dict[str, Any]) -> tuple[Record, list[Record]]:
    stage = name.partition(".")[0]
    record = Record(name, texts(params), [])
    match stage:
        case "prepare":
            points = _numbers(
                read_json(folder / "dataset.json"), ("features", "rows", "duplicates", "constant_features")
            )
            return Record(name, record.params, points), []
        case "check":
            return _check(record, folder), []
        case "search":
            return _search(record, folder, params)
        case "train":
            return _train(record, folder)
        case "evaluate":
            return _evaluation(record, folder), []
        case _:
            return record, []


def _check(record: Record, folder: Path) -> Record:
    gates = read_json(folder / "check.json")["gates"]
    points = [Point(f"gate.{gate['name'].replace(' ', '_')}", gate["measured"]) for gate in gates]
    status = "passed" if all(gate["passed"] for gate in gates) else "failed"
    return Record(record.name, record.params, points, {"mindgap.status": status})


def _search(record: Record, folder: Path, params: dict[str, Any]) -> tuple[Record, list[Record]]:
    search, trials = read_json(folder / "search.json"), read_json(folder / "trials.json")["trials"]
    rank = {number: place for place, number in enumerate(search["ranking"], start=1)}
    width = len(str(max((trial["number"] for trial in trials), default=0)))
    children = []
    for trial in trials:
        number = trial["number"]
        spec = _vary(params["run"], {"epochs": search["epochs"], **trial["params"]})
        child = _run(f"trial {number:0{width}}", str(number), trial, spec, trial["params"])
        if number in rank:
            child.points.append(Point("rank", rank[number]))
        children.append(child)
    points = _numbers(search, ("counts",), keep_prefix=False)
    best = search["best"]
    if best is None:
        return Record(record.name, record.params, points), children
    points += _numbers({search["objective"]: best["value"], "val_loss": best["val_loss"]}, None)
    return Record(record.name, record.params | texts(best["params"], "best."), points), children


def _train(record: Record, folder: Path) -> tuple[Record, list[Record]]:
    train, runs = read_json(folder / "train.json"), read_json(folder / "runs.json")["runs"]
    candidates = {candidate["candidate"]: candidate for candidate in train["candidates"]}
    children = []
    for run in runs:
        number, replicate = run["candidate"], run["replicate"]
        candidate = candidates[number]
        spec = {**candidate["spec"], "candidate": number, "replicate": replicate}
        name = f"candidate {number}, replicate {replicate}"
        children.append(_run(name, f"{number}/{replicate}", run, spec, candidate["params"]))
    winner = candidates[train["winner"]]
    means = {f"candidate{number}": {"mean": value["mean"]} for number, value in candidates.items()}
    points = _numbers({**means, train["objective"]: winner["mean"]}, None)
    params = record.params | {"winner": str(train["winner"])} | texts(winner["params"], "winner.")
    return Record(record.name, params, points), children


def _evaluation(record: Record, folder: Path) -> Record:
    evaluation = read_json(folder / "evaluation.json")
    splits: dict[str, dict[str, Any]] = {**evaluation["metrics"], "gap": evaluation["gap"]}
    points = []
    for split, metrics in splits.items():
        for metric, statistic in metrics.items():
            name = f"{split}_{metric}"
            values = {name: statistic["mean"], f"{name}.low": statistic["low"], f"{name}.high": statistic["high"]}
            points += _numbers(values, None)
    points += _numbers({"overfitting_epoch": evaluation["overfitting_epoch"]["first"]}, None)
    for baseline, by_split in evaluation["baselines"].items():
        for split, metrics in by_split.items():
            points += _numbers({f"baseline.{baseline}.{split}_{name}": value for name, value in metrics.items()}, None)
    verdict = evaluation["verdict"]
    tags = {"mindgap.stages.verdict": verdict["label"], "mlflow.note.content": verdict["text"]}
    return Record(record.name, record.params | texts(evaluation["params"], "winner."), points, tags)


def _run(name: str, identity: str, run: dict[str, Any], spec: dict[str, Any], searched: dict[str, Any]) -> Record:
    """A trained network; its `kept.` metrics are those of the epoch whose weights were kept, if any were.

    Metrics without that prefix end with the last epoch, which after early stopping is not the kept one.
    """
    history, kept = run["history"], run["kept_epoch"]
    points = list(history_points(history))
    if kept is not None:
        at_kept = {f"kept.{name}": values[kept] for name, values in _curves(history).items()}
        points += _numbers({**at_kept, "kept_epoch": kept}, None)
    tags = {"mindgap.run": identity, "mindgap.status": run["status"]}
    return Record(name, texts(spec) | texts(searched, "searched."), points, tags)


def _vary(spec: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A spec with some params of its model or training replaced, by their plain names."""
    blocks = {block: dict(spec[block]) for block in ("model", "train")}
    for name, value in values.items():
        blocks["model" if name in blocks["model"] else "train"][name] = value
    return {**spec, **blocks}


def _numbers(values: Mapping[str, Any], names: Sequence[str] | None, *, keep_prefix: bool = True) -> list[Point]:
    """The numbers among nested values (all, or those under `names`), by dotted names; null is left out."""
    points = []
    for name, value in values.items():
        if names is not None and name not in names:
            continue
        if isinstance(value, Mapping):
            inner = _numbers(value, None)
            points += [Point(f"{name}.{point.name}", point.value) for point in inner] if keep_prefix else inner
        elif value is not None:
            points.append(Point(name, value))
    return points


def _series(name: str, values: Values) -> Iterator[Point]:
    return (Point(name, value, step) for step, value in enumerate(values) if value is not None)


def _difference(train: float | None, val: float | None) -> float | None:
    return None if train is None or val is None else train - val
