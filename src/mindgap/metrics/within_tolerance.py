"""Within tolerance: how many predictions are near enough."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.words import words


class WithinTolerance(Metric):
    """The share of rows whose |d| is at most the tolerance, with d the output minus the target, in the user's units."""

    tasks = ("regression",)
    larger_is_better = True
    final = True
    tolerant = True
    most = 1.0
    place = 15
    title = words("share within the tolerance (%)")
    from_perfect = words("what is beyond the tolerance")
    style = words("percent")

    def of_rows(self, chunk: Chunk) -> Table:
        off = np.abs(chunk.differences) * self.measured.unit[:, None]
        return np.asarray(off <= (self.measured.tolerance or 0.0), np.float64)
