"""MAE: how far predictions are off, all errors weighing alike."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.losses import Loss, Targets
from mindgap.words import words


class MAE(Metric):
    """mean |d|, with d the output minus the target, in the user's units."""

    tasks = ("regression",)
    place = 3
    title = words("MAE")
    from_perfect = words("the MAE")
    style = words("number")

    def __init__(self, count: int, targets: Targets, unit: float, loss: Loss, outputs: int) -> None:
        super().__init__(count, targets, unit, loss, outputs)
        self._unit = unit

    def add(self, chunk: Chunk) -> None:
        self._total += np.abs(chunk.differences).sum(axis=1)

    def value(self, rows: int) -> Table:
        return self._total / rows * self._unit
