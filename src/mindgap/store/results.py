"""The store: results at their keys, written once, published whole, and checked against their manifests."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.store.keys import file_digest, key_of
from mindgap.store.machine import describe_machine

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Job:
    """One result to be: its stage and all that determines it, from which its key follows.

    `inputs` are keys of the results that it reads, by the name it knows them by; `code` is a fingerprint (of
    `scripts`, with which it begins) and `digest` that of raw data, where it reads any.
    """

    stage: str
    params: dict[str, Any]
    code: str
    inputs: dict[str, str] = field(default_factory=dict)
    digest: str | None = None
    scripts: tuple[Path, ...] = ()

    @cached_property
    def key(self) -> str:
        return key_of(self.identity())

    def identity(self) -> dict[str, Any]:
        """What is hashed."""
        return {
            "stage": self.stage,
            "params": self.params,
            "inputs": self.inputs,
            "digest": self.digest,
            "code": self.code,
        }


def read_json(path: Path) -> Any:
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, the same bytes for equal content; NaN and infinities are refused."""
    path.write_text(json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n", encoding="utf-8")


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
        runtime = {
            "started": started.isoformat(timespec="milliseconds"),
            "wall_seconds": round(time.perf_counter() - wall, 3),
            "cpu_seconds": round(time.process_time() - cpu, 3),
        }
        manifest = {
            **job.identity(),
            "key": job.key,
            "files": {path.name: file_digest(path) for path in sorted(temporary.iterdir())},
            "runtime": runtime,
            **describe_machine(),
        }
        write_json(temporary / MANIFEST, manifest)
        temporary.chmod(0o755)
        if folder.exists():  # without a manifest it is no result: made for it beforehand, or left half removed
            shutil.rmtree(folder)
        temporary.replace(folder)
    except OSError as error:
        raise UserError(f"{folder}: the result could not be written: {error.strerror}") from error


def manifests(store: Path) -> list[dict[str, Any]]:
    """The manifests of all results in a store, by stage and key; what cannot be read is left to `corrupt`."""
    found = []
    for folder in stored(store):
        try:
            found.append(read_json(folder / MANIFEST))
        except (OSError, ValueError):
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
    try:
        manifest = read_json(folder / MANIFEST)
        identity = {name: manifest[name] for name in ("stage", "params", "inputs", "digest", "code")}
        files: dict[str, str] = manifest["files"]
    except FileNotFoundError:
        return "has no manifest"
    except (OSError, ValueError, KeyError, TypeError):
        return "its manifest cannot be read"
    if key_of(identity) != folder.name or identity["stage"] != folder.parent.name:
        return "its manifest belongs to another key"
    present = {path.name for path in folder.iterdir()} - {MANIFEST}
    for name in sorted(present ^ set(files)):
        return f"{name} is {'not in the manifest' if name in present else 'missing'}"
    for name, digest in files.items():
        if file_digest(folder / name) != digest:
            return f"{name} has changed since it was written"
    return None
