"""A small study's files, as the stages would leave them, for the tests of tracking."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.data.encoding import Encoding
from mindgap.data.preparation import Preparation
from mindgap.data.standardisation import Standardisation
from mindgap.nn.population import Architecture

MODEL = {"hidden": [4], "activation": "tanh", "leak": 0.01, "init": "he", "init_gain": 1.0}
TRAIN = {"optimizer": "momentum", "learning_rate": 0.05, "epochs": 8, "early_stopping": {"patience": 2}}


def write_study(root: Path, trials: int = 3, epochs: int = 2, candidates: int = 2, seeds: int = 2) -> dict[str, Path]:
    """Store folders of every stage; 4 features, 3 classes."""
    stages = {
        "prepare": _prepare(root / "prepare"),
        "check": _check(root / "check"),
        "search.coarse": _search(root / "coarse", "coarse", trials, epochs),
        "search.fine": _search(root / "fine", "fine", trials, 2 * epochs),
        "train": _train(root / "train", candidates, seeds, epochs),
        "baselines": _folder(root / "baselines"),
        "evaluate": _evaluate(root / "evaluate", seeds),
    }
    for number, (name, folder) in enumerate(stages.items()):
        manifest = {
            "stage": name.partition(".")[0],
            "key": f"{number:016x}",
            "params": {"run": {"model": MODEL, "train": TRAIN, "seed": 0, "replicate": 0}},
            "git": "0123456789abcdef0123456789abcdef01234567",
            "runtime": {"started": f"2026-01-01T00:00:{number:02d}+00:00", "wall_seconds": 0.5, "cpu_seconds": 0.5},
        }
        _write(folder / "manifest.json", manifest)
    return stages


def write_report(folder: Path, title: str = "A study") -> Path:
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(f"<h1>{title}</h1>")
    (folder / "figures" / "curves.svg").write_text("<svg/>")
    _write(folder / "summary.json", {})
    return folder


def _history(epochs: int) -> dict[str, Any]:
    falling = [1 / (1 + epoch) for epoch in range(epochs + 1)]
    layers = [[None, None], *([[0.001, 0.002]] * epochs)]
    return {
        "train_loss": falling,
        "train_accuracy": [1 - value / 2 for value in falling],
        "val_loss": [value + 0.25 for value in falling],
        "val_accuracy": [0.5 - value / 2 for value in falling],
        "update_ratio": layers,
        "gradient_norm": layers,
        "weight_norm": [[2.0 + epoch, 3.0] for epoch in range(epochs + 1)],
        "activation_range": [[[-1.0, 1.0]]] * (epochs + 1),
        "activation_histogram": [[None], *([[[1, 2, 3]]] * epochs)],
        "flat": [[0.5]] * (epochs + 1),
        "dead": [[0.0]] * (epochs + 1),
    }


def preparation(**changes: Any) -> Preparation:
    """Rows of 4 values 0..16, standardised."""
    standardisation = Standardisation(np.array([0.1, 0.2, 0.3, 0.4]), np.array([1.0, 2.0, 3.0, 4.0]))
    return replace(Preparation(Encoding(None, 16.0), standardisation), **changes)


def write_preparation(folder: Path, prepared: Preparation) -> None:
    _write(folder / "preprocessing.json", prepared.description())
    np.savez(folder / "preprocessing.npz", allow_pickle=False, **prepared.arrays())


def _prepare(folder: Path) -> Path:
    _folder(folder)
    np.save(folder / "x_train.npy", np.random.default_rng(0).standard_normal((20, 4)).astype(np.float32))
    write_preparation(folder, preparation())
    dataset = {
        "name": "tiny",
        "task": "classification",
        "classes": ["ant", "bee", "cat"],
        "target": None,
        "features": 4,
        "feature_names": None,
        "image_shape": None,
        "rows": {"train": 20, "val": 5, "test": 5},
        "class_counts": {"train": [8, 6, 6], "val": [2, 2, 1], "test": [2, 2, 1]},
        "duplicates": {"train_val": 0, "train_test": 0, "val_test": 0},
        "constant_features": 0,
        "unseen_categories": {"train": 0, "val": 0, "test": 0},
        "identifiers": [],
    }
    _write(folder / "dataset.json", dataset)
    return folder


def _check(folder: Path) -> Path:
    gate = {"name": "first loss", "question": "?", "measured": 1.1, "expected": "1.0986", "passed": True}
    _write(_folder(folder) / "check.json", {"gates": [gate]})
    return folder


def _search(folder: Path, level: str, count: int, epochs: int) -> Path:
    """The last trial diverged, the others rank by their number."""
    trials: list[dict[str, Any]] = [
        {
            "number": number,
            "params": {"learning_rate": 0.01 * (number + 1), "activation": "relu"},
            "status": "finished",
            "kept_epoch": epochs,
            "value": 0.4,
            "val_loss": 0.5,
            "history": _history(epochs),
        }
        for number in range(count)
    ]
    trials[-1] |= {"status": "diverged", "kept_epoch": 0, "value": None, "val_loss": None}
    trials[-1]["history"] = {**_history(epochs), "train_loss": [1.0, *[None] * epochs]}
    search = {
        "level": level,
        "objective": "val_accuracy",
        "epochs": epochs,
        "counts": {"trials": count, "finished": count - 1, "stopped_early": 0, "diverged": 1},
        "best": {"number": 0, "value": 0.4, "val_loss": 0.5, "params": {"learning_rate": 0.01, "activation": "relu"}},
        "ranking": list(range(count - 1)),
    }
    _write(_folder(folder) / "search.json", search)
    _write(folder / "trials.json", {"trials": trials})
    return folder


def _train(folder: Path, candidates: int, seeds: int, epochs: int) -> Path:
    _folder(folder)
    described = [
        {
            "candidate": number,
            "params": {"learning_rate": 0.01 * (number + 1)},
            "spec": {"model": MODEL, "train": TRAIN},
            "mean": 0.5 - 0.1 * number,
        }
        for number in range(candidates)
    ]
    _write(folder / "train.json", {"objective": "val_accuracy", "candidates": described, "winner": 0})
    runs = [
        {
            "candidate": candidate,
            "replicate": replicate,
            "status": "stopped_early",
            "kept_epoch": 1,
            "history": _history(epochs),
        }
        for candidate in range(candidates)
        for replicate in range(1, seeds + 1)
    ]
    _write(folder / "runs.json", {"runs": runs})
    units = (4, 4, 3)
    parameters = np.random.default_rng(1).standard_normal((seeds, Architecture(units, "tanh").parameters))
    np.savez(folder / "model.npz", parameters=parameters.astype(np.float32), units=np.array(units))
    return folder


def _evaluate(folder: Path, seeds: int) -> Path:
    statistic = {"values": [0.5] * seeds, "mean": 0.5, "low": 0.25, "high": 0.75}
    both = {"loss": statistic, "accuracy": statistic}
    evaluation = {
        "task": "classification",
        "params": {"learning_rate": 0.01},
        "spec": {"model": MODEL, "train": TRAIN},
        "metrics": {"train": both, "val": both, "test": both},
        "gap": both,
        "overfitting_epoch": {"values": [None] * seeds, "first": None},
        "verdict": {"label": "fits", "text": "It fits."},
        "baselines": {"majority": {"test": {"accuracy": 0.375}}, "linear": {"test": {"accuracy": 0.4375, "loss": 1.5}}},
    }
    _write(_folder(folder) / "evaluation.json", evaluation)
    return folder


def _folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value))
