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
from mindgap.store.fingerprint import fingerprint
from mindgap.store.job import Address, Job
from mindgap.store.store import publish
from mindgap.training.progress import tell

SURROUNDINGS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOENT)
"""What can befall a job from outside: no room, no right, a file that is gone."""


@dataclass(frozen=True)
class Work:
    """A job, the folders that it reads by name, and the folder that it writes to."""

    job: Job
    store: Path
    out: Path

    @property
    def params(self) -> dict[str, Any]:
        """The params that its key is the hash of."""
        return self.job.params

    @property
    def told(self) -> dict[str, Any]:
        """What it is told beside these."""
        return self.job.told

    def folder(self, name: str) -> Path:
        """The folder of an input."""
        return self._folder(self.job.inputs[name])

    def optional(self, name: str) -> Path | None:
        """The folder of an input, None where the job has no such input."""
        return self.folder(name) if name in self.job.inputs else None

    @property
    def parts(self) -> list[Path]:
        """The folders of the shards that it puts together."""
        return [self._folder(part) for part in self.job.parts]

    def _folder(self, address: Address) -> Path:
        return self.store / address.stage / address.key


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
    job, folder = snakemake.params.job, Path(snakemake.output[0]).parent
    with messages(job.title, Path(snakemake.log[0])), publish(job, folder) as out:
        yield Work(job, folder.parents[1], out)
        if fingerprint(job.entries) != job.code:
            raise UserError(
                f"{job.stage}: its code was changed while the study ran; run again, to have it under its own key"
            )
