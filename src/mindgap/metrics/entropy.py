"""Entropy of the predictions: how undecided a network is."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.information import entropy
from mindgap.nn.losses import Loss
from mindgap.words import words


class Entropy(Metric):
    """The mean entropy of the predicted distributions, in nats."""

    tasks = ("classification",)
    thorough = True
    place = 17
    title = words("entropy (nats)")
    from_perfect = words("the entropy")
    style = words("number")

    @classmethod
    def applies(cls, loss: Loss) -> bool:
        return loss.probabilities

    def of_rows(self, chunk: Chunk) -> Table:
        return np.asarray(entropy(chunk.probabilities), np.float64)
