"""What a run leaves behind: its history by epoch, how it ended, and the weights it keeps."""

from dataclasses import dataclass, field
from typing import Any, Literal

from mindgap.nn.arrays import Array

Status = Literal["finished", "stopped_early", "diverged"]


@dataclass
class History:
    """Values by epoch, from epoch 0, before any step. By layer where a value has one for each; null if not finite.

    Loss (nats, without penalties) and accuracy are over all rows of their split. `update_ratio` is the norm of the
    step over the norm of the weights, and `gradient_norm` that of the loss and its L2 penalty, both for the weights
    of each dense layer at the epoch's last full batch; epoch 0 has none. `flat` and `dead` are defined by
    `Measurement`, over the training rows.
    """

    train_loss: list[float | None] = field(default_factory=list)
    train_accuracy: list[float | None] = field(default_factory=list)
    val_loss: list[float | None] = field(default_factory=list)
    val_accuracy: list[float | None] = field(default_factory=list)
    update_ratio: list[list[float | None]] = field(default_factory=list)
    gradient_norm: list[list[float | None]] = field(default_factory=list)
    flat: list[list[float | None]] = field(default_factory=list)
    dead: list[list[float | None]] = field(default_factory=list)


@dataclass
class RunResult:
    """A finished run. `kept_epoch` is the epoch whose weights `parameters` (flat) holds."""

    status: Status
    kept_epoch: int
    history: History
    parameters: Array

    def record(self) -> dict[str, Any]:
        """All but the weights, as plain values for JSON."""
        return {"status": self.status, "kept_epoch": self.kept_epoch, "history": vars(self.history)}

    def scores(self, objective: str) -> dict[str, float | None]:
        """The objective and the validation loss at the kept epoch; null for a run that diverged."""
        if self.status == "diverged":
            return {"value": None, "val_loss": None}
        values: list[float | None] = getattr(self.history, objective)
        return {"value": values[self.kept_epoch], "val_loss": self.history.val_loss[self.kept_epoch]}
