"""A study's jobs run one after another in this process, each by its own adapter, as Snakemake would run them.

As a program: `python -m tests.driver <folder>` runs two small studies there, a classification and a regression.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs, add_study
from mindgap.params.load import load_study
from mindgap.store.job import Job

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow/scripts"

SMALL: dict[str, Any] = {
    "model": {"hidden": [8]},
    "train": {"epochs": 3},
    "search": {
        "space": {"learning_rate": {"log_uniform": [0.01, 0.2]}, "activation": {"categorical": ["relu", "tanh"]}},
        "levels": {"coarse": {"trials": 4, "epochs": 2}, "fine": {"trials": 3, "epochs": 2}},
    },
    "final": {"candidates": 2, "seeds": 2},
    "workflow": {"shard_size": 3},
}


OTHER: dict[str, Any] = {
    "study": "sine",
    "data": {"source": "synthetic", "kind": "sine", "rows": 120},
    "model": {"hidden": [8], "activation": "leaky_relu", "normalization": "batch"},
    "train": {
        "loss": "huber",
        "optimizer": "adam",
        "schedule": "cosine",
        "epochs": 3,
        "dropout": 0.2,
        "early_stopping": {"metric": "val_rmse"},
        "monitors": "full",
    },
    "check": {"permutation": 19, "on_failure": "warn"},
    "search": None,
    "final": {"seeds": 2},
}
"""A regression, of other components, with all gates."""


def small_study(results: Path, params: dict[str, Any] = SMALL) -> tuple[Graph, StudyJobs]:
    """The jobs of a small study."""
    graph = Graph(results, SCRIPTS)
    return graph, add_small(graph, params)


def add_small(graph: Graph, params: dict[str, Any]) -> StudyJobs:
    """Add the jobs of a small study, whose params replace blocks of the default one, to a graph."""
    base = yaml.safe_load((ROOT / "params/study.yaml").read_text())
    return add_study(graph, load_study({**base, **params}))


def drive(graph: Graph, job: Job) -> None:
    """Run a job's adapter."""
    snakemake = SimpleNamespace(
        params=SimpleNamespace(job=job),
        output=[str(graph.manifest(job.address))],
        log=[str(graph.results / "logs" / f"{job.key}.log")],
    )
    script = SCRIPTS / f"{job.stage}.py"
    exec(compile(script.read_bytes(), script, "exec"), {"snakemake": snakemake, "__name__": "adapter"})


def main(folder: str) -> None:
    graph, _ = small_study(Path(folder))
    add_small(graph, OTHER)
    for job in graph.jobs.values():
        drive(graph, job)


if __name__ == "__main__":
    main(*sys.argv[1:])
