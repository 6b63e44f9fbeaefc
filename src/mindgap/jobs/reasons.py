"""Why a job is computed: what differs from the result that is shown now, or else from the nearest that is there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mindgap.dotted import flatten
from mindgap.jobs.claims import ClaimJobs
from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs
from mindgap.jobs.trainings import trainings
from mindgap.results.claim import ClaimKeys
from mindgap.results.view import shown_keys
from mindgap.store.job import Job
from mindgap.store.store import Manifest, manifests


def explain(graph: Graph, jobs: StudyJobs) -> list[str]:
    """One line a stage: reused, or computed with the params, code or data that differ.

    They are held against the result that the study's view shows now, or where it shows none, against the nearest.
    """
    shown = shown_keys(graph.results / jobs.study.study)
    earlier = _earlier(graph)
    names = {job.key: name for name, job in jobs.named.items()}
    told = {
        name: "reused"
        if graph.manifest(job.address).is_file()
        else f"computed: {_reason(job, shown.get(name), earlier[job.stage], names)}"
        for name, job in jobs.named.items()
    }
    width = max(map(len, told))
    return [f"{name:<{width}}  {jobs.keys[name]}  {verdict}" for name, verdict in told.items()]


def explain_claims(graph: Graph, claims: Sequence[ClaimJobs], shown: Mapping[str, ClaimKeys]) -> list[str]:
    """One line for each arm on a task and each judgement that is computed: how many trainings, and what differs.

    They are held against the results that the page shows now, `shown` by claim. A claim of which all is there has one
    line, and what several claims need is explained at the first of them.
    """
    reasons = _ClaimReasons(graph)
    told: dict[str, str] = {}
    for jobs in claims:
        told |= reasons.of(jobs, shown.get(jobs.claim.claim, ClaimKeys())) or {jobs.claim.claim: "reused"}
    width = max(map(len, told), default=0)
    return [f"{name:<{width}}  {verdict}" for name, verdict in told.items()]


class _ClaimReasons:
    """Why jobs of claims are computed, each said once."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._earlier = graph, _earlier(graph)
        self._inputs = {manifest.key: manifest.inputs for manifest in self._earlier["arm"]}
        self._names = {job.key: "data" for job in graph.jobs.values() if job.stage == "arm_data"}
        self._said: dict[str, str] = {}

    def of(self, jobs: ClaimJobs, shown: ClaimKeys) -> dict[str, str]:
        """What is computed of a claim, by name, and why; `shown` are its keys on the page."""
        computed: dict[str, str] = {}
        for (task, arm), slices in jobs.arms.items():
            title = f"{jobs.claim.claim} {task}, {arm}"
            own = shown.arms.get(task, {}).get(arm, [])
            keys = [own[number] if number < len(own) else None for number in range(len(slices))]
            needed = [job for job in self._graph.beneath(slices).values() if job.stage != "arm_data"]
            self._names |= {job.key: "tuning" for job in needed if job.stage == "arm_tuning"}
            self._names |= {job.key: f"{task}, {arm}" for job in slices}
            # Of new replicates, none is shown; the first tell what differs.
            compared = {job.key: key or keys[0] for job, key in zip(slices, keys, strict=True)}
            tuned = self._inputs.get(keys[0] or "", {}).get("tuned")
            computed |= self._computed(title, needed, {job.key: compared.get(job.key, tuned) for job in needed})
        judge = jobs.judge
        return computed | self._computed(f"{jobs.claim.claim} judgement", [judge], {judge.key: shown.judge})

    def _computed(self, title: str, needed: Sequence[Job], shown: Mapping[str, str | None]) -> dict[str, str]:
        """Why those of the jobs are computed that are not there, by the title; nothing if all are."""
        missing = [job for job in needed if not self._graph.manifest(job.address).is_file()]
        new = [job for job in missing if job.key not in self._said]
        self._said |= {job.key: title for job in new}
        if new:
            count = trainings(new)
            made = f"computed, {count:,} trainings" if count else "computed"
            return {title: f"{made}: {self._reason(new[0], shown[new[0].key])}"}
        return {title: f"computed with {self._said[missing[0].key]}"} if missing else {}

    def _reason(self, job: Job, shown: str | None) -> str:
        return _reason(job, shown, self._earlier[job.stage], self._names)


def _earlier(graph: Graph) -> dict[str, list[Manifest]]:
    """What is in the store, by stage."""
    earlier: dict[str, list[Manifest]] = defaultdict(list)
    for manifest in manifests(graph.results / "store"):
        earlier[manifest.stage].append(manifest)
    return earlier


def _reason(job: Job, shown: str | None, earlier: list[Manifest], names: Mapping[str, str]) -> str:
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
