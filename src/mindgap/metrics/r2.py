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

    def of_rows(self, chunk: Chunk) -> Table:
        return np.square(chunk.differences)

    def value(self, rows: int) -> Table:
        return 1 - self.total / float(self._apart().sum())

    def by_row(self, rows: Table) -> Table:
        # r2 - (d^2 - (1 - r2) (y - mean)^2) / var(y): the mean's own variation is of second order.
        apart = self._apart()
        unexplained = rows.mean(axis=1, keepdims=True) / apart.mean()
        table: Table = 1 - unexplained - (rows - unexplained * apart) / apart.mean()
        return table

    def _apart(self) -> Table:
        """The targets' squared distances from their mean, (rows,)."""
        values = self.measured.targets.astype(np.float64)
        apart: Table = np.square(values - values.mean())
        return apart
