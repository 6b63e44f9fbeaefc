"""R2: the share of the target's variance that is explained."""

from math import inf

import numpy as np

from mindgap.metrics import Chunk, Metric, Table, jackknife
from mindgap.words import words


class R2(Metric):
    """1 - sum d^2 / sum (target - mean)^2, with d the output minus the target and the mean that of the split."""

    tasks = ("regression",)
    larger_is_better = True
    least, most = -inf, 1.0
    place = 14
    title = words("R²")
    from_perfect = words("1 − R²")
    style = words("share of variance")

    def of_rows(self, chunk: Chunk) -> Table:
        return np.square(chunk.differences)

    def value(self, rows: int) -> Table:
        explained: Table = 1 - self.total / self._apart().sum(axis=-1)
        return explained

    def by_row(self, rows: Table) -> Table:
        count, apart = rows.shape[1], self._apart()
        # A row's distance from the mean of the others is n / (n - 1) of that from the mean of all. Where one row has
        # nearly all distance, the others would leave none to explain.
        others = apart.sum(axis=-1, keepdims=True) - apart * count / max(count - 1, 1)
        others = np.maximum(others, apart.mean(axis=-1, keepdims=True))
        return jackknife(self.value(count), 1 - (rows.sum(axis=1, keepdims=True) - rows) / others)

    def _apart(self) -> Table:
        """The targets' squared distances from their mean, (rows,) or (count, rows)."""
        values = self.measured.targets.astype(np.float64)
        apart: Table = np.square(values - values.mean(axis=-1, keepdims=True))
        return apart
