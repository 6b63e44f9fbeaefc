"""Results: written once at their keys, published whole, and checked against their manifests."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.store.documents import Document
from mindgap.store.job import Job
from mindgap.store.keys import file_digest, key_of
from mindgap.store.machine import Machine, git_commit, library_versions, this_machine
from mindgap.store.seconds import taken


@dataclass(frozen=True)
class Runtime:
    """When a job started (ISO, UTC), how long it took, and the seconds that it measured itself, by what took them."""

    started: str
    wall_seconds: float
    cpu_seconds: float
    measured: dict[str, float] = field(default_factory=dict)

    @property
    def start(self) -> float:
        """Seconds since 1970."""
        return datetime.fromisoformat(self.started).timestamp()


@dataclass(frozen=True)
class Manifest(Document):
    """What made a result: all that its key is the hash of, the SHA-256 of each of its files, and where it was made."""

    FILE = "manifest.json"

    stage: str
    key: str
    params: dict[str, Any]
    inputs: dict[str, str]
    digest: str | None
    code: str
    files: dict[str, str]
    runtime: Runtime
    versions: dict[str, str] = field(default_factory=dict)
    machine: Machine | None = None
    git: str | None = None

    def identity(self) -> dict[str, Any]:
        """What was hashed, as `Job.identity` has it."""
        return {name: getattr(self, name) for name in ("stage", "params", "inputs", "digest", "code")}


MANIFEST = Manifest.FILE


@contextmanager
def publish(job: Job, folder: Path) -> Iterator[Path]:
    """Give a new folder to write a job's files to; on success it becomes `folder`, with a manifest, in one step.

    A result appears whole or not at all: whatever stops the job leaves only a temporary folder, which the next
    attempt at the same result removes.
    """
    started, wall, cpu = datetime.now(UTC), time.perf_counter(), time.process_time()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for leftover in folder.parent.glob(f".{folder.name}.*"):
            shutil.rmtree(leftover)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise UserError(f"{folder.parent}: cannot write results there: {error.strerror}") from error
    try:
        yield temporary
        _finish(job, temporary, folder, started, wall, cpu)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _finish(job: Job, temporary: Path, folder: Path, started: datetime, wall: float, cpu: float) -> None:
    """Add the manifest, and put the result in its place."""
    try:
        runtime = Runtime(
            started.isoformat(timespec="milliseconds"),
            round(time.perf_counter() - wall, 3),
            round(time.process_time() - cpu, 3),
            taken(temporary),
        )
        files = {name: file_digest(temporary / name) for name in _files(temporary)}
        Manifest(
            **job.identity(),
            key=job.key,
            files=files,
            runtime=runtime,
            versions=library_versions(),
            machine=this_machine(),
            git=git_commit(),
        ).write(temporary)
        temporary.chmod(0o755)
        if folder.exists():  # without a manifest it is no result: made for it beforehand, or left half removed
            shutil.rmtree(folder)
        temporary.replace(folder)
    except OSError as error:
        raise UserError(f"{folder}: the result could not be written: {error.strerror}") from error


def _files(folder: Path) -> list[str]:
    """The names of all files in a folder, those of its folders with theirs."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def manifests(store: Path) -> list[Manifest]:
    """The manifests of all results in a store, by stage and key; what cannot be read is left to `corrupt`."""
    found = []
    for folder in stored(store):
        try:
            found.append(Manifest.read(folder))
        except UserError:
            continue
    return found


def corrupt(store: Path) -> dict[Path, str]:
    """The folders of results that are not what their manifest says, each with the reason."""
    return {folder: reason for folder in stored(store) if (reason := _fault(folder)) is not None}


def stored(store: Path) -> list[Path]:
    """The folders of all results; what a job is just writing is none."""
    return sorted(folder for folder in store.glob("*/*/") if not folder.name.startswith("."))


def _fault(folder: Path) -> str | None:
    """Why a result's folder cannot be believed, if so."""
    if not (folder / MANIFEST).is_file():
        return "has no manifest"
    try:
        manifest = Manifest.read(folder)
    except UserError:
        return "its manifest cannot be read"
    if key_of(manifest.identity()) != folder.name or manifest.stage != folder.parent.name:
        return "its manifest belongs to another key"
    present = {*_files(folder)} - {MANIFEST}
    for name in sorted(present ^ set(manifest.files)):
        return f"{name} is {'not in the manifest' if name in present else 'missing'}"
    for name, digest in manifest.files.items():
        if file_digest(folder / name) != digest:
            return f"{name} has changed since it was written"
    return None
