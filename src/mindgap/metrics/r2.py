"""R2: the share of the target's variance that is explained."""

from math import inf

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.losses import Loss, Targets
from mindgap.words import words


class R2(Metric):
    """1 - sum d^2 / sum (target - mean)^2, with d the output minus the target and the mean that of the split."""

    tasks = ("regression",)
    larger_is_better = True
    least, most = -inf, 1.0
    place = 4
    title = words("R²")
    from_perfect = words("1 − R²")
    style = words("share of variance")

    def __init__(self, count: int, targets: Targets, unit: float, loss: Loss, outputs: int) -> None:
        super().__init__(count, targets, unit, loss, outputs)
        values = targets.astype(np.float64)
        self._spread = float(np.square(values - values.mean()).sum())

    def add(self, chunk: Chunk) -> None:
        self._total += np.square(chunk.differences).sum(axis=1)

    def value(self, rows: int) -> Table:
        return 1 - self._total / self._spread
