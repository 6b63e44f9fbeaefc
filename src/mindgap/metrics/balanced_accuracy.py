"""Balanced accuracy: how many rows are right, all classes weighing alike."""

import numpy as np

from mindgap.metrics import Table
from mindgap.metrics._confusion import OfConfusion, ratio
from mindgap.words import words


class BalancedAccuracy(OfConfusion):
    """The mean over the classes that have rows of the share of their rows that is right."""

    place = 2
    title = words("balanced accuracy (%)")
    from_perfect = words("the balanced error")

    def score(self, counts: Table) -> Table:
        rows = counts.sum(axis=-1)
        return np.asarray(ratio(np.diagonal(counts, axis1=-2, axis2=-1), rows).sum(axis=-1) / (rows > 0).sum(axis=-1))

    def weights(self) -> Table:
        targets = self.measured.targets
        counts = np.bincount(targets, minlength=self.measured.outputs)
        return np.asarray(len(targets) / (np.count_nonzero(counts) * counts[targets]), np.float64)

    def by_row(self, rows: Table) -> Table:
        return np.where(rows == self.measured.targets, self.weights(), 0.0)
