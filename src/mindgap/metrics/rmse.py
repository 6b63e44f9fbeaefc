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

    def of_rows(self, chunk: Chunk) -> Table:
        return np.square(chunk.differences)

    def value(self, rows: int) -> Table:
        return np.sqrt(self.total / rows) * self.measured.unit

    def by_row(self, rows: Table) -> Table:
        # sqrt(m) + (d^2 - m) / (2 sqrt(m)) with m = mean d^2; no row says anything where all d are 0.
        root = np.sqrt(rows.mean(axis=1, keepdims=True))
        deviations = np.divide(rows, root, out=np.zeros_like(rows), where=root > 0)
        table: Table = (root + deviations) / 2 * self.measured.unit
        return table
