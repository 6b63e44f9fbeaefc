"""MAE: how far predictions are off, all errors weighing alike."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.words import words


class MAE(Metric):
    """mean |d|, with d the output minus the target, in the user's units."""

    tasks = ("regression",)
    in_units = True
    place = 3
    title = words("MAE")
    from_perfect = words("the MAE")
    style = words("number")

    def add(self, chunk: Chunk) -> None:
        self.total += np.abs(chunk.differences).sum(axis=1)

    def value(self, rows: int) -> Table:
        return self.total / rows * self.measured.unit
