"""Accuracy: how many rows are right."""

from mindgap.metrics import Chunk, Metric
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

    def add(self, chunk: Chunk) -> None:
        self.total += (chunk.answers == chunk.targets).sum(axis=1)
