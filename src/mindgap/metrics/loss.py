"""The loss, as a metric: without penalties."""

from mindgap.metrics import Chunk, Metric, Table
from mindgap.words import words


class Loss(Metric):
    """The mean of the loss that training minimises; in nats if it is cross-entropy."""

    tasks = ("classification", "regression")
    place = 16
    title = words("loss")
    from_perfect = words("the loss")
    style = words("number")

    def of_rows(self, chunk: Chunk) -> Table:
        return chunk.losses
