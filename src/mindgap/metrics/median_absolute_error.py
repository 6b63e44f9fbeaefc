"""Median absolute error: how far off half of all predictions are at most."""

from math import ceil, sqrt

import numpy as np

from mindgap.metrics import Chunk, Measured, Metric, Table
from mindgap.words import words


class MedianAbsoluteError(Metric):
    """median |d|, with d the output minus the target, in the user's units; a few large errors do not move it."""

    tasks = ("regression",)
    final = True
    in_units = True
    place = 13
    title = words("median absolute error")
    from_perfect = words("the median absolute error")
    style = words("number")

    def __init__(self, measured: Measured) -> None:
        super().__init__(measured)
        self._sizes: list[Table] = []

    def of_rows(self, chunk: Chunk) -> Table:
        return np.abs(chunk.differences)

    def add(self, chunk: Chunk) -> Table:
        sizes = self.of_rows(chunk)
        self._sizes.append(sizes)
        return sizes

    def value(self, rows: int) -> Table:
        return np.asarray(np.median(np.concatenate(self._sizes, axis=1), axis=1) * self.measured.unit, np.float64)

    def by_row(self, rows: Table) -> Table:
        """A median varies as the share of rows above it, over their density there, which its neighbours tell.

        So the sign of a row's distance from the median counts (Siddiqui 1960, Bloch and Gastwirth 1968); leaving rows
        out one by one says nothing of a median.
        """
        count = rows.shape[1]
        ordered, reach = np.sort(rows, axis=1), ceil(sqrt(count))
        low, high = max(0, count // 2 - reach), min(count - 1, count // 2 + reach)
        spacing = (ordered[:, high] - ordered[:, low]) / ((high - low) or 1) * count
        signs = np.sign(rows - np.median(rows, axis=1, keepdims=True))
        moved = (signs - signs.mean(axis=1, keepdims=True)) / 2 * spacing[:, None]
        table: Table = self.value(count)[:, None] + moved * self.measured.unit[:, None]
        return table
