"""Brier score: how far the probabilities lie from what was, squared."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.losses import Loss, of_labels
from mindgap.words import words


class Brier(Metric):
    """The mean of sum_j (p_j - onehot_j)^2; of two classes half of it, which is (p_1 - y)^2 (Brier 1950)."""

    tasks = ("classification",)
    final = True
    most = 2.0
    place = 10
    title = words("Brier score")
    from_perfect = words("the Brier score")
    style = words("number")

    @classmethod
    def applies(cls, loss: Loss) -> bool:
        return loss.probabilities

    def of_rows(self, chunk: Chunk) -> Table:
        apart = chunk.probabilities.copy()
        apart.reshape(-1)[of_labels(apart, chunk.targets)] -= 1
        score: Table = np.square(apart, out=apart).sum(axis=2)
        return score / 2 if self.measured.outputs == 2 else score
