"""Writes a whole made-up study, of either task, in the formats of the store, with names that would break a careless page."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.params.run import RunSpec
from mindgap.report.study_files import StudyFiles
from mindgap.tasks import METRICS, Task, cost

NASTY = "<script>alert(1)</script>"
CLASSES = ["0", "1", NASTY, "3 & 4", "$x$", "naïve", "6", "7", "a rather long class name", "9"]
SPACES: dict[str, dict[str, Any]] = {
    "coarse": {
        "learning_rate": {"log_uniform": [1e-5, 1.0]},
        "l2": {"log_uniform": [1e-6, 1.0]},
        "dropout": {"uniform": [0.0, 0.5]},
        "batch_size": {"integer": [16, 64]},
        "activation": {"categorical": ["relu", "tanh", "sigmoid"]},
        "hidden": {"categorical": [[64], [64, 32]]},
    },
    "fine": {
        "learning_rate": {"log_uniform": [0.008, 0.3]},
        "l2": {"log_uniform": [1e-6, 1e-3]},
        "dropout": {"uniform": [0.0, 0.2]},
        "batch_size": {"integer": [16, 40]},
        "activation": {"categorical": ["relu", "tanh"]},
        "hidden": {"categorical": [[64], [64, 32]]},
    },
}
KEYS = {"prepare": "0f" * 8, "check": "1e" * 8, "search.coarse": "2d" * 8, "search.fine": "3c" * 8, "train": "4b" * 8,
        "evaluate": "5a" * 8}  # fmt: skip
LEDGER = [
    {"evaluate": KEYS["evaluate"], "prepare": KEYS["prepare"], "study": "digits", "time": "2026-03-01T10:20:30+00:00"}
]
TITLE = "Digits & friends: a <small> network"


def write_study(
    root: Path,
    *,
    task: Task = "classification",
    target: str = NASTY,
    unit: float = 77.0,
    search: bool = True,
    image: bool = True,
    hidden: tuple[int, ...] = (64, 32),
    seeds: int = 5,
    full: bool = False,
    model: dict[str, Any] | None = None,
) -> StudyFiles:
    """A study in `root`, read back as the report reads it; `full` has all monitors.

    It is of ten classes, or of a `target` whose standard deviation is `unit`, and whose mean twice that.
    """
    random = np.random.default_rng(7)
    levels = {name: _level(random, name, place, task, unit) for place, name in enumerate(SPACES)} if search else {}
    for name, files in levels.items():
        _write(root / name, files)
    units = (64, *hidden, len(CLASSES) if task == "classification" else 1)
    spec = _spec(hidden, model or {}, "cross_entropy" if task == "classification" else "mse")
    runs = [
        _run(random, candidate, seed, len(hidden), full, task, unit)
        for candidate in range(3)
        for seed in range(1, seeds + 1)
    ]
    if seeds > 4:
        runs[-1] |= {"status": "diverged", "value": None, "val_loss": None}
    described = _classes() if task == "classification" else _target(target, unit)
    _write(root / "prepare", {"dataset": {**_dataset(image), **described}})
    _write(root / "check", {"check": {"gates": _gates()}})
    _write(root / "train", {"train": _train(runs, seeds, spec, task), "runs": {"runs": runs}})
    measured = _classified(random, seeds) if task == "classification" else _regressed(random, seeds, unit)
    _write(root / "evaluate", {"evaluation": {**_evaluation(seeds, spec), **measured}})
    if task == "regression":
        np.savez(root / "evaluate" / "predictions.npz", allow_pickle=False, **_predictions(random, seeds, unit))
    architecture = RunSpec(**spec, seed=0).model.architecture(units[0], units[-1])
    parameters = np.zeros((seeds, architecture.values), np.float32)
    architecture.views(parameters)["dense1.weights"][:] = _strokes(random, architecture.shapes[0][1])
    np.savez(root / "train" / "model.npz", parameters=parameters, units=units)
    folders = {name: root / name for name in levels}
    return StudyFiles.load(root / "prepare", root / "check", folders, root / "train", root / "evaluate")


def _write(folder: Path, files: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, sort_keys=True, allow_nan=False))


def _dataset(image: bool) -> dict[str, Any]:
    return {
        "name": "digits", "features": 64, "feature_names": None,
        "image_shape": [8, 8, 1] if image else None, "rows": {"train": 1077, "val": 360, "test": 360},
        "duplicates": {"train_val": 0, "train_test": 2, "val_test": 0}, "constant_features": 3,
        "unseen_categories": {"train": 0, "val": 0, "test": 0},
        "identifiers": [],
    }  # fmt: skip


def _classes() -> dict[str, Any]:
    counts = {"train": [107] * 9 + [114], "val": [36] * 10, "test": [36] * 10}
    return {"task": "classification", "classes": CLASSES, "class_counts": counts, "target": None}


def _target(name: str, unit: float) -> dict[str, Any]:
    figures = {"mean": 2 * unit, "std": unit, "least": 0.3 * unit, "greatest": 4.4 * unit}
    splits = {"train": figures, "val": {**figures, "mean": 2.03 * unit}, "test": {**figures, "std": 0.97 * unit}}
    target = {"name": name, "mean": 2 * unit, "scale": unit, "splits": splits}
    return {"task": "regression", "classes": [], "class_counts": {}, "target": target}


def _gates() -> list[dict[str, Any]]:
    return [
        {"name": "gradient", "question": "Do the derived gradients match measured ones?", "measured": 3.1e-9,
         "expected": "at most 1e-7", "passed": True, "explanation": "Central differences in float64."},
        {"name": "first_loss", "question": "Is the first loss that of guessing?", "measured": 2.34,
         "expected": "2.303 within 20 %", "passed": True, "explanation": "ln(10) for ten classes."},
        {"name": "fit_few", "question": "Can 20 rows be learned by heart?", "measured": 0.0004,
         "expected": "below 0.01", "passed": False, "explanation": "A network that cannot is broken."},
    ]  # fmt: skip


def _score(random: np.random.Generator, params: dict[str, Any], best: float) -> float | None:
    rate = np.log10(params["learning_rate"])
    if rate > -0.35 + 0.2 * random.normal():
        return None
    error = 1 - best + 0.01 * (rate + 1.4) ** 2 + 0.6 / (1 + np.exp(-3 * (-3.4 - rate))) + 0.1 * params["l2"]
    return float(np.round(np.clip(1 - error * np.exp(0.25 * random.normal()), 0.08, 1) * 360) / 360)


def _draw(random: np.random.Generator, space: dict[str, Any]) -> Any:
    kind, bounds = next(iter(space.items()))
    if kind == "categorical":
        return bounds[random.integers(len(bounds))]
    if kind == "integer":
        return int(random.integers(bounds[0], bounds[1] + 1))
    if kind == "log_uniform":
        return float(10 ** random.uniform(*np.log10(bounds)))
    return float(random.uniform(*bounds))


def _errors(r2: Any, unit: float) -> dict[str, Any]:
    """The metrics of a regression whose share of the variance explained is `r2`."""
    return {"rmse": unit * np.sqrt(1 - r2), "mae": 0.8 * unit * np.sqrt(1 - r2), "r2": r2, "loss": 1 - r2}


def _level(random: np.random.Generator, name: str, place: int, task: Task, unit: float) -> dict[str, Any]:
    space, trials = SPACES[name], []
    objective = f"val_{METRICS[task][0]}"
    for number in range(64):
        params = {param: _draw(random, form) for param, form in space.items()}
        value = _score(random, params, 0.972 + 0.008 * place)
        status = "diverged" if value is None else "finished"
        loss = None if value is None else 3 * (1 - value) + 0.02
        if value is not None and task == "regression":
            value, loss = _errors(value - 0.4, unit)["rmse"], 1.4 - value
        trials.append({"number": number, "params": params, "status": status, "kept_epoch": 7, "value": value,
                       "val_loss": loss, "history": _history(random, 8, 1, task, unit)})  # fmt: skip
    ranking = sorted((t for t in trials if t["value"] is not None), key=lambda t: cost(objective, t["value"]))
    found = [trial["value"] for trial in ranking]
    values = np.array([*[found[-1]] * (64 - len(found)), *reversed(found)])
    expected = [float((np.diff((np.arange(65) / 64) ** count) * values).sum()) for count in range(1, 65)]
    best = ranking[0]
    narrowing = [
        {"param": "learning_rate", "from": [1e-5, 1.0], "to": [0.008, 0.3], "at_edge": None,
         "reason": "the best 13 of 64 trials lie in 0.012 to 0.21"},
        {"param": "l2", "from": [1e-6, 1.0], "to": [1e-8, 1e-3], "at_edge": "low",
         "reason": "the best trial (1.2e-06) lies within 5 % of the low edge, so the next range goes beyond it"},
        {"param": "activation", "from": ["relu", "tanh", "sigmoid"], "to": ["relu", "tanh"], "at_edge": None,
         "reason": "no sigmoid among the best 13"},
    ]  # fmt: skip
    summary = {
        "level": name, "objective": objective, "sampler": "random", "epochs": 8 + 22 * place, "space": space,
        "counts": {"trials": 64, "finished": len(ranking), "stopped_early": 0, "diverged": 64 - len(ranking)},
        "best": {key: best[key] for key in ("number", "value", "val_loss", "params")},
        "ranking": [trial["number"] for trial in ranking], "next_space": SPACES["fine"], "narrowing": narrowing,
        "importance": {"learning_rate": 0.81, "l2": 0.12, "activation": 0.05, "dropout": 0.02},
        "expected_best": expected,
    }  # fmt: skip
    return {"search": summary, "trials": {"trials": trials}}


def _history(random: np.random.Generator, epochs: int, hidden: int, task: Task, unit: float) -> dict[str, Any]:
    at = np.arange(epochs + 1)
    noise = 0.006 * random.normal(size=epochs + 1)
    if task == "classification":
        train = {"loss": 2.3 * np.exp(-at / 2.2) + 0.003, "accuracy": 1 - 0.9 * np.exp(-at / 2.0)}
        val = {
            "loss": 2.3 * np.exp(-at / 2.2) + 0.07 + 0.0012 * np.maximum(at - 20, 0) + noise,
            "accuracy": 0.978 - 0.878 * np.exp(-at / 2.0) + 0.3 * noise,
        }
    else:
        learned = 1 - 1.1 * np.exp(-at / 3.0)
        train = _errors(0.55 * learned + 0.004 * np.maximum(at - 15, 0), unit)
        val = _errors(0.51 * learned - 0.002 * np.maximum(at - 20, 0) + noise, unit)
    layer = np.arange(hidden + 1)
    ratio = [[None] * (hidden + 1), *(3e-3 * np.exp(-at[1:, None] / 30 - 0.5 * layer)).tolist()]
    flat = 0.5 + 0.1 * (1 - np.exp(-at[:, None] / 10)) + 0.08 * layer[:hidden]
    dead = 0.04 * (1 - np.exp(-at[:, None] / 15)) * (1 + layer[:hidden])
    return {
        **{f"train_{name}": values.tolist() for name, values in train.items()},
        **{f"val_{name}": values.tolist() for name, values in val.items()},
        "update_ratio": ratio, "gradient_norm": ratio, "weight_norm": [[1.0] * (hidden + 1)] * (epochs + 1),
        "flat": flat.tolist(), "dead": dead.tolist(),
    }  # fmt: skip


def _inside(epochs: int, hidden: int) -> dict[str, Any]:
    """What the full monitors add: activations that shrink from layer to layer, and copies in the last one."""
    at, layer = np.arange(epochs + 1)[:, None], np.arange(hidden)
    mean = (0.4 + 0.2 * np.log1p(at)) * 0.6**layer
    low, high = -0.1 * mean, 4 * mean
    return {
        "activation_mean": mean.tolist(), "activation_std": (0.8 * mean).tolist(),
        "activation_range": np.stack([low, high], axis=-1).tolist(),
        "activation_histogram": [[[50] * 20] * hidden] * (epochs + 1),
        "sparsity": [[0.02] * (hidden + 1)] * (epochs + 1), "copies": (0.1 * (layer > 0) + 0 * at).tolist(),
    }  # fmt: skip


def _run(
    random: np.random.Generator, candidate: int, seed: int, hidden: int, full: bool, task: Task, unit: float
) -> dict[str, Any]:
    epochs = 38 + 5 * seed
    history = {**_history(random, epochs, hidden, task, unit), **(_inside(epochs, hidden) if full else {})}
    value = 0.975 - 0.004 * candidate + 0.002 * float(random.normal())
    return {"candidate": candidate, "replicate": seed, "status": "finished", "kept_epoch": epochs - 10,
            "value": value if task == "classification" else _errors(value - 0.45, unit)["rmse"], "val_loss": 0.08,
            "history": history}  # fmt: skip


def _spec(hidden: tuple[int, ...], model: dict[str, Any], loss: str) -> dict[str, Any]:
    return {
        "model": {"hidden": list(hidden), "activation": "relu", "leak": None, "init": "he", "init_gain": 1.0, **model},
        "train": {"loss": loss, "optimizer": "momentum", "learning_rate": 0.0437, "momentum": 0.9, "batch_size": 32, "epochs": 60,
                  "l2": 1.3e-05, "dropout": 0.0, "early_stopping": {"patience": 10, "metric": "val_loss"}},
    }  # fmt: skip


def _train(runs: list[dict[str, Any]], seeds: int, spec: dict[str, Any], task: Task) -> dict[str, Any]:
    candidates = []
    for candidate in range(3):
        values = [run["value"] for run in runs if run["candidate"] == candidate]
        known = [value for value in values if value is not None]
        params = {"learning_rate": 0.0437 / (1 + candidate), "l2": 1.3e-05, "activation": "relu"}
        candidates.append({"candidate": candidate, "trial": 17 + candidate, "level": "fine", "params": params,
                           "spec": spec, "values": values, "mean": float(np.mean(known)),
                           "diverged": seeds - len(known)})  # fmt: skip
    objective = f"val_{METRICS[task][0]}"
    return {"objective": objective, "candidates": candidates, "winner": 0, "replicates": list(range(1, seeds + 1))}


def _statistic(values: np.ndarray) -> dict[str, Any]:
    mean, half = float(values.mean()), float(1.2 * values.std()) if len(values) > 1 else None
    return {"values": values.tolist(), "mean": mean, "low": half and mean - half, "high": half and mean + half}


def _statistics(by_split: dict[str, dict[str, np.ndarray]]) -> dict[str, Any]:
    gap = {name: _statistic(by_split["train"][name] - by_split["val"][name]) for name in by_split["train"]}
    metrics = {split: {name: _statistic(v) for name, v in found.items()} for split, found in by_split.items()}
    return {"metrics": metrics, "gap": gap}


def _evaluation(seeds: int, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "params": {"learning_rate": 0.0437, "l2": 1.3e-05, "activation": "relu"}, "spec": spec,
        "replicates": list(range(1, seeds + 1)), "overfitting_epoch": {"values": [22] + [None] * (seeds - 1), "first": 22},
        "verdict": {"label": "overfits", "text": "The network fits its training rows almost perfectly and does clearly "
                    "worse on new ones. Stronger regularisation or more data would narrow the gap."},
    }  # fmt: skip


def _classified(random: np.random.Generator, seeds: int) -> dict[str, Any]:
    by_split = {}
    for split, loss, share, err in (
        ("train", 0.004, 0.9993, 2e-4), ("val", 0.078, 0.9768, 0.003), ("test", 0.083, 0.9752, 0.003)
    ):  # fmt: skip
        losses = loss * (1 + 0.1 * random.normal(size=seeds))
        by_split[split] = {"accuracy": share + err * random.normal(size=seeds), "loss": losses,
                           "entropy": 0.03 + 0.2 * losses, "divergence": losses}  # fmt: skip
    confusion = np.diag([174] * 10)
    for true, predicted, count in ((8, 1, 5), (2, 4, 6), (9, 3, 2), (3, 9, 6), (1, 8, 3), (5, 9, 1)):
        confusion[true, predicted] = count
    return {
        **_statistics(by_split), "task": "classification",
        "confusion": {"val": confusion.tolist(), "test": confusion.tolist()},
        "baselines": {"linear": {split: {"accuracy": 0.9583, "loss": 0.16} for split in by_split},
                      "majority": {split: {"accuracy": 0.1021} for split in by_split}},
    }  # fmt: skip


def _regressed(random: np.random.Generator, seeds: int, unit: float) -> dict[str, Any]:
    shares = {"train": 0.58, "val": 0.52, "test": 0.50}
    by_split = {split: _errors(share + 0.008 * random.normal(size=seeds), unit) for split, share in shares.items()}
    return {
        **_statistics(by_split), "task": "regression", "confusion": {},
        "baselines": {"linear": dict.fromkeys(by_split, _errors(0.45, unit)),
                      "mean": {split: _errors(share, unit) for split, share in (("train", 0), ("val", -0.01), ("test", -0.02))}},
    }  # fmt: skip


def _predictions(random: np.random.Generator, seeds: int, unit: float) -> dict[str, np.ndarray]:
    found = {}
    for split in ("val", "test"):
        measured = unit * (0.3 + random.gamma(3, 0.57, size=360))
        noise = unit * (0.5 * random.normal(size=360) + 0.05 * random.normal(size=(seeds, 360)))
        found[f"{split}_rows"] = random.permutation(1797)[:360]
        found |= {f"{split}_measured": measured, f"{split}_predicted": 2 * unit + 0.55 * (measured - 2 * unit) + noise}
    return found


def _strokes(random: np.random.Generator, count: int) -> np.ndarray:
    """Weights that look like smooth strokes on 8x8 pixels: shape (64, count)."""
    y, x = np.mgrid[0:8, 0:8]
    angle, phase, size = random.uniform(0, np.pi, count), random.uniform(0, 6, count), random.uniform(0.1, 0.5, count)
    wave = np.cos(np.multiply.outer(x, np.cos(angle)) + np.multiply.outer(y, np.sin(angle)) + phase)
    return (size * wave).reshape(64, count) + 0.03 * random.normal(size=(64, count))
