"""One study run at a time in a results folder: a lock that the system releases when its holder dies."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

from mindgap.errors import UserError

_held: dict[Path, int] = {}


def hold(results: Path) -> None:
    """Lock a results folder until this process ends, however it ends. Raises UserError if another process holds it."""
    path = _path(results)
    if path in _held:
        return
    try:
        results.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written: {error.strerror}; results need a folder that you may write to"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode().split()
        os.close(descriptor)
        raise UserError(
            f"{results}: another run is at work there (process {holder[0] if holder else 'unknown'}); wait for it or "
            "stop it, then run again"
        ) from None
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()} {datetime.now(UTC).isoformat(timespec='milliseconds')}\n".encode())
    _held[path] = descriptor


def run_started(results: Path) -> float:
    """When the last run that held the lock began, in seconds since 1970; 0 where none ever did."""
    try:
        _, started = _path(results).read_text().split()
    except (OSError, ValueError):
        return 0.0
    return datetime.fromisoformat(started).timestamp()


def _path(results: Path) -> Path:
    return (results / ".lock").resolve()
