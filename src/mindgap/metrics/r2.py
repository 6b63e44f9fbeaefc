"""R2: the share of the target's variance that is explained."""

from math import inf

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
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

    def add(self, chunk: Chunk) -> None:
        self.total += np.square(chunk.differences).sum(axis=1)

    def value(self, rows: int) -> Table:
        values = self.measured.targets.astype(np.float64)
        return 1 - self.total / float(np.square(values - values.mean()).sum())
