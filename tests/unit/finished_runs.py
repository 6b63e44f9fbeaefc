"""Makes the trials, runs and networks of a finished study: curves as smooth as they never are, and some that end."""

from dataclasses import replace
from typing import Any

import numpy as np

from mindgap.nn.architecture import Architecture
from mindgap.results.level import Best, Counts, Importance, Level, Narrowing, Space
from mindgap.results.run import Status
from mindgap.results.runs import FinalRun
from mindgap.results.training import Candidate, Training
from mindgap.results.trials import Trial
from mindgap.search.ranking import expected_best, rank
from mindgap.tasks import TASKS

SPACES: dict[str, Space] = {
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
SEARCHED: dict[str, Any] = {"learning_rate": 0.0437, "l2": 1.3e-05, "activation": "relu"}
PATIENCE = 10


def errors(r2: Any, unit: float) -> dict[str, Any]:
    """The metrics of a regression whose share of the variance explained is `r2`."""
    return {"rmse": unit * np.sqrt(1 - r2), "mae": 0.8 * unit * np.sqrt(1 - r2), "r2": r2, "loss": 1 - r2}


class Curves:
    """Histories, and what trials reach."""

    def __init__(self, random: np.random.Generator, task: str, unit: float) -> None:
        self.random, self.task, self.unit = random, task, unit
        self.objective = f"val_{TASKS[task].headline}"

    def history(self, epochs: int, hidden: int) -> dict[str, Any]:
        at = np.arange(epochs + 1)
        noise = 0.006 * self.random.normal(size=epochs + 1)
        if self.task == "classification":
            train = {"loss": 2.3 * np.exp(-at / 2.2) + 0.003, "accuracy": 1 - 0.9 * np.exp(-at / 2.0)}
            val = {
                "loss": 2.3 * np.exp(-at / 2.2) + 0.07 + 0.0012 * np.maximum(at - 20, 0) + noise,
                "accuracy": 0.978 - 0.878 * np.exp(-at / 2.0) + 0.3 * noise,
            }
        else:
            learned = 1 - 1.1 * np.exp(-at / 3.0)
            train = errors(0.55 * learned + 0.004 * np.maximum(at - 15, 0), self.unit)
            val = errors(0.51 * learned - 0.002 * np.maximum(at - 20, 0) + noise, self.unit)
        layer = np.arange(hidden + 1)
        ratio = [[None] * (hidden + 1), *(3e-3 * np.exp(-at[1:, None] / 30 - 0.5 * layer)).tolist()]
        flat = 0.5 + 0.1 * (1 - np.exp(-at[:, None] / 10)) + 0.08 * layer[:hidden]
        dead = 0.04 * (1 - np.exp(-at[:, None] / 15)) * (1 + layer[:hidden])
        return {
            **{f"train_{name}": values.tolist() for name, values in train.items()},
            **{f"val_{name}": values.tolist() for name, values in val.items()},
            "update_ratio": ratio,
            "gradient_norm": ratio,
            "weight_norm": (2.0 + 0.1 * at[:, None] + layer).tolist(),
            "flat": flat.tolist(),
            "dead": dead.tolist(),
        }

    def reached(self, params: dict[str, Any], best: float) -> tuple[float, float] | None:
        """A trial's objective and validation loss, by its params; None where it diverges."""
        rate = np.log10(params["learning_rate"])
        if rate > -0.35 + 0.2 * self.random.normal():
            return None
        error = 1 - best + 0.01 * (rate + 1.4) ** 2 + 0.6 / (1 + np.exp(-3 * (-3.4 - rate))) + 0.1 * params["l2"]
        share = np.round(np.clip(1 - error * np.exp(0.25 * self.random.normal()), 0.08, 1) * 360) / 360
        if self.task == "classification":
            return float(share), float(3 * (1 - share) + 0.02)
        return float(errors(share - 0.4, self.unit)["rmse"]), float(1.4 - share)


def _draw(random: np.random.Generator, domain: dict[str, list[Any]]) -> Any:
    kind, ends = next(iter(domain.items()))
    if kind == "categorical":
        return ends[random.integers(len(ends))]
    if kind == "integer":
        return int(random.integers(ends[0], ends[1] + 1))
    if kind == "log_uniform":
        return float(10 ** random.uniform(*np.log10(ends)))
    return float(random.uniform(*ends))


def make_level(curves: Curves, name: str, place: int, count: int) -> tuple[Level, tuple[Trial, ...]]:
    """A level whose last trial diverged, with its trials."""
    space, epochs = SPACES[name], 8 + 22 * place
    trials = tuple(
        _trial(curves, number, space, 0.972 + 0.008 * place, epochs, lost=number == count - 1)
        for number in range(count)
    )
    ranking = rank(trials, curves.objective)
    best = trials[ranking[0]]
    assert best.value is not None
    assert best.val_loss is not None
    level = Level(
        level=name,
        objective=curves.objective,
        sampler="random",
        epochs=epochs,
        space=space,
        counts=Counts(count, len(ranking), 0, count - len(ranking)),
        best=Best(best.number, best.params, best.value, best.val_loss),
        ranking=tuple(ranking),
        next_space=SPACES["fine"],
        narrowing=NARROWING,
        importance={
            "learning_rate": Importance(0.81, 3.24, 0.61, 0.0005),
            "l2": Importance(0.12, 0.48, 0.58, 0.112),
            "activation": Importance(0.05, 0.2, 0.31, 0.406),
            "dropout": Importance(0.02, 0.08, 0.6, 0.997),
        },
        expected_best=tuple(expected_best([trial.value for trial in trials], curves.objective)),
    )
    return level, trials


NARROWING = (
    Narrowing("activation", "categorical", ["relu", "tanh", "sigmoid"], ["relu", "tanh"], ["relu", "tanh", "relu"]),
    Narrowing("l2", "log_uniform", [1e-6, 1.0], [1e-8, 1e-3], [1.2e-6, 5e-6, 4e-4], "low", True),
    Narrowing("learning_rate", "log_uniform", [1e-5, 1.0], [0.008, 0.3], [0.04, 0.012, 0.21]),
)


def _trial(curves: Curves, number: int, space: Space, best: float, epochs: int, *, lost: bool) -> Trial:
    params = {name: _draw(curves.random, domain) for name, domain in space.items()}
    reached = curves.reached(params, best)
    value, val_loss = reached or (None, None)
    trial = Trial(
        number=number,
        params=params,
        status="finished",
        kept_epoch=epochs,
        value=value,
        val_loss=val_loss,
        history=curves.history(epochs, len(params["hidden"])),
    )
    return replace(trial, **diverged(trial.history)) if lost or reached is None else trial


def diverged(history: dict[str, list[Any]]) -> dict[str, Any]:
    """What differs of a run whose first epoch ended in numbers that are none."""
    cut = {name: values[:2] for name, values in history.items()}
    cut |= {name: [cut[name][0], None] for name in cut if name.startswith(("train_", "val_"))}
    status: Status = "diverged"
    return {"status": status, "kept_epoch": 0, "value": None, "val_loss": None, "history": cut}


def _inside(epochs: int, hidden: int) -> dict[str, Any]:
    """What the full monitors add: activations that shrink from layer to layer, and copies in the last one."""
    at, layer = np.arange(epochs + 1)[:, None], np.arange(hidden)
    mean = (0.4 + 0.2 * np.log1p(at)) * 0.6**layer
    low, high = -0.1 * mean, 4 * mean
    return {
        "activation_mean": mean.tolist(),
        "activation_std": (0.8 * mean).tolist(),
        "activation_range": np.stack([low, high], axis=-1).tolist(),
        "activation_histogram": [[None] * hidden, *[[[50] * 20] * hidden] * epochs],
        "sparsity": [[0.02] * (hidden + 1)] * (epochs + 1),
        "copies": (0.1 * (layer > 0) + 0 * at).tolist(),
    }


def make_run(curves: Curves, candidate: int, seed: int, epochs: int, hidden: int, full: bool) -> FinalRun:
    share = 0.975 - 0.004 * candidate + 0.002 * float(curves.random.normal())
    return FinalRun(
        candidate=candidate,
        replicate=seed,
        status="stopped_early",
        kept_epoch=epochs - PATIENCE,
        value=share if curves.task == "classification" else float(errors(share - 0.45, curves.unit)["rmse"]),
        val_loss=0.08,
        history={**curves.history(epochs, hidden), **(_inside(epochs, hidden) if full else {})},
    )


def make_training(
    runs: tuple[FinalRun, ...], ranking: tuple[int | None, ...], seeds: int, spec: dict[str, Any], objective: str
) -> Training:
    """The candidates are the first of the fine level's ranking."""
    return Training(
        objective,
        tuple(
            _candidate(number, trial, [run for run in runs if run.candidate == number], spec)
            for number, trial in enumerate(ranking)
        ),
        winner=0,
        replicates=tuple(range(1, seeds + 1)),
    )


def _candidate(number: int, trial: int | None, runs: list[FinalRun], spec: dict[str, Any]) -> Candidate:
    rate = SEARCHED["learning_rate"] / (1 + number)
    values = tuple(run.value for run in runs)
    reached = [value for value in values if value is not None]
    return Candidate(
        candidate=number,
        trial=trial,
        level=None if trial is None else "fine",
        params={**SEARCHED, "learning_rate": rate},
        spec={**spec, "train": {**spec["train"], "learning_rate": rate}},
        values=values,
        mean=float(np.mean(reached)) if len(reached) == len(values) else None,
        val_loss=0.08 if len(reached) == len(values) else None,
    )


def make_weights(random: np.random.Generator, architecture: Architecture, seeds: int) -> np.ndarray:
    """Weights of networks whose first layer looks for smooth strokes, where features are 8 x 8 pixels."""
    rows = np.zeros((seeds, architecture.values), np.float32)
    for weights, _ in architecture.layers(rows):
        weights[:] = random.normal(size=weights.shape)
    if architecture.units[0] == 64 and not architecture.blocks:
        architecture.views(rows)["dense1.weights"][:] = _strokes(random, architecture.shapes[0][1])
    return rows


def _strokes(random: np.random.Generator, count: int) -> np.ndarray:
    """Shape (64, count)."""
    y, x = np.mgrid[0:8, 0:8]
    angle, phase, size = random.uniform(0, np.pi, count), random.uniform(0, 6, count), random.uniform(0.1, 0.5, count)
    wave = np.cos(np.multiply.outer(x, np.cos(angle)) + np.multiply.outer(y, np.sin(angle)) + phase)
    return (size * wave).reshape(64, count) + 0.03 * random.normal(size=(64, count))
