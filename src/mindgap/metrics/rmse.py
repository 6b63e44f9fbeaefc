"""RMSE: how far predictions are off, large errors weighing more."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.words import words


class RMSE(Metric):
    """sqrt(mean d^2), with d the output minus the target, in the user's units."""

    tasks = ("regression",)
    in_units = True
    place = 2
    title = words("RMSE")
    from_perfect = words("the RMSE")
    style = words("number")

    def add(self, chunk: Chunk) -> None:
        self.total += np.square(chunk.differences).sum(axis=1)

    def value(self, rows: int) -> Table:
        return np.sqrt(self.total / rows) * self.measured.unit
