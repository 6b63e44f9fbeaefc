"""Run times: what the jobs of a study, or of each claim, took; they stay out of all that must be the same bytes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mindgap.results.claim import ClaimView
from mindgap.store.documents import write_json
from mindgap.store.lock import run_started
from mindgap.store.store import Manifest, Runtime


@dataclass(frozen=True)
class Times:
    """Seconds that jobs took, and how many of them the last run computed, or found in the store."""

    wall_seconds: float
    cpu_seconds: float
    jobs_run: int
    jobs_reused: int


@dataclass(frozen=True)
class ClaimTimes:
    """Of all jobs that a claim rests on, and of those that no other claim of the page does."""

    all: Times
    alone: Times


def write_runtime(manifests: Mapping[str, list[Path]], results: Path, out: Path) -> None:
    """Write `Times` by stage. Shards need not be there any more where another cut of the work made the result."""
    begun = run_started(results)
    write_json(out, {stage: _times(_read(paths).values(), begun) for stage, paths in manifests.items()})


def write_claims_runtime(views: Sequence[ClaimView], results: Path, out: Path) -> None:
    """Write `ClaimTimes` by claim, and `Times` of all their jobs by stage and together, each job counted once.

    `measured` are the seconds that simulations and probes measured themselves, by claim, task and arm.
    """
    begun = run_started(results)
    jobs = {view.claim.claim: [path for own in view.manifests.values() for path in own] for view in views}
    took = _read(path for own in jobs.values() for path in own)
    users = Counter(path for own in jobs.values() for path in own)

    def times(paths: Iterable[Path]) -> Times:
        return _times([took[path] for path in paths if path in took], begun)

    stages: dict[str, set[Path]] = {}
    for view in views:
        for stage, own in view.manifests.items():
            stages.setdefault(stage, set()).update(own)
    claims = {
        name: ClaimTimes(times(own), times(path for path in own if users[path] == 1)) for name, own in jobs.items()
    }
    write_json(
        out,
        {
            "claims": claims,
            "stages": {stage: times(own) for stage, own in stages.items()},
            "together": times(users),
            "measured": {view.claim.claim: found for view in views if (found := measured_seconds(view))},
        },
    )


def measured_seconds(view: ClaimView) -> dict[str, dict[str, dict[str, float]]]:
    """The seconds that a claim's simulations and probes measured, by task and arm, where they measured any."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for task, arms in view.arms.items():
        for arm, folders in arms.items():
            if seconds := Manifest.read(folders[0]).runtime.measured:
                found.setdefault(task, {})[arm] = seconds
    return found


def _read(paths: Iterable[Path]) -> dict[Path, Runtime]:
    return {path: Manifest.read(path.parent).runtime for path in set(paths) if path.is_file()}


def _times(runtimes: Iterable[Runtime], begun: float) -> Times:
    entries = [*runtimes]
    ran = sum(entry.start >= begun for entry in entries)
    return Times(
        wall_seconds=round(sum(entry.wall_seconds for entry in entries), 3),
        cpu_seconds=round(sum(entry.cpu_seconds for entry in entries), 3),
        jobs_run=ran,
        jobs_reused=len(entries) - ran,
    )
