"""Why jobs of claims are computed: what differs from the results that their page shows now."""

from collections.abc import Mapping, Sequence

from mindgap.jobs.claims import ClaimJobs
from mindgap.jobs.graph import Graph
from mindgap.jobs.reasons import earlier_results, reason_for
from mindgap.jobs.trainings import trainings
from mindgap.results.claim import ClaimKeys
from mindgap.store.job import Job


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
        self._graph, self._earlier = graph, earlier_results(graph)
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
        return reason_for(job, shown, self._earlier[job.stage], self._names)
