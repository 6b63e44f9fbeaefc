"""The work of a job: what its adapter gives to the one library call. As it says what is read, it is in every key."""

from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from mindgap.store.job import Address, Job


def numbered(name: str, place: int) -> str:
    """The name of one of several inputs, from place 0 on: data, data2, data3, ..."""
    return f"{name}{place + 1}" if place else name


@dataclass(frozen=True)
class Work:
    """A job, and the folder that it writes to; with the folders that it reads, by name."""

    job: Job
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

    def folders(self, name: str) -> list[Path]:
        """The folders of inputs of which there are several, see `numbered`."""
        places = takewhile(lambda place: numbered(name, place) in self.job.inputs, count())
        return [self.folder(numbered(name, place)) for place in places]

    def optional(self, name: str) -> Path | None:
        """The folder of an input, None where the job has no such input."""
        return self.folder(name) if name in self.job.inputs else None

    @property
    def parts(self) -> list[Path]:
        """The folders of the shards that it puts together."""
        return [self._folder(part) for part in self.job.parts]

    def _folder(self, address: Address) -> Path:
        return self.out.parents[1] / address.stage / address.key
