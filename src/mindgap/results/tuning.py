"""What the stage `arm_tuning` writes: the points that an arm of a claim tried, and which of them it takes."""

from dataclasses import dataclass
from typing import Any

from mindgap.results.run import RunRecord
from mindgap.store.documents import Document


@dataclass(frozen=True, kw_only=True)
class TuningRun(RunRecord):
    """A point on one split: the replicate whose rows, initialisation and order it has."""

    replicate: int


@dataclass(frozen=True)
class TunedPoint:
    """A point that was tried: its number, counted from 0, its params, and a run on each split.

    `value` and `val_loss` are the means over the runs; None where any of them diverged.
    """

    number: int
    params: dict[str, Any]
    value: float | None
    val_loss: float | None
    runs: tuple[TuningRun, ...]


@dataclass(frozen=True)
class Tuning(Document):
    """All points in the order of their numbers, and the number of the best."""

    FILE = "tuning.json"

    points: tuple[TunedPoint, ...]
    best: int

    @property
    def params(self) -> dict[str, Any]:
        """What the arm takes."""
        return self.points[self.best].params
