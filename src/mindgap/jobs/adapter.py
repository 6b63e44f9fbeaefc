"""What every adapter does around its one library call: publish the result, or report a mistake."""

import errno
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.store.fingerprint import SOURCES, Sources, fingerprint
from mindgap.store.store import publish
from mindgap.training.progress import part, tell

SURROUNDINGS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOENT)
"""What can befall a job from outside: no room, no right, a file that is gone."""


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
def perform(snakemake: Any) -> Iterator[Path]:
    """Run the body as one job of the workflow: what it writes to its folder is published if it ends well."""
    job, folder = snakemake.params.job, Path(snakemake.output[0]).parent
    with messages(job.title, Path(snakemake.log[0])), part(job.of_fold), publish(job, folder) as out:
        yield out
        files: Sources | None = job.told.get(SOURCES)
        if not (files and files.unchanged()) and fingerprint(job.entries) != job.code:
            raise UserError(
                f"{job.stage}: its code was changed while the study ran; run again, to have it under its own key"
            )
