"""What metrics of the confusion matrix share: how many rows of each class are taken for each."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mindgap.metrics import Chunk, Measured, Metric, Style, Table, jackknife
from mindgap.words import words


class OfConfusion(Metric):
    """A function of counts by true (row) and predicted (column) class."""

    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    larger_is_better: ClassVar[bool] = True
    final: ClassVar[bool] = True
    most: ClassVar[float] = 1.0
    style: ClassVar[Style] = words("percent")

    def __init__(self, measured: Measured) -> None:
        super().__init__(measured)
        self._counts = np.zeros((measured.count, measured.outputs, measured.outputs))

    @abstractmethod
    def score(self, counts: Table) -> Table:
        """The metric of counts (..., classes, classes), (...)."""

    def of_rows(self, chunk: Chunk) -> Table:
        """The class that each row is taken for."""
        return chunk.answers.astype(np.float64)

    def add(self, chunk: Chunk) -> Table:
        cells, size = self._cells(chunk.answers, chunk.targets), self._counts[0].size
        for row, own in enumerate(cells):
            self._counts[row] += np.bincount(own, minlength=size).reshape(self._counts.shape[1:])
        return self.of_rows(chunk)

    def value(self, rows: int) -> Table:
        return self.score(self._counts)

    def by_row(self, rows: Table) -> Table:
        """A row less in a cell has the same effect wherever it comes from: one value for each cell that has any."""
        cells, size = self._cells(rows.astype(np.int64), self.measured.targets), self._counts[0].size
        without = np.empty_like(rows)
        for cell in np.unique(cells):
            less = self._counts.copy()
            less.reshape(-1, size)[:, cell] -= 1
            own = cells == cell
            without[own] = np.broadcast_to(self.score(np.maximum(less, 0))[:, None], rows.shape)[own]
        return jackknife(self.score(self._counts), without)

    def _cells(self, answers: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each row's cell lies in a flat matrix, (count, rows)."""
        cells: NDArray[np.int64] = targets * self.measured.outputs + answers
        return cells


def ratio(part: Table, whole: Table) -> Table:
    """part / whole, and 0 where there is nothing to divide by, as scikit-learn has it."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def f1(counts: Table) -> Table:
    """Each class's F1, 2 right / (rows of it + rows taken for it), (..., classes); 0 where there are neither."""
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    return ratio(2 * right, counts.sum(axis=-1) + counts.sum(axis=-2))
