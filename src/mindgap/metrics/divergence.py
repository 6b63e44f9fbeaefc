"""Divergence of the predictions: how far they lie from the targets."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.losses import Loss
from mindgap.words import words


class Divergence(Metric):
    """The mean KL(target || predicted) in nats: the loss less the targets' own entropy, 0 without label smoothing."""

    tasks = ("classification",)
    thorough = True
    place = 18
    title = words("divergence (nats)")
    from_perfect = words("the divergence")
    style = words("number")

    @classmethod
    def applies(cls, loss: Loss) -> bool:
        return loss.probabilities

    def of_rows(self, chunk: Chunk) -> Table:
        return chunk.losses

    def value(self, rows: int) -> Table:
        return self.total / rows - self._least()

    def by_row(self, rows: Table) -> Table:
        return rows - np.reshape(self._least(), (-1, 1))

    def _least(self) -> Table:
        return np.asarray(self.measured.loss.target_entropy(self.measured.outputs), np.float64)
