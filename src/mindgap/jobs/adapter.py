"""What every adapter does around its one library call: find the inputs, publish the result, report a mistake."""

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.store.keys import fingerprint
from mindgap.store.results import Job, publish
from mindgap.training.progress import tell

SURROUNDINGS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOENT)
"""What can befall a job from outside: no room, no right, a file that is gone."""


@dataclass(frozen=True)
class Work:
    """A job's params, the folders that it reads, by name, and the folder that it writes to."""

    params: dict[str, Any]
    folders: dict[str, list[Path]]
    out: Path

    def folder(self, name: str) -> Path:
        """The one folder of this name."""
        (folder,) = self.folders[name]
        return folder

    def optional(self, name: str) -> Path | None:
        """The folder of this name, None where the study has none."""
        return self.folder(name) if self.folders.get(name) else None


@contextmanager
def messages(name: str, log: Path) -> Iterator[None]:
    """Say when a job is done; turn a UserError into its message in the log, and an exit code of 1; no traceback.

    The workflow shows the log at its end, after all that others print.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        yield
        tell(f"mindgap: {name} done in {time.monotonic() - started:.1f} s")
    except KeyboardInterrupt:
        sys.exit(130)
    except (UserError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in SURROUNDINGS:
            raise
        message = str(error) if isinstance(error, UserError) else _befallen(error)
        try:
            log.write_text(f"{message}\n", encoding="utf-8")
        except OSError:  # no room or no right for the log either
            tell(f"mindgap: {message}")
        sys.exit(1)


def _befallen(error: OSError) -> str:
    hint = "; `mindgap verify --repair` removes results that were damaged" if error.errno == errno.ENOENT else ""
    return f"{error.filename or 'results'}: {error.strerror}{hint}"


@contextmanager
def perform(snakemake: Any) -> Iterator[Work]:
    """Run the body as one job of the workflow: what it writes to `out` is published if it ends well."""
    manifests = {name: [value] if isinstance(value, str) else list(value) for name, value in snakemake.input.items()}
    folders = {name: [Path(manifest).parent for manifest in given] for name, given in manifests.items()}
    job = snakemake.params.job
    with messages(_title(job), Path(snakemake.log[0])), publish(job, Path(snakemake.output[0]).parent) as out:
        yield Work(job.params, folders, out)
        if fingerprint(job.scripts) != job.code:
            raise UserError(
                f"{job.stage}: its code was changed while the study ran; run again, to have it under its own key"
            )


def _title(job: Job) -> str:
    """A job as people know it: its stage, its level and its slice of the work."""
    level, part = job.params.get("level"), job.params.get("slice")
    return job.stage + (f" {level['name']}" if level else "") + (f" {part[0]}-{part[1] - 1}" if part else "")
