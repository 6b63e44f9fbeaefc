"""The view of a study: what its report and its tracking are told, and which keys results/<study> shows now."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs
from mindgap.store.documents import read_json
from mindgap.store.job import Job

KEYS = "keys.json"
"""Says in results/<study> which keys its view shows, by name: prepare, check, search.<level>, train, ..."""


def shown_keys(folder: Path) -> dict[str, str]:
    """The keys that the view in a folder shows; none where there is none, or it cannot be read."""
    try:
        keys: dict[str, str] = read_json(folder / KEYS)
    except (OSError, ValueError):
        return {}
    return keys


@dataclass(frozen=True)
class View:
    """What the adapters of the report and of tracking are told beside their inputs.

    `stages` are the folders of the study's results by the names of its jobs, `levels` those of the search by level, in
    order. `manifests` are those of all jobs, by stage. `digest` is that of the raw data.
    """

    study: str
    title: str
    stages: dict[str, Path]
    levels: dict[str, Path]
    keys: dict[str, str]
    digest: str | None
    ledger: Path
    manifests: dict[str, list[Path]]


def view_of(graph: Graph, jobs: StudyJobs) -> View:
    """The view of a study whose jobs are in a graph."""

    def folders(named: Mapping[str, Job]) -> dict[str, Path]:
        return {name: graph.folder(job.address) for name, job in named.items()}

    own = {job.key: job for job in (*jobs.named.values(), *jobs.shards)}
    manifests: dict[str, list[Path]] = {}
    for job in own.values():
        manifests.setdefault(job.stage, []).append(graph.manifest(job.address))
    return View(
        study=jobs.study.study,
        title=jobs.study.report.title or f"{jobs.study.study}: a multilayer perceptron",
        stages=folders(jobs.named),
        levels=folders(jobs.levels),
        keys=jobs.keys,
        digest=jobs.prepare.digest,
        ledger=jobs.evaluate.told["ledger"],
        manifests=manifests,
    )
