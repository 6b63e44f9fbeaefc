"""RMSE: how far predictions are off, large errors weighing more."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.losses import Loss, Targets
from mindgap.words import words


class RMSE(Metric):
    """sqrt(mean d^2), with d the output minus the target, in the user's units."""

    tasks = ("regression",)
    place = 2
    title = words("RMSE")
    from_perfect = words("the RMSE")
    style = words("number")

    def __init__(self, count: int, targets: Targets, unit: float, loss: Loss, outputs: int) -> None:
        super().__init__(count, targets, unit, loss, outputs)
        self._unit = unit

    def add(self, chunk: Chunk) -> None:
        self._total += np.square(chunk.differences).sum(axis=1)

    def value(self, rows: int) -> Table:
        return np.sqrt(self._total / rows) * self._unit
