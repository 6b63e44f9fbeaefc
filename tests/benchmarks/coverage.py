"""How often a study's intervals hold what they name, and what it says where there is nothing to learn, by simulation.

Whole studies of fresh data, each with other rows and other seeds, run in this process by their own adapters. The truth
of a setting is the mean over its studies of what their networks reach on fresh rows.

    python -m tests.benchmarks.coverage [studies of each setting] [studies of random labels]
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import sys  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Callable  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from tempfile import TemporaryDirectory  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from mindgap.data.apply import apply_to_rows  # noqa: E402
from mindgap.data.preparation import Preparation  # noqa: E402
from mindgap.data.prepared import Dataset, Split  # noqa: E402
from mindgap.data.sources.synthetic import moons  # noqa: E402
from mindgap.jobs.graph import Graph  # noqa: E402
from mindgap.jobs.study import add_study  # noqa: E402
from mindgap.params.load import load_study  # noqa: E402
from mindgap.params.run import RunSpec  # noqa: E402
from mindgap.results.baselines import Baselines  # noqa: E402
from mindgap.results.evaluation import Evaluation  # noqa: E402
from mindgap.results.statistic import Statistic  # noqa: E402
from mindgap.results.training import Training  # noqa: E402
from mindgap.results.weights import read_weights  # noqa: E402
from mindgap.stages.evaluate import network_of  # noqa: E402
from mindgap.stages.verdict import verdict  # noqa: E402
from mindgap.training.measure import CHUNK, measure  # noqa: E402
from mindgap.training.networks import loss_of, population_of  # noqa: E402
from tests.driver import SCRIPTS, drive  # noqa: E402

FRESH = 20_000
"""Rows that tell what networks truly reach."""

Data = tuple[NDArray[np.float64], NDArray[Any]]
Draw = Callable[[np.random.Generator, int], Data]


def points(random: np.random.Generator, rows: int, noise: float = 0.35) -> Data:
    """Two noisy half moons."""
    y = np.arange(rows) % 2
    return moons(y, 2, random) + noise * random.standard_normal((rows, 2)), y


def chance(random: np.random.Generator, rows: int) -> Data:
    """Labels that no feature knows of."""
    return random.standard_normal((rows, 6)), np.arange(rows) % 2


def values(random: np.random.Generator, rows: int) -> Data:
    """A number that follows from eight features, two of them together, with noise."""
    x = random.standard_normal((rows, 8))
    y = x @ np.linspace(0.2, 1.0, 8) + np.maximum(x[:, 0] * x[:, 1], 0) + random.standard_normal(rows)
    return x, y


SEARCH = {
    "space": {"learning_rate": {"log_uniform": [0.01, 0.3]}, "l2": {"log_uniform": [1e-5, 1e-1]}},
    "levels": {"only": {"trials": 12, "epochs": 20}},
}


@dataclass(frozen=True)
class Setting:
    """Studies of one kind, and how many rows and seeds they have."""

    name: str
    draw: Draw
    rows: int
    seeds: int
    params: dict[str, Any] = field(default_factory=dict)


SETTINGS = (
    Setting("points", points, 300, 3),
    Setting("points", points, 300, 5),
    Setting("points", points, 1000, 3),
    Setting("points", points, 1000, 5),
    Setting("points, stopped and searched", points, 300, 5, {"search": SEARCH}),
    Setting("points, one seed", points, 300, 1),
    Setting("points, little noise", partial(points, noise=0.15), 300, 3),
    Setting("regression", values, 400, 3),
    Setting("regression, stopped and searched", values, 400, 5, {"search": SEARCH}),
)

RANDOM = Setting("random labels", chance, 300, 3, {"search": SEARCH, "final": {"candidates": 3, "seeds": 3}})


@dataclass(frozen=True)
class Found:
    """A study's evaluation, and what its networks reach on fresh rows, by metric; the baselines likewise."""

    evaluation: Evaluation
    best: float | None
    fresh: dict[str, float]
    baselines: dict[str, dict[str, float]]


def study(setting: Setting, number: int) -> Found:
    """One study of a setting, of its own data and seed."""
    random = np.random.default_rng([number, setting.rows, setting.seeds])
    x, y = setting.draw(random, setting.rows)
    is_regression = y.dtype.kind == "f"
    with TemporaryDirectory() as folder:
        np.savez(Path(folder) / "rows.npz", x=x, y=y)
        task = {"task": "regression"} if is_regression else {}
        early = {"patience": 10, "metric": "val_rmse" if is_regression else "val_accuracy"}
        params = {
            "study": "simulated",
            "seed": number,
            "data": {"source": "npz", "path": f"{folder}/rows.npz", **task},
            "model": {"hidden": [16]},
            "train": {
                "epochs": 40,
                "batch_size": 16,
                "learning_rate": 0.02,
                "early_stopping": early if setting.params else None,
            },
            "check": {"on_failure": "warn"},
            "search": None,
            "final": {"seeds": setting.seeds, "candidates": 2},
            **setting.params,
        }
        graph = Graph(Path(folder) / "results", SCRIPTS)
        jobs = add_study(graph, load_study(params))
        for job in graph.jobs.values():
            if job.stage != "check":
                drive(graph, job)
        folders = {name: graph.folder(job.address) for name, job in jobs.named.items()}
        return found(setting, random, *(folders[name] for name in ("prepare", "train", "baselines", "evaluate")))


