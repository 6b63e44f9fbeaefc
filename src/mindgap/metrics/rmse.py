"""RMSE: how far predictions are off, large errors weighing more."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table, jackknife
from mindgap.words import words


class RMSE(Metric):
    """sqrt(mean d^2), with d the output minus the target, in the user's units."""

    tasks = ("regression",)
    in_units = True
    place = 11
    title = words("RMSE")
    from_perfect = words("the RMSE")
    style = words("number")

    def of_rows(self, chunk: Chunk) -> Table:
        return np.square(chunk.differences)

    def value(self, rows: int) -> Table:
        return np.sqrt(self.total / rows) * self.measured.unit

    def by_row(self, rows: Table) -> Table:
        count = rows.shape[1]
        without = (rows.sum(axis=1, keepdims=True) - rows) / max(count - 1, 1)
        return jackknife(self.value(count), np.sqrt(np.maximum(without, 0)) * self.measured.unit[:, None])
