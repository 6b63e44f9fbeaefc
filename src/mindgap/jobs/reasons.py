"""Why a stage is computed: what differs from the study's current result, or else from the nearest that is there."""

from collections import defaultdict

from mindgap.dotted import flatten
from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs
from mindgap.results.view import shown_keys
from mindgap.store.job import Job
from mindgap.store.store import Manifest, manifests


def explain(graph: Graph, jobs: StudyJobs) -> list[str]:
    """One line a stage: reused, or computed with the params, code or data that differ.

    They are held against the result that the study's view shows now, or where it shows none, against the nearest.
    """
    shown = shown_keys(graph.results / jobs.study.study)
    earlier: dict[str, list[Manifest]] = defaultdict(list)
    for manifest in manifests(graph.results / "store"):
        earlier[manifest.stage].append(manifest)
    names = {job.key: name for name, job in jobs.named.items()}
    width = max(len(name) for name in jobs.named)
    lines = []
    for name, job in jobs.named.items():
        if graph.manifest(job.address).is_file():
            verdict = "reused"
        elif shown.get(name) == job.key:
            verdict = "computed: its result is no longer in the store"
        else:
            own = [manifest for manifest in earlier[job.stage] if manifest.key == shown.get(name)]
            verdict = f"computed: {_reason(job, own or earlier[job.stage], names)}"
        lines.append(f"{name:<{width}}  {job.key}  {verdict}")
    return lines


def _reason(job: Job, earlier: list[Manifest], names: dict[str, str]) -> str:
    """What differs from the nearest of earlier results of the same stage."""
    found = sorted((differences(manifest, job, names) for manifest in earlier), key=len)
    return "; ".join(found[0]) if found else "there is no earlier result of this stage"


def differences(manifest: Manifest, job: Job, names: dict[str, str]) -> list[str]:
    """What a stored result and a job differ in, in words; `names` says what stage a key belongs to."""
    then, now = flatten(manifest.params), flatten(job.params)
    changed = [
        f"{path} {then.get(path, 'absent')} -> {now.get(path, 'absent')}"
        for path in sorted(then.keys() | now.keys())
        if then.get(path, "absent") != now.get(path, "absent")
    ]
    if manifest.digest != job.digest:
        changed.append("the data's content changed")
    if manifest.code != job.code:
        changed.append("it runs other code (edited, or of other components)")
    for name, address in job.inputs.items():
        if manifest.inputs.get(name) != address.key:
            changed.append(f"{names.get(address.key, name)} changed")
    return changed
