"""MAE: how far predictions are off, all errors weighing alike."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.words import words


class MAE(Metric):
    """mean |d|, with d the output minus the target, in the user's units."""

    tasks = ("regression",)
    in_units = True
    place = 12
    title = words("MAE")
    from_perfect = words("the MAE")
    style = words("number")

    def of_rows(self, chunk: Chunk) -> Table:
        return np.abs(chunk.differences)

    def value(self, rows: int) -> Table:
        return self.total / rows * self.measured.unit

    def by_row(self, rows: Table) -> Table:
        return rows * self.measured.unit[:, None]
