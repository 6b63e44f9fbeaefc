"""Calibration error: how far from its word a network is that says how sure it is."""

import numpy as np
from numpy.typing import NDArray

from mindgap.metrics import Chunk, Measured, Metric, Table
from mindgap.nn.losses import Loss
from mindgap.words import words

BINS = 15
"""Bins of equal width, as Guo et al. 2017 have them."""


class CalibrationError(Metric):
    """sum_b n_b / n |accuracy_b - confidence_b|: rows are binned by the probability of the class they are taken for.

    Expected calibration error (Naeini et al. 2015). Few rows make it too large, as chance alone moves each bin.
    """

    tasks = ("classification",)
    final = True
    most = 1.0
    place = 13
    title = words("calibration error (%)")
    from_perfect = words("the calibration error")
    style = words("percent")

    def __init__(self, measured: Measured) -> None:
        super().__init__(measured)
        self._sums = np.zeros((measured.count, BINS))
        self._bins: list[NDArray[np.int64]] = []

    @classmethod
    def applies(cls, loss: Loss) -> bool:
        return loss.probabilities

    def of_rows(self, chunk: Chunk) -> Table:
        """Whether a row is right, minus how sure the network is."""
        return np.asarray((chunk.answers == chunk.targets) - self._sure(chunk), np.float64)

    def add(self, chunk: Chunk) -> Table:
        rows, bins = self.of_rows(chunk), bin_of(self._sure(chunk))
        self._bins.append(bins)
        for sums, own, values in zip(self._sums, bins, rows, strict=True):
            sums += np.bincount(own, np.nan_to_num(values), minlength=BINS)
        return rows

    def value(self, rows: int) -> Table:
        return np.asarray(np.abs(self._sums).sum(axis=1) / rows, np.float64)

    def by_row(self, rows: Table) -> Table:
        bins = np.concatenate(self._bins, axis=1)
        table: Table = rows * np.take_along_axis(np.sign(self._sums), bins, axis=1)
        return table

    def _sure(self, chunk: Chunk) -> Table:
        sure: Table = np.take_along_axis(chunk.probabilities, chunk.answers[..., None], axis=2)[..., 0]
        return sure


def bin_of(sure: Table) -> NDArray[np.int64]:
    """The bin of each probability: b of those above b / 15 and up to (b + 1) / 15, the first with 0."""
    bins: NDArray[np.int64] = np.clip(np.ceil(np.nan_to_num(sure) * BINS) - 1, 0, BINS - 1).astype(np.int64)
    return bins
