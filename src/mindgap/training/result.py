"""What a run leaves behind: its history by epoch, how it ended, and the weights it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.results.run import Status
from mindgap.training.state import State


class History(dict[str, list[Any]]):
    """Values by epoch, from epoch 0, before any step: a number, or a list by layer; null where not finite.

    `train_` and `val_` are the metrics of `Measurement`, over all rows of their split; the loss, in nats if it is
    cross-entropy, is without penalties. `update_ratio` is the norm of the step over the norm of the weights, and
    `gradient_norm` that of the loss and its penalties before clipping, both for the weights of each dense layer at the
    epoch's last full batch; epoch 0 has none. `weight_norm` is by dense layer; `flat` and `dead`, by hidden layer, are
    defined by `Measurement`, over the training rows.

    Full monitors add those of `watch`, what is dear to measure, `objective`, the training loss with its penalties, and
    `backprop_std`, by hidden layer: the deviation, over units and the rows of the batch that `gradient_norm` is of, of
    the gradient of the batch's mean loss by the layer's activations (the back-propagated gradients of Glorot and Bengio
    2010). At epoch 0 both are those of the first batch of epoch 1, as training meets it, with its noise and what is
    left out, before its step.
    """

    def add(self, values: Mapping[str, Any]) -> None:
        """Append an epoch's values."""
        for name, value in values.items():
            self.setdefault(name, []).append(_plain(value))


@dataclass
class RunResult:
    """A finished run.

    `kept_epoch` is the epoch whose row of values `parameters` holds; None where a run that diverged keeps nothing.
    A run that rests has a `state` from which it may go on; until then it counts as stopped early.
    """

    status: Status
    kept_epoch: int | None
    history: History
    parameters: Array
    state: State | None = None

    def record(self) -> dict[str, Any]:
        """All but the weights, as plain values for JSON."""
        return {"status": self.status, "kept_epoch": self.kept_epoch, "history": dict(self.history)}

    def described(self, objective: str) -> dict[str, Any]:
        """The fields of its `mindgap.results.run.RunRecord`."""
        return {**self.record(), **self.scores(objective)}

    def scores(self, objective: str) -> dict[str, float | None]:
        """The objective and the validation loss at the kept epoch; null for a run that diverged."""
        kept = self.kept_epoch
        if self.status == "diverged" or kept is None:
            return {"value": None, "val_loss": None}
        return {"value": self.history[objective][kept], "val_loss": self.history["val_loss"][kept]}


def _plain(value: Any) -> Any:
    """A number, or a list of such, as JSON has it."""
    if isinstance(value, np.ndarray | list):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, int):
        return value
    return float(value) if np.isfinite(value) else None
