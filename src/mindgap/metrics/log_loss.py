"""Log loss: how much is lost by believing the probabilities."""

import numpy as np

from mindgap.metrics import Chunk, Metric, Table
from mindgap.nn.losses import Loss, of_labels
from mindgap.words import words


class LogLoss(Metric):
    """The mean of -log p of each row's class, in nats: of plain cross-entropy the loss, whatever was smoothed."""

    tasks = ("classification",)
    final = True
    place = 9
    title = words("log loss (nats)")
    from_perfect = words("the log loss")
    style = words("number")

    @classmethod
    def applies(cls, loss: Loss) -> bool:
        return loss.probabilities

    def of_rows(self, chunk: Chunk) -> Table:
        outputs = chunk.outputs.astype(np.float64)
        largest = outputs.max(axis=2)
        total = np.log(np.exp(outputs - largest[..., None]).sum(axis=2))
        return np.asarray(total + largest - outputs.reshape(-1)[of_labels(outputs, chunk.targets)], np.float64)
