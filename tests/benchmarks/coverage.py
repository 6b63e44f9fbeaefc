"""How often a study's intervals hold what they name, and what it says where there is nothing to learn, by simulation.

Whole studies of fresh data, each with other rows and other seeds, run in this process by their own adapters. What
networks truly reach is measured by others of the same params, of so many more seeds, on fresh rows. Each share of
intervals that hold the truth is given twice: of networks trained on the study's own rows, and, in brackets, of networks
trained on other rows, the mean over all studies.

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
from mindgap.data.prepared import Dataset, Split, open_split  # noqa: E402
from mindgap.data.sources.synthetic import moons  # noqa: E402
from mindgap.jobs.graph import Graph  # noqa: E402
from mindgap.jobs.study import add_study  # noqa: E402
from mindgap.metrics import METRICS  # noqa: E402
from mindgap.params.load import load_study  # noqa: E402
from mindgap.params.run import RunSpec  # noqa: E402
from mindgap.results.baselines import Baselines  # noqa: E402
from mindgap.results.evaluation import Evaluation  # noqa: E402
from mindgap.results.statistic import Statistic  # noqa: E402
from mindgap.results.training import Training  # noqa: E402
from mindgap.results.weights import read_weights  # noqa: E402
from mindgap.stages.rivals import network_of  # noqa: E402
from mindgap.stages.verdict import verdict  # noqa: E402
from mindgap.training.cohort import train_runs  # noqa: E402
from mindgap.training.measure import CHUNK, measure  # noqa: E402
from mindgap.training.networks import loss_of, population_of  # noqa: E402
from tests.driver import SCRIPTS, drive  # noqa: E402

FRESH, SEEDS = 10_000, 20
"""Rows and seeds that tell what networks truly reach."""

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
    Setting("points, little noise", partial(points, noise=0.15), 300, 5),
    Setting("regression", values, 400, 3),
    Setting("regression, stopped and searched", values, 400, 5, {"search": SEARCH}),
)

RANDOM = Setting("random labels", chance, 300, 3, {"search": SEARCH, "final": {"candidates": 3, "seeds": 3}})


Scores = dict[str, float]
"""By metric."""


@dataclass(frozen=True)
class Found:
    """A study's evaluation, and what networks like its own truly reach on its training rows and on fresh ones.

    With one seed, they are the study's own. `baselines` are those of the study, on fresh rows.
    """

    evaluation: Evaluation
    learned: Scores
    fresh: Scores
    baselines: dict[str, Scores]


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
            "data": {"source": "npz", "path": f"{folder}/rows.npz", "folds": None, **task},
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
    """What networks and baselines truly reach, beside a study's evaluation."""
    dataset, training, evaluation = Dataset.read(prepare), Training.read(train), Evaluation.read(evaluate)
    x, y = setting.draw(random, FRESH)
    prepared, target = apply_to_rows(Preparation.read(prepare), x), dataset.target
    fresh = (
        Split(prepared, y.astype(np.int64))
        if target is None
        else Split(prepared, ((y - target.mean) / target.scale).astype(np.float32), target.scale)
    )
    known, chosen = open_split(prepare, "train"), open_split(prepare, "val")
    run = RunSpec(**training.won.spec, seed=1)
    if setting.seeds == 1:
        rows = read_weights(train)
    else:
        runs = [run.model_copy(update={"replicate": replicate}) for replicate in range(1, SEEDS + 1)]
        rows = [result.parameters for result in train_runs(runs, known, chosen, dataset.outputs)]
        rows = [values for values in rows if len(values)]
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, CHUNK)
    networks.values[:] = np.stack(rows)
    learned, reached = (
        {name: float(values.mean()) for name, values in measure(networks, split, loss, thorough=True).metrics.items()}
        for split, loss in ((known, loss_of([run] * len(rows))), (fresh, loss_of([run] * len(rows))))
    )
    simple = {
        name: measure(network_of(linear), fresh, loss_of([run])).metrics
        for name, linear in Baselines.read_all(baselines).items()
    }
    return Found(
        evaluation,
        learned,
        reached,
        {name: {metric: float(values[0]) for metric, values in own.items()} for name, own in simple.items()},
    )


def held(statistics: list[Statistic], truths: list[float]) -> str:
    """The share of intervals that hold their own truth, and in brackets that hold the mean of all truths."""

    def share(truth: list[float]) -> float:
        return float(np.mean([one.holds(true) for one, true in zip(statistics, truth, strict=True)]))

    return f"{share(truths):.3f} ({share([float(np.mean(truths))] * len(truths)):.3f})"


def attempt(setting: Setting, number: int) -> Found | None:
    """The same; None where the study ends with a message, as when all its candidates diverge."""
    try:
        return study(setting, number)
    except SystemExit:
        return None


def coverage(setting: Setting, attempts: list[Found | None]) -> None:
    """Print a line a metric."""
    studies = [found for found in attempts if found is not None]
    evaluations = [one.evaluation for one in studies]
    print(f"\n{setting.name}, {setting.rows} rows, {setting.seeds} seeds, {len(studies)} studies", flush=True)
    for metric in evaluations[0].gap:
        fresh = [one.fresh[metric] for one in studies]
        apart = [one.learned[metric] - one.fresh[metric] for one in studies]
        line = {
            "validation": held([one.metrics["val"][metric] for one in evaluations], fresh),
            "test": held([one.metrics["test"][metric] for one in evaluations], fresh),
            "gap to validation": held([one.gap[metric] for one in evaluations], apart),
            "gap to test": held([one.test_gap[metric] for one in evaluations], apart),
        }
        for baseline, ahead in evaluations[0].advantage.items():
            if metric in ahead:
                sign = 1 if METRICS[metric].larger_is_better else -1
                truth = [sign * (one.fresh[metric] - one.baselines[baseline][metric]) for one in studies]
                line[f"ahead of {baseline}"] = held([one.advantage[baseline][metric] for one in evaluations], truth)
        print(f"  {metric:<11}" + " | ".join(f"{name} {value}" for name, value in line.items()))


def randomness(attempts: list[Found | None]) -> None:
    """Print what studies of random labels say."""
    studies = [found for found in attempts if found is not None]
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
            coverage(setting, list(pool.map(partial(attempt, setting), range(count), chunksize=4)))
        randomness(list(pool.map(partial(attempt, RANDOM), range(labels), chunksize=4)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
