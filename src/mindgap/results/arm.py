"""What the stage `arm` writes: one arm of a claim on one task, trained over replicates."""

from dataclasses import dataclass
from typing import Any

from mindgap.results.run import Status
from mindgap.store.documents import Document


@dataclass(frozen=True)
class ArmRun:
    """One training: its replicate, its point of the sweep, if any, how it ended, and its history.

    See `mindgap.training.result.History`.
    """

    replicate: int
    point: dict[str, Any]
    status: Status
    kept_epoch: int | None
    history: dict[str, list[Any]]


@dataclass(frozen=True)
class Arm(Document):
    """A slice of an arm's replicates; `params` are those that were tuned."""

    FILE = "arm.json"

    params: dict[str, Any]
    epochs: int
    runs: tuple[ArmRun, ...]
