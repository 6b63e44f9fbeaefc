"""One run as results have it."""

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["finished", "stopped_early", "diverged"]


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """How a run ended, the epoch whose weights it keeps, and its history, see `mindgap.training.result.History`.

    `value` is the objective, and `val_loss` the validation loss, at the kept epoch; None for a run that diverged.
    """

    status: Status
    kept_epoch: int | None
    history: dict[str, list[Any]]
    value: float | None
    val_loss: float | None
