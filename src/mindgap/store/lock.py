"""One study run at a time in a results folder: a lock that the system releases when its holder dies."""

import fcntl
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from mindgap.errors import UserError

_held: dict[Path, int] = {}


def hold(results: Path, temporary: Path | None = None) -> None:
    """Lock a results folder until this process ends, however it ends. Raises UserError if another process holds it.

    `temporary` is a folder that the holder removes when it ends; if it was killed, the next one does, see `discard`.
    """
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
    except OSError as error:  # as on some shared file systems
        said = f"mindgap: {path}: cannot be locked: {error.strerror}; see to it that one run at a time is at work there"
        print(said, file=sys.stderr)
    for left in path.read_text(encoding="utf-8").splitlines()[1:]:
        discard(Path(left))
    lines = [f"{os.getpid()} {datetime.now(UTC).isoformat(timespec='milliseconds')}"]
    if temporary is not None:
        lines.append(str(temporary))
    os.truncate(descriptor, 0)
    os.write(descriptor, "".join(f"{line}\n" for line in lines).encode())
    _held[path] = descriptor


def discard(temporary: Path) -> None:
    """Remove what a killed run left of its temporary folder: sockets, and the folder if that is all."""
    with suppress(OSError):  # it is gone, as it should be, or not empty
        for path in temporary.iterdir():
            if path.is_socket():
                path.unlink(missing_ok=True)
        temporary.rmdir()


def run_started(results: Path) -> float:
    """When the last run that held the lock began, in seconds since 1970; 0 where none ever did."""
    try:
        _, started = _path(results).read_text().partition("\n")[0].split()
    except (OSError, ValueError):
        return 0.0
    return datetime.fromisoformat(started).timestamp()


def _path(results: Path) -> Path:
    return (results / ".lock").resolve()
