"""Makes a finished study, of either task, as the stages would leave it, with names that would break a careless page."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.data.encoding import Encoding
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, Pixels, Target, array_path
from mindgap.data.standardisation import Standardisation
from mindgap.intervals import measured
from mindgap.metrics import METRICS
from mindgap.params.run import RunSpec
from mindgap.report.study import FinishedStudy, Images
from mindgap.results.baselines import Baselines, Tuned
from mindgap.results.check import Check, GateResult
from mindgap.results.evaluation import Ensemble, Evaluation, Predictions, SplitPredictions
from mindgap.results.runs import Runs
from mindgap.results.statistic import Statistic
from mindgap.results.trials import Trials
from mindgap.results.view import View
from mindgap.results.weights import write_weights
from mindgap.store.ledger import Reading
from mindgap.store.machine import Machine
from mindgap.store.store import Manifest, Runtime
from mindgap.tasks import TASKS
from tests.unit.finished_runs import (
    PATIENCE,
    SEARCHED,
    SPACES,
    Curves,
    diverged,
    errors,
    make_level,
    make_run,
    make_training,
    make_weights,
)

NASTY = "<script>alert(1)</script>"
CLASSES = ("0", "1", NASTY, "3 & 4", "$x$", "naïve", "6", "7", "a rather long class name", "9")
KEYS = {
    "prepare": "0f" * 8,
    "check": "1e" * 8,
    "search.coarse": "2d" * 8,
    "search.fine": "3c" * 8,
    "train": "4b" * 8,
    "baselines": "5a" * 8,
    "evaluate": "69" * 8,
}
LEDGER = [Reading("digits", KEYS["evaluate"], KEYS["prepare"], "2026-03-01T10:20:30+00:00")]
TITLE = "Digits & friends: a <small> network"


def finished_study(
    *,
    task: str = "classification",
    target: str = NASTY,
    unit: float = 77.0,
    classes: tuple[str, ...] = CLASSES,
    features: int = 64,
    search: bool = True,
    trials: int = 64,
    image: bool = True,
    hidden: tuple[int, ...] = (64, 32),
    candidates: int = 3,
    seeds: int = 5,
    epochs: int = 40,
    full: bool = False,
    model: dict[str, Any] | None = None,
) -> FinishedStudy:
    """A study of images of 8 x 8 pixels, or of that many features; `full` has all monitors.

    It is of the classes, or of a `target` whose standard deviation is `unit`, and whose mean twice that.
    """
    random = np.random.default_rng(7)
    curves = Curves(random, task, unit)
    found = {name: make_level(curves, name, place, trials) for place, name in enumerate(SPACES)} if search else {}
    ranking = found["fine"][0].ranking[:candidates] if search else (None,) * candidates
    outputs = len(classes) if task == "classification" else 1
    spec = _spec(hidden, model or {}, TASKS[task].loss, epochs + seeds, full)
    asked, shape = RunSpec(**spec, seed=0).model, (8, 8, 1) if image else None
    layers = asked.layers
    runs = tuple(
        make_run(curves, candidate, seed, epochs + seed, layers, full)
        for seed in range(1, seeds + 1)
        for candidate in range(candidates)
    )
    if seeds > 4:
        runs = (*runs[:-1], replace(runs[-1], **diverged(runs[-1].history)))
    if task == "classification":
        evaluation, predictions = _classified(random, seeds, len(classes)), _outputs(random, seeds, len(classes))
    else:
        evaluation, predictions = _regressed(random, seeds, unit), _predictions(random, seeds, unit)
    return FinishedStudy(
        dataset=replace(
            _dataset(features, image),
            **(_classes(classes) if task == "classification" else {"task": task, "target": _target(target, unit)}),
        ),
        gates=GATES,
        levels={name: level for name, (level, _) in found.items()},
        trials={name: own for name, (_, own) in found.items()},
        training=make_training(runs, ranking, seeds, spec, curves.objective),
        runs=Runs(runs),
        evaluation=replace(evaluation, spec=spec),
        weights=make_weights(random, asked.architecture(features, outputs, shape), seeds),
        predictions=predictions,
        images=_images() if asked.convolution else None,
    )


def with_rivals(study: FinishedStudy, trees: float = 0.01, ensemble: float = 0.02) -> FinishedStudy:
    """The same with boosted trees and an ensemble, whose metrics on test rows are better than the networks' by so much.

    The ensemble is what is saved.
    """
    found = study.evaluation

    def moved(statistic: Statistic, by: float) -> Statistic:
        ends = [None if end is None else end + by for end in (statistic.low, statistic.high)]
        return Statistic([statistic.values[0] + by], statistic.mean + by, *ends, {"rows": 0.01})

    def ahead(name: str, by: float) -> Statistic:
        return Statistic([by] * len(found.replicates), by, by - 0.005, by + 0.005, {"seeds": 0.001, "rows": 0.002})

    signs = {name: 1 if METRICS[name].larger_is_better else -1 for name in found.gap}
    shared = {
        split: {name: moved(own, signs[name] * ensemble) for name, own in by_name.items()}
        for split, by_name in found.metrics.items()
    }
    reached = {
        split: {name: own.mean + signs[name] * trees for name, own in by_name.items()}
        for split, by_name in found.metrics.items()
    }
    evaluation = replace(
        found,
        baselines={**found.baselines, "trees": reached},
        advantage={**found.advantage, "trees": {name: ahead(name, -trees) for name in signs}},
        ensemble=Ensemble(shared, {name: ahead(name, ensemble) for name in signs}),
    )
    tuned = {
        "linear": Tuned(9, {"strength": 0.1}, 0.9),
        "trees": Tuned(30, {"learning_rate": 0.1, "max_iter": 77}, 0.9),
    }
    return replace(study, evaluation=evaluation, tuned=tuned, training=replace(study.training, save="ensemble"))


def tiny_study(**changes: Any) -> FinishedStudy:
    """A small study of 4 features and 3 classes."""
    few = {"classes": ("ant", "bee", "cat"), "features": 4, "image": False, "hidden": (4,)}
    return finished_study(**{**few, "trials": 3, "candidates": 2, "seeds": 2, "epochs": 11, **changes})


def write_study(
    study: FinishedStudy, results: Path, *, name: str = "tiny", preparation: Preparation | None = None
) -> View:
    """Write what the stages write; of the prepared data only what it takes to predict, and 20 training rows."""
    keys = {stage: key for stage, key in KEYS.items() if study.levels or not stage.startswith("search")}
    stages = {stage: results / "store" / stage.partition(".")[0] / key for stage, key in keys.items()}
    levels = {level: stages[f"search.{level}"] for level in study.levels}
    for number, (stage, folder) in enumerate(stages.items()):
        folder.mkdir(parents=True)
        _manifest(stage.partition(".")[0], keys[stage], number, study.evaluation.spec).write(folder)
    features = study.dataset.features
    study.dataset.write(stages["prepare"])
    (plain_preparation(features) if preparation is None else preparation).write(stages["prepare"])
    rows = np.random.default_rng(0).standard_normal((20, features)).astype(np.float32)
    np.save(array_path(stages["prepare"], "x", "train"), rows)
    Check(study.gates).write(stages["check"])
    for level, folder in levels.items():
        study.levels[level].write(folder)
        Trials(study.trials[level]).write(folder)
    study.training.write(stages["train"])
    study.runs.write(stages["train"])
    write_weights([*study.weights], stages["train"])
    Baselines(study.task.baselines, tuned=study.tuned).write(stages["baselines"])
    study.evaluation.write(stages["evaluate"])
    study.predictions.write(stages["evaluate"])
    study.reliance.write(stages["evaluate"])
    manifests = {stage: [folder / Manifest.FILE] for stage, folder in stages.items()}
    return View(name, TITLE, stages, levels, keys, "ab" * 32, results / "ledger.jsonl", manifests)


def plain_preparation(features: int) -> Preparation:
    """Of raw values 0 to 16, by a mean of 0.1, 0.2, 0.3, ... and a scale of 1, 2, 3, ..."""
    count = np.arange(1.0, features + 1)
    return Preparation(Encoding(None, 16.0), Standardisation(count / 10, count))


GATES = (
    GateResult("first_loss", 2.34, 0.05, True, {"expected": 2.302585, "own": 2.871234, "outputs": 10, "logarithm": 1}),
    GateResult("gradient", 3.1e-9, 1e-7, True, {"analytic": 1.25, "numeric": 1.250000004}),
    GateResult("memory", 0.5, 0.046, False, {"rows": 20, "linear": 0, "rates": 5, "epochs": 1500}),
    GateResult("penalty", 31.5, 0.0, True, {"plain": 2.3412, "penalised": 33.8412}),
)


def _manifest(stage: str, key: str, number: int, spec: dict[str, Any]) -> Manifest:
    return Manifest(
        stage=stage,
        key=key,
        params={"run": {**spec, "seed": 0, "replicate": 0}},
        inputs={},
        digest=None,
        code="0" * 64,
        files={},
        runtime=Runtime(f"2026-01-01T00:00:{number:02d}+00:00", 0.5, 0.5),
        versions={"python": "3.11.7"},
        machine=Machine("Linux", "here", "a processor", "a BLAS"),
        git="0123456789abcdef0123456789abcdef01234567",
    )


def _dataset(features: int, image: bool) -> Dataset:
    return Dataset(
        name="digits",
        task="classification",
        classes=(),
        features=features,
        feature_names=None,
        image_shape=(8, 8, 1) if image else None,
        rows={"train": 1077, "val": 360, "test": 360},
        class_counts={},
        duplicates={"train_val": 0, "train_test": 2, "val_test": 0},
        constant_features=3,
        unseen_categories={"train": 0, "val": 0, "test": 0},
        identifiers=(),
        target=None,
    )


def _classes(classes: tuple[str, ...]) -> dict[str, Any]:
    count = len(classes)
    counts = {
        split: [rows // count] * (count - 1) + [rows - rows // count * (count - 1)]
        for split, rows in (("train", 1077), ("val", 360), ("test", 360))
    }
    return {"classes": classes, "class_counts": counts}


def _target(name: str, unit: float) -> Target:
    figures = {"mean": 2 * unit, "std": unit, "least": 0.3 * unit, "greatest": 4.4 * unit}
    splits = {"train": figures, "val": {**figures, "mean": 2.03 * unit}, "test": {**figures, "std": 0.97 * unit}}
    return Target(name, mean=2 * unit, scale=unit, splits=splits)


def _images() -> Images:
    """Twelve images with a bright square each, at places of their own."""
    pixels = np.zeros((12, 8, 8), np.float32)
    for place, own in enumerate(pixels):
        own[place % 4 : place % 4 + 4, place // 3 : place // 3 + 3] = 1
    return Images(pixels.reshape(12, 64), Pixels((8, 8, 1), np.zeros(64, np.float32), np.ones(64, np.float32)))


def _spec(hidden: tuple[int, ...], model: dict[str, Any], loss: str, epochs: int, full: bool) -> dict[str, Any]:
    """All params of the winner; its runs stop one epoch before they would have to."""
    train = {
        "loss": loss,
        "learning_rate": 0.0437,
        "l2": 1.3e-05,
        "epochs": epochs + 1,
        "early_stopping": {"patience": PATIENCE},
        "monitors": "full" if full else "basic",
    }
    run = RunSpec(**{"model": {"hidden": hidden, **model}, "train": train}, seed=0)
    return run.model_dump(mode="json", include={"model", "train"})


def make_statistic(values: np.ndarray, rows: float, least: float = -np.inf, most: float = np.inf) -> Statistic:
    """A statistic of values by seed, with so large a standard error over rows."""
    mean, seeds = float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else None
    half = 2 * ((seeds or 0) ** 2 + rows**2) ** 0.5
    errors = {"rows": rows} if seeds is None else {"seeds": seeds, "rows": rows}
    return Statistic(values.tolist(), mean, max(mean - half, least), min(mean + half, most), errors)


def _evaluation(
    task: str,
    by_split: dict[str, dict[str, np.ndarray]],
    row_error: float,
    baselines: dict[str, dict[str, dict[str, float]]],
    **own: Any,
) -> Evaluation:
    """`row_error` is that of a share; that of other metrics is as large a part of their values."""
    kinds = {name: METRICS[name] for name in by_split["val"]}

    def error(name: str) -> float:
        return row_error * (1.0 if kinds[name].most == 1 else float(by_split["val"][name].mean()))

    def apart(split: str) -> dict[str, Statistic]:
        train, other = by_split["train"], by_split[split]
        return {name: make_statistic(train[name] - other[name], error(name)) for name in train}

    def scores(split: str) -> dict[str, Statistic]:
        found = by_split[split].items()
        return {name: make_statistic(v, error(name), kinds[name].least, kinds[name].most) for name, v in found}

    return Evaluation(
        task=task,
        params=SEARCHED,
        spec={},
        replicates=tuple(range(1, len(by_split["val"]["loss"]) + 1)),
        metrics={
            "train": {name: measured(values.tolist()) for name, values in by_split["train"].items()},
            "val": scores("val"),
            "test": scores("test"),
        },
        gap=apart("val"),
        test_gap=apart("test"),
        overfitting_epoch=22,
        baselines=baselines,
        advantage={
            baseline: {
                name: make_statistic(
                    (1 if kinds[name].larger_is_better else -1) * (by_split["test"][name] - value), error(name)
                )
                for name, value in reached["test"].items()
            }
            for baseline, reached in baselines.items()
        },
        **own,
    )


def _classified(random: np.random.Generator, seeds: int, count: int) -> Evaluation:
    by_split = {}
    for split, loss, share, error in (
        ("train", 0.004, 0.9993, 2e-4),
        ("val", 0.078, 0.9768, 0.003),
        ("test", 0.083, 0.9752, 0.003),
    ):
        losses = loss * (1 + 0.1 * random.normal(size=seeds))
        shares = share + error * random.normal(size=seeds)
        by_split[split] = {"accuracy": shares, "loss": losses, "entropy": 0.03 + 0.2 * losses, "divergence": losses}
    confusion = np.diag([174] * count)
    for true, predicted, rows in ((8, 1, 5), (2, 4, 6), (9, 3, 2), (3, 9, 6), (1, 8, 3), (5, 9, 1)):
        if max(true, predicted) < count:
            confusion[true, predicted] = rows
    return _evaluation(
        "classification",
        by_split,
        0.004,
        confusion={"val": confusion.tolist(), "test": confusion.tolist()},
        baselines={
            "majority": {split: {"accuracy": 0.1021} for split in by_split},
            "linear": {split: {"accuracy": 0.9583, "loss": 0.16} for split in by_split},
        },
    )


def _regressed(random: np.random.Generator, seeds: int, unit: float) -> Evaluation:
    shares = {"train": 0.58, "val": 0.52, "test": 0.50}
    by_split = {split: errors(share + 0.008 * random.normal(size=seeds), unit) for split, share in shares.items()}
    trivial = {"train": 0.0, "val": -0.01, "test": -0.02}
    return _evaluation(
        "regression",
        by_split,
        0.02,
        confusion={},
        baselines={
            "mean": {
                split: {name: float(value) for name, value in errors(share, unit).items() if name != "loss"}
                for split, share in trivial.items()
            },
            "linear": {split: {name: float(v) for name, v in errors(0.45, unit).items()} for split in by_split},
        },
    )


def _outputs(random: np.random.Generator, seeds: int, classes: int) -> Predictions:
    def split() -> SplitPredictions:
        labels = random.integers(classes, size=360)
        outputs = random.normal(size=(seeds, 360, classes)) + 4 * np.eye(classes)[labels]
        return SplitPredictions(random.permutation(1797)[:360], labels, outputs.astype(np.float32))

    return Predictions(val=split(), test=split())


def _predictions(random: np.random.Generator, seeds: int, unit: float) -> Predictions:
    def split() -> SplitPredictions:
        measured = unit * (0.3 + random.gamma(3, 0.57, size=360))
        noise = unit * (0.5 * random.normal(size=360) + 0.05 * random.normal(size=(seeds, 360)))
        return SplitPredictions(
            random.permutation(1797)[:360], measured, 2 * unit + 0.55 * (measured - 2 * unit) + noise
        )

    return Predictions(val=split(), test=split())
