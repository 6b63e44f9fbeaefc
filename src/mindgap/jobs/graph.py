"""The graph of jobs: all that is to be computed, by key, known before anything runs; studies add their jobs to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.store.fingerprint import SOURCES, Sources, fingerprint, read, sources
from mindgap.store.job import Address, Job
from mindgap.store.store import MANIFEST


class Graph:
    """Jobs by their keys, each added after those that it reads; equal jobs are one.

    A stage's code begins with its adapter `<scripts>/<stage>.py`; results lie in `<results>/store`.
    """

    def __init__(self, results: Path, scripts: Path) -> None:
        self.results, self._scripts = results, scripts
        self.jobs: dict[str, Job] = {}
        self._read = cache(read)  # each file once
        self._codes: dict[frozenset[Path], tuple[str, Sources]] = {}

    def add(
        self,
        stage: str,
        params: Mapping[str, Any],
        inputs: Mapping[str, Job] | None = None,
        *,
        components: Iterable[Path] = (),
        parts: Sequence[Job] = (),
        after: Sequence[Job] = (),
        digest: str | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> Job:
        """Add a job and return it.

        `components` are the files of the components that its params name; see `Job` for the rest. The code of its parts
        is code of its own, as their keys do not enter its key: another cut of the work is the same work.
        """
        entries = frozenset(
            (self._scripts / f"{stage}.py", *components, *(entry for part in parts for entry in part.entries))
        )
        if entries not in self._codes:  # thousands of jobs share a few dozen sets of entries
            self._codes[entries] = fingerprint(entries, self._read), sources(entries, self._read)
        code, files = self._codes[entries]
        job = Job(
            stage,
            dict(params),
            code,
            inputs={name: given.address for name, given in (inputs or {}).items()},
            digest=digest,
            entries=tuple(sorted(entries)),
            parts=tuple(part.address for part in parts),
            after=tuple(gate.address for gate in after),
            told={**(told or {}), SOURCES: files},
        )
        known = self.jobs.get(job.key)
        if known is not None:  # what it waits for may differ, as with gates that stop the one study and not the other
            job = replace(known, after=tuple(dict.fromkeys((*known.after, *job.after))))
        self.jobs[job.key] = job
        return job

    def __getitem__(self, key: str) -> Job:
        """The job of a key. Raises UserError if there is none."""
        if key not in self.jobs:
            raise UserError(f"{key}: no result of these params has this key")
        return self.jobs[key]

    def beneath(self, jobs: Iterable[Job]) -> dict[str, Job]:
        """Jobs and all that they rest on, by key, each after those that it rests on."""
        found: dict[str, Job] = {}

        def add(some: Iterable[Job]) -> None:
            for job in some:
                if job.key not in found:
                    add(self[address.key] for address in (*job.inputs.values(), *job.parts))
                    found[job.key] = job

        add(jobs)
        return found

    def folder(self, address: Address) -> Path:
        """Where a result is kept."""
        return self.results / "store" / address.stage / address.key

    def manifest(self, address: Address) -> Path:
        """The file that says that a result is there."""
        return self.folder(address) / MANIFEST

    def needs(self, job: Job) -> dict[str, list[str]]:
        """The manifests that must be there before a job can run, by the names that it knows them by."""
        needed = {**{name: (address,) for name, address in job.inputs.items()}, "parts": job.parts, "after": job.after}
        return {name: [str(self.manifest(address)) for address in given] for name, given in needed.items()}
