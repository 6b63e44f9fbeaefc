"""Recall: how many rows of the second of two classes are found."""

import numpy as np

from mindgap.metrics import Table
from mindgap.metrics._confusion import OfConfusion, ratio
from mindgap.words import words


class Recall(OfConfusion):
    """The share of the second class's rows that are taken for it; 0 where there are none."""

    classes = 2
    place = 6
    title = words("recall (%)")
    from_perfect = words("what recall misses")

    def score(self, counts: Table) -> Table:
        return ratio(counts[..., 1, 1], counts[..., 1, :].sum(axis=-1))

    def weights(self) -> Table:
        found = self.measured.targets == 1
        return np.asarray(found * (len(found) / max(1, int(np.count_nonzero(found)))), np.float64)

    def by_row(self, rows: Table) -> Table:
        return np.where(rows == 1, self.weights(), 0.0)
