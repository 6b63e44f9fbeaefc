"""Why a job is computed: what differs from the result that is shown now, or else from the nearest that is there."""

from collections import defaultdict
from collections.abc import Mapping

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
    earlier = earlier_results(graph)
    names = {job.key: name for name, job in jobs.named.items()}
    told = {
        name: "reused"
        if graph.manifest(job.address).is_file()
        else f"computed: {reason_for(job, shown.get(name), earlier[job.stage], names)}"
        for name, job in jobs.named.items()
    }
    width = max(map(len, told))
    return [f"{name:<{width}}  {jobs.keys[name]}  {verdict}" for name, verdict in told.items()]


def earlier_results(graph: Graph) -> dict[str, list[Manifest]]:
    """What is in the store, by stage."""
    earlier: dict[str, list[Manifest]] = defaultdict(list)
    for manifest in manifests(graph.results / "store"):
        earlier[manifest.stage].append(manifest)
    return earlier


def reason_for(job: Job, shown: str | None, earlier: list[Manifest], names: Mapping[str, str]) -> str:
    """What differs from the result that is shown, or else from the nearest of earlier results of the same stage."""
    if shown == job.key:
        return "its result is no longer in the store"
    own = [manifest for manifest in earlier if manifest.key == shown]
    found = sorted((differences(manifest, job, names) for manifest in own or earlier), key=len)
    return "; ".join(found[0]) if found else "there is no earlier result of this stage"


def differences(manifest: Manifest, job: Job, names: Mapping[str, str]) -> list[str]:
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
    return list(dict.fromkeys(changed))
