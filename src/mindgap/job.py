"""What every adapter does around its one library call: find the inputs, publish the result, report a mistake."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.store import publish


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
def messages(log: Path) -> Iterator[None]:
    """Turn a UserError into its message, on the terminal and in the log, and an exit code of 1; no traceback."""
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except UserError as error:
        log.write_text(f"{error}\n", encoding="utf-8")
        print(f"\nmindgap: {error}\n", file=sys.stderr, flush=True)
        sys.exit(1)


@contextmanager
def perform(snakemake: Any) -> Iterator[Work]:
    """Run the body as one job of the workflow: what it writes to `out` is published if it ends well."""
    manifests = {name: [value] if isinstance(value, str) else list(value) for name, value in snakemake.input.items()}
    folders = {name: [Path(manifest).parent for manifest in given] for name, given in manifests.items()}
    job = snakemake.params.job
    with messages(Path(snakemake.log[0])), publish(job, Path(snakemake.output[0]).parent) as out:
        yield Work(job.params, folders, out)
