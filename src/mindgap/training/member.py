"""A run on its way: its history, the values to keep, and whether its time has come."""

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.params.run import EarlyStopping
from mindgap.training.result import History, RunResult, Status

DIVERGED = 3.0
"""A training loss above this multiple of its first value will not come back (CS231n, lecture 6)."""


class Member:
    """One run of a cohort."""

    def __init__(self, stopping: EarlyStopping | None) -> None:
        self.history = History()
        self._stopping = stopping
        self._best = np.inf
        self._kept_epoch = 0
        self._kept: Array = np.empty(0, np.float32)
        self._status: Status = "finished"

    def ends(self, epoch: int, last: int, values: Array) -> bool:
        """Whether the run ends with this epoch, whose values are kept if they are the best so far."""
        if self._diverged():
            self._status = "diverged"
            return True
        if self._improves(epoch):
            self._kept, self._kept_epoch = values.copy(), epoch
        if epoch == last:
            return True
        if self._stopping is not None and epoch - self._kept_epoch >= self._stopping.patience:
            self._status = "stopped_early"
            return True
        return False

    def stalled(self) -> int:
        """Epochs since the least validation loss."""
        losses = [np.inf if value is None else value for value in self.history["val_loss"]]
        return len(losses) - 1 - int(np.argmin(losses))

    def result(self) -> RunResult:
        """What the run leaves behind."""
        return RunResult(self._status, self._kept_epoch, self.history, self._kept)

    def _improves(self, epoch: int) -> bool:
        """Whether this epoch's values are the ones to keep so far; without early stopping the last always are."""
        if self._stopping is None:
            return True
        value = self.history[self._stopping.metric][-1]
        cost = np.inf if value is None else -value if self._stopping.metric == "val_accuracy" else value
        if epoch > 0 and not cost < self._best - self._stopping.min_delta:
            return False
        self._best = cost
        return True

    def _diverged(self) -> bool:
        """Whether a loss is no number, or the training loss above DIVERGED times its first value."""
        first, last = self.history["train_loss"][0], self.history["train_loss"][-1]
        if first is None or last is None or self.history["val_loss"][-1] is None:
            return True
        return bool(last > DIVERGED * first)
