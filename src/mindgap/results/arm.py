"""What an arm of a claim writes on one task, over replicates: trainings, whole searches, or simulations."""

from dataclasses import dataclass
from typing import Any

from mindgap.results.run import Status
from mindgap.store.documents import Document


@dataclass(frozen=True, kw_only=True)
class ArmRun:
    """One training: its replicate, its point of the sweep or of the search, if any, how it ended, and its history.

    See `mindgap.training.result.History`; probes add their own entries, of one value each. A simulation's history is
    its own, by step. `level` is that of a search; `parameters` is how many numbers the network learns.
    """

    replicate: int
    point: dict[str, Any]
    level: str | None = None
    status: Status = "finished"
    kept_epoch: int | None
    parameters: int = 0
    history: dict[str, list[Any]]


@dataclass(frozen=True)
class Arm(Document):
    """A slice of an arm's replicates; `params` are those that were tuned, and `spec` what each training has in common.

    Beside it lie the weights of the first of these replicates, a row for each point of the sweep, where there are such.
    """

    FILE = "arm.json"

    params: dict[str, Any]
    epochs: int
    spec: dict[str, Any]
    runs: tuple[ArmRun, ...]
