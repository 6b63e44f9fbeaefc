"""What metrics of the order of rows share: each network's margins of all rows, sorted once all are there."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mindgap.metrics import Chunk, Measured, Metric, Style, Table, jackknife
from mindgap.words import words

Found = NDArray[np.bool_]


class OfRanking(Metric):
    """A function of how two classes' rows are sorted by the second's output minus the first's."""

    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    larger_is_better: ClassVar[bool] = True
    final: ClassVar[bool] = True
    classes: ClassVar[int | None] = 2
    most: ClassVar[float] = 1.0
    style: ClassVar[Style] = words("percent")

    def __init__(self, measured: Measured) -> None:
        super().__init__(measured)
        self._margins: list[Table] = []

    @abstractmethod
    def score(self, margins: Table, found: Found) -> float:
        """The metric of one network, from margins (rows,) and whether each row is of the second class, (rows,)."""

    @abstractmethod
    def without(self, margins: Table, found: Found) -> Table:
        """The same without each row in turn, (rows,); as it is where no class would be left of two."""

    def of_rows(self, chunk: Chunk) -> Table:
        """The margins."""
        return chunk.margins

    def add(self, chunk: Chunk) -> Table:
        margins = self.of_rows(chunk)
        self._margins.append(margins)
        return margins

    def value(self, rows: int) -> Table:
        margins = np.concatenate(self._margins, axis=1)
        return np.array([self.score(*pair) if np.isfinite(pair[0]).all() else np.nan for pair in self._pairs(margins)])

    def by_row(self, rows: Table) -> Table:
        return jackknife(self.value(rows.shape[1]), np.stack([self.without(*pair) for pair in self._pairs(rows)]))

    def _pairs(self, margins: Table) -> list[tuple[Table, Found]]:
        found = np.broadcast_to(self.measured.targets == 1, margins.shape)
        return list(zip(margins, found, strict=True))
