"""Divergence of the predictions: how far they lie from the targets."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.losses import Loss, Targets
from mindgap.words import words


class Divergence(Metric):
    """The mean KL(target || predicted) in nats: the loss less the targets' own entropy, 0 without label smoothing."""

    tasks = ("classification",)
    thorough = True
    place = 7
    title = words("divergence (nats)")
    from_perfect = words("the divergence")
    style = words("number")

    def __init__(self, count: int, targets: Targets, unit: float, loss: Loss, outputs: int) -> None:
        super().__init__(count, targets, unit, loss, outputs)
        self._least = np.asarray(loss.target_entropy(outputs))

    @classmethod
    def applies(cls, loss: Loss) -> bool:
        return loss.probabilities

    def add(self, chunk: Chunk) -> None:
        self._total += chunk.losses.sum(axis=1)

    def value(self, rows: int) -> Table:
        return self._total / rows - self._least