def found(
    setting: Setting, random: np.random.Generator, prepare: Path, train: Path, baselines: Path, evaluate: Path
) -> Found:
    """What the networks and baselines of a study reach on fresh rows, beside its evaluation."""
    dataset, training = Dataset.read(prepare), Training.read(train)
    x, y = setting.draw(random, FRESH)
    prepared = apply_to_rows(Preparation.read(prepare), x)
    target = dataset.target
    split = (
        Split(prepared, y.astype(np.int64))
        if target is None
        else Split(prepared, ((y - target.mean) / target.scale).astype(np.float32), target.scale)
    )
    run, rows = RunSpec(**training.won.spec, seed=0), read_weights(train)
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, CHUNK)
    networks.values[:] = np.stack(rows)
    reached = measure(networks, split, loss_of([run] * len(rows)), thorough=True).metrics
    simple = {
        name: measure(network_of(linear), split, loss_of([run])).metrics
        for name, linear in Baselines.read_all(baselines).items()
    }
    return Found(
        Evaluation.read(evaluate),
        training.won.mean,
        {metric: float(values.mean()) for metric, values in reached.items()},
        {name: {metric: float(values[0]) for metric, values in own.items()} for name, own in simple.items()},
    )


def held(statistics: list[Statistic], truth: float) -> str:
    """The share of intervals that hold a truth."""
    return f"{np.mean([s.low is not None and s.high is not None and s.low <= truth <= s.high for s in statistics]):.3f}"


def coverage(setting: Setting, studies: list[Found]) -> None:
    """Print a line a metric."""
    evaluations = [one.evaluation for one in studies]
    metrics = list(evaluations[0].gap)
    truth = {metric: float(np.mean([one.fresh[metric] for one in studies])) for metric in metrics}

    def average(split: str, metric: str) -> float:
        return float(np.mean([one.metrics[split][metric].mean for one in evaluations]))

    print(f"\n{setting.name}, {setting.rows} rows, {setting.seeds} seeds, {len(studies)} studies")
    for metric in metrics:
        learned, seen = average("train", metric), average("val", metric)
        line = {
            "test": held([one.metrics["test"][metric] for one in evaluations], truth[metric]),
            "gap to test": held([one.test_gap[metric] for one in evaluations], learned - truth[metric]),
            "validation": held([one.metrics["val"][metric] for one in evaluations], seen),
            "gap to validation": held([one.gap[metric] for one in evaluations], learned - seen),
        }
        for baseline in evaluations[0].advantage:
            if metric in evaluations[0].advantage[baseline]:
                ahead = truth[metric] - float(np.mean([one.baselines[baseline][metric] for one in studies]))
                line[f"ahead of {baseline}"] = held([one.advantage[baseline][metric] for one in evaluations], ahead)
        print(f"  {metric:<11} true {truth[metric]:.4f} | " + " | ".join(f"{k} {v}" for k, v in line.items()))


def randomness(studies: list[Found]) -> None:
    """Print what studies of random labels say."""
    evaluations = [one.evaluation for one in studies]
    print(f"\nrandom labels, {RANDOM.rows} rows, {RANDOM.seeds} seeds, {len(studies)} studies")
    print("  verdicts:", dict(Counter(verdict(one).label for one in evaluations)))
    for name, value in {
        "validation": [one.metrics["val"]["accuracy"].mean for one in evaluations],
        "test": [one.metrics["test"]["accuracy"].mean for one in evaluations],
        "gap to validation": [one.gap["accuracy"].mean for one in evaluations],
        "gap to test": [one.test_gap["accuracy"].mean for one in evaluations],
    }.items():
        print(f"  {name}: {np.mean(value):.3f}")


def main(count: int = 200, labels: int = 40) -> None:
    """Simulate all settings, two studies at a time."""
    with ProcessPoolExecutor(2) as pool:
        for setting in SETTINGS:
            coverage(setting, list(pool.map(partial(study, setting), range(count), chunksize=4)))
        randomness(list(pool.map(partial(study, RANDOM), range(labels), chunksize=4)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
