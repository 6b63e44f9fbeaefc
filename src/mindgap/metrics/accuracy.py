"""Accuracy: how many rows are right."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.words import words


class Accuracy(Metric):
    """The share of rows whose largest output is that of their class."""

    tasks = ("classification",)
    larger_is_better = True
    most = 1.0
    place = 1
    title = words("accuracy (%)")
    from_perfect = words("the error")
    style = words("percent")

    def of_rows(self, chunk: Chunk) -> Table:
        return np.asarray(chunk.answers == chunk.targets, np.float64)
