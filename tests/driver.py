"""A study's jobs run one after another in this process, each by its own adapter, as Snakemake would run them.

As a program: `python -m tests.driver <folder> [<stage>]` runs the small study there, all of it or the one job of a
stage, and prints the modules of the package that this has imported.
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


def small_study(results: Path) -> tuple[Graph, StudyJobs]:
    """The jobs of a small study of the digits."""
    base = yaml.safe_load((ROOT / "params/study.yaml").read_text())
    graph = Graph(results, SCRIPTS)
    return graph, add_study(graph, load_study({**base, **SMALL}))


def drive(graph: Graph, job: Job) -> None:
    """Run a job's adapter."""
    snakemake = SimpleNamespace(
        params=SimpleNamespace(job=job),
        output=[str(graph.manifest(job.address))],
        log=[str(graph.results / "logs" / f"{job.key}.log")],
    )
    script = SCRIPTS / f"{job.stage}.py"
    exec(compile(script.read_bytes(), script, "exec"), {"snakemake": snakemake, "__name__": "adapter"})


def main(folder: str, stage: str | None = None) -> None:
    graph, _ = small_study(Path(folder))
    for job in graph.jobs.values():
        if stage in (None, job.stage) and not graph.manifest(job.address).is_file():
            drive(graph, job)


if __name__ == "__main__":
    main(*sys.argv[1:])
