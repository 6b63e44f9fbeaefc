"""What the stage `train` writes: the candidates, and which of them won."""

from dataclasses import dataclass
from typing import Any, Literal

from mindgap.store.documents import Document


@dataclass(frozen=True)
class Candidate:
    """One of those that were trained over the replicates.

    `trial` is the number that it had in the search's last `level`, None where nothing was searched; `params` are those
    that were searched, and `spec` all of its `model` and `train`. `values` has the objective by replicate, None where
    that diverged; `mean`, and that of the validation loss, are None where any did.
    """

    candidate: int
    trial: int | None
    level: str | None
    params: dict[str, Any]
    spec: dict[str, Any]
    values: tuple[float | None, ...]
    mean: float | None
    val_loss: float | None

    @property
    def diverged(self) -> int:
        """How many of its replicates did."""
        return self.values.count(None)


@dataclass(frozen=True)
class Training(Document):
    """The candidates by number, the number of the winner, and the replicates' numbers.

    Where a threshold was chosen for an `aim`, the winner's networks decide for the second of two classes above these
    `thresholds`, margins of its output over the first's, one a replicate, and their ensemble above the threshold
    `together`; elsewhere there are none. The outputs of those with `temperatures` have been divided by them. To be
    saved is the network of the first replicate, or the ensemble.
    """

    FILE = "train.json"

    objective: str
    candidates: tuple[Candidate, ...]
    winner: int
    replicates: tuple[int, ...]
    aim: Any = None
    thresholds: tuple[float, ...] = ()
    temperatures: tuple[float, ...] = ()
    together: float | None = None
    save: Literal["first", "ensemble"] = "first"

    @property
    def won(self) -> Candidate:
        """The candidate that won."""
        return self.candidates[self.winner]
