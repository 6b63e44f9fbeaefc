"""A run on its way: its history, the values to keep, and whether its time has come."""

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.params.run import EarlyStopping, Train
from mindgap.results.run import Status
from mindgap.tasks import cost
from mindgap.training.result import History, RunResult
from mindgap.training.state import Begun, State


class Member:
    """One run of a cohort."""

    def __init__(self, train: Train, begun: Begun | None = None) -> None:
        self.history = History()
        self._stopping, self._divergence = train.early_stopping, train.divergence
        self._best = np.inf
        self._kept_epoch = 0
        self._kept: Array = np.empty(0, np.float32)
        self._status: Status = "finished"
        self._state: State | None = None
        if begun is not None:
            self.history = History({name: [*values] for name, values in begun.history.items()})
            self._best, self._kept_epoch, self._kept = begun.state.best, begun.state.kept_epoch, begun.state.kept

    def ends(self, epoch: int, last: int, values: Array) -> bool:
        """Whether the run ends with this epoch; with early stopping the best epoch's values are kept, or the last's."""
        if self._diverged():
            self._status = "diverged"
            return True
        if self._stopping is None:
            if epoch == last:  # no copy: they will not change any more
                self._kept, self._kept_epoch = values, epoch
            return epoch == last
        if self._improves(epoch, self._stopping):
            self._kept, self._kept_epoch = values.copy(), epoch
        if epoch < last and epoch - self._kept_epoch >= self._stopping.patience:
            self._status = "stopped_early"
        return epoch == last or self._status == "stopped_early"

    def stalled(self) -> int:
        """Epochs since the least validation loss."""
        losses = [np.inf if value is None else value for value in self.history["val_loss"]]
        return len(losses) - 1 - int(np.argmin(losses))

    def rest(self, epoch: int, steps: int, switched: bool, values: Array, slots: Array) -> None:
        """Stop after an epoch, before the run's end, with all that it takes to go on."""
        self._state = State(epoch, steps, switched, values, slots, self._kept, self._kept_epoch, self._best)
        self._status = "stopped_early"
        if self._stopping is None:
            self._kept, self._kept_epoch = values, epoch

    def result(self) -> RunResult:
        """What the run leaves behind."""
        kept_epoch = self._kept_epoch if self._kept.size else None
        return RunResult(self._status, kept_epoch, self.history, self._kept, self._state)

    def _improves(self, epoch: int, stopping: EarlyStopping) -> bool:
        """Whether this epoch's values are the best so far."""
        value = self.history[stopping.metric][-1]
        paid = np.inf if value is None else cost(stopping.metric, value)
        if epoch > 0 and not paid < self._best - stopping.min_delta:
            return False
        self._best = paid
        return True

    def _diverged(self) -> bool:
        """Whether a loss is no number, or the training loss above `divergence` times its first value.

        Three times the first, as is usual, will hardly come back (CS231n, lecture 6).
        """
        first, last = self.history["train_loss"][0], self.history["train_loss"][-1]
        if first is None or last is None or self.history["val_loss"][-1] is None:
            return True
        return self._divergence is not None and bool(last > self._divergence * first)
