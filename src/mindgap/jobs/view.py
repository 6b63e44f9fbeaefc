"""The view of a study whose jobs are in a graph."""

from collections.abc import Mapping
from pathlib import Path

from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs
from mindgap.results.view import View
from mindgap.store.job import Job


def view_of(graph: Graph, jobs: StudyJobs) -> View:
    """What its report and its tracking are told."""

    def folders(named: Mapping[str, Job]) -> dict[str, Path]:
        return {name: graph.folder(job.address) for name, job in named.items()}

    own = {job.key: job for job in (*jobs.named.values(), *jobs.shards)}
    kind = "convolutional network" if jobs.study.model.convolution else "multilayer perceptron"
    manifests: dict[str, list[Path]] = {}
    for job in own.values():
        manifests.setdefault(job.stage, []).append(graph.manifest(job.address))
    return View(
        study=jobs.study.study,
        title=jobs.study.report.title or f"{jobs.study.study}: a {kind}",
        stages=folders(jobs.named),
        levels=folders(jobs.levels),
        keys=jobs.keys,
        digest=jobs.prepare.digest,
        ledger=jobs.evaluate.told["ledger"],
        manifests=manifests,
        folding=jobs.folding,
    )
