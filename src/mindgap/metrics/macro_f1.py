"""Macro F1: the mean of the classes' own F1, all classes weighing alike."""

import numpy as np

from mindgap.metrics import Table
from mindgap.metrics._confusion import OfConfusion, f1
from mindgap.words import words


class MacroF1(OfConfusion):
    """The mean of 2 right / (rows of a class + rows taken for it) over the classes that have either."""

    place = 3
    title = words("macro F1 (%)")
    from_perfect = words("what macro F1 lacks")

    def counted(self) -> float:
        """K^2 / sum_c 1 / n_c over K classes: as many rows vary as much whose mean weighs classes alike."""
        rows = self._counts[0].sum(axis=1)
        return float(np.count_nonzero(rows) ** 2 / (1 / rows[rows > 0]).sum())

    def score(self, counts: Table) -> Table:
        there = (counts.sum(axis=-1) + counts.sum(axis=-2) > 0).sum(axis=-1)
        return np.asarray(f1(counts).sum(axis=-1) / np.maximum(there, 1))
