"""Trainings: how many the claims name, how many the jobs make that they share, and how far these are."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mindgap.claims.simulations import simulation_of
from mindgap.jobs.graph import Graph
from mindgap.store.job import Job
from mindgap.training.progress import tell

EVERY = 10.0
"""Seconds between two lines."""


def _replicates(job: Job) -> int:
    start, stop = map(int, job.params["slice"])
    return stop - start


def _searched(job: Job) -> int:
    return _replicates(job) * sum(int(level["trials"]) for level in job.params["levels"])


def _simulated(job: Job) -> int:
    return sum(simulation_of(job.params["simulation"], point).trainings for point in job.params["points"])


TRAININGS: Mapping[str, Callable[[Job], int]] = {
    "arm": lambda job: _replicates(job) * len(job.params["points"]),
    "arm_search": _searched,
    "arm_simulation": lambda job: _replicates(job) * _simulated(job),
    "arm_tuning": _searched,
}
"""By stage, how many networks a job of a claim trains; those of other stages train none."""


def trainings(jobs: Iterable[Job]) -> int:
    """How many networks the jobs train."""
    return sum(TRAININGS[job.stage](job) for job in jobs if job.stage in TRAININGS)


@dataclass(frozen=True)
class Sharing:
    """How many trainings all arms name, each for itself; by key, the jobs that make them, each but once."""

    named: int
    jobs: dict[str, Job]


def sharing(graph: Graph, arms: Iterable[Sequence[Job]]) -> Sharing:
    """What the arms of all claims, each the jobs of its slices, share; what they tune counts as well."""
    each = [graph.beneath(own) for own in arms]
    made = {key: job for own in each for key, job in own.items() if job.stage in TRAININGS}
    return Sharing(sum(trainings(own.values()) for own in each), made)


class Watch:
    """Tells, now and then, how many claims are judged and trainings made, from the manifests that are there."""

    def __init__(self, graph: Graph, shared: Sharing, judges: Sequence[Job]) -> None:
        self._made = {graph.manifest(job.address): trainings([job]) for job in shared.jobs.values()}
        self._judged = [graph.manifest(job.address) for job in judges]
        self._named, self._all = shared.named, sum(self._made.values())
        self._there, self._since = self._done(), time.monotonic()

    def first(self) -> str:
        """What is shared, and what is there already."""
        return (
            f"{self._named:,} trainings named by {_claims(len(self._judged))}, {self._all:,} made as equal arms are "
            f"shared, {self._there:,} of them there already"
        )

    def line(self) -> str:
        """How far all is now."""
        judged, done = sum(path.is_file() for path in self._judged), self._done()
        said = f"{judged} of {_claims(len(self._judged))} judged, {done:,} of {self._all:,} trainings"
        if self._there < done < self._all:
            left = (time.monotonic() - self._since) * (self._all - done) / (done - self._there)
            return f"{said}, about {left:.0f} s left"
        return said

    def start(self) -> None:
        """Tell it, whenever it has changed, until this process ends; the jobs are others and are not held up."""
        threading.Thread(target=self._tell, daemon=True).start()

    def _tell(self) -> None:
        done = self._done()
        while done < self._all:
            time.sleep(EVERY)
            before, done = done, self._done()
            if done > before:
                tell(f"mindgap: {self.line()}")

    def _done(self) -> int:
        return sum(count for path, count in self._made.items() if path.is_file())


def _claims(count: int) -> str:
    return f"{count} claim{'s' * (count != 1)}"
