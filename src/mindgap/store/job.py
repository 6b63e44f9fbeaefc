"""A job: one result to be, with all that determines it, and beside that what it needs to know to make it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from mindgap.store.keys import key_of


class Address(NamedTuple):
    """Where a result lies in the store."""

    stage: str
    key: str


@dataclass(frozen=True)
class Job:
    """One result to be: its stage and what determines it, from which its key follows.

    `params` are plain values; `inputs` the results that it reads, by the name it knows them by; `digest` that of raw
    data, where it reads any; `code` the fingerprint of its `entries`, the files with which its code begins.

    What does not determine it: `parts`, the shards that it puts together; `after`, the gates before it; and what it is
    `told`, such as where files lie.
    """

    stage: str
    params: dict[str, Any]
    code: str
    inputs: dict[str, Address] = field(default_factory=dict)
    digest: str | None = None
    entries: tuple[Path, ...] = ()
    parts: tuple[Address, ...] = ()
    after: tuple[Address, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """The hash of what determines the result."""
        return key_of(self.identity())

    @property
    def address(self) -> Address:
        """Where its result will lie."""
        return Address(self.stage, self.key)

    def identity(self) -> dict[str, Any]:
        """What is hashed."""
        return {
            "stage": self.stage,
            "params": self.params,
            "inputs": {name: address.key for name, address in self.inputs.items()},
            "digest": self.digest,
            "code": self.code,
        }

    @property
    def title(self) -> str:
        """The job as people know it: its stage, its level and its slice of the work, or its fold."""
        level, part = self.params.get("level"), self.params.get("slice")
        named = self.stage + (f" {level['name']}" if level else "") + (f" {part[0]}-{part[1] - 1}" if part else "")
        return named + self.of_fold

    @property
    def of_fold(self) -> str:
        """Which fold it is of, after its name: its cut and its number in it; nothing where there are no folds."""
        fold = self.params.get("fold") or self.told.get("fold")
        return f" fold {fold['repeat'] + 1}/{fold['number'] + 1}" if fold else ""
