"""Losses: one value a row for measuring, and the gradient of a batch's mean for learning."""

from typing import Protocol

import numpy as np

from mindgap.nn.arrays import Array, Labels


class Loss(Protocol):
    """A loss of logits (count, rows, classes) against labels (rows,) in 0 .. classes-1."""

    def values(self, logits: Array, labels: Labels) -> Array:
        """The loss of each row, shape (count, rows); logits stay as they are."""

    def gradient(self, logits: Array, labels: Labels) -> None:
        """Overwrite the logits with the gradient of the batch's mean loss with respect to them."""


class SoftmaxCrossEntropy:
    """-log softmax(z)_y = log sum_j exp(z_j) - z_y, in nats; gradient (softmax(z) - onehot(y)) / rows.

    The largest logit is subtracted first, so nothing overflows. Shifted logits below a third of the smallest
    exponent count as that: their probability, below 1e-12 in float32, stays a normal number through what follows.
    """

    def values(self, logits: Array, labels: Labels) -> Array:
        largest = _largest(logits)
        total = np.exp(logits - largest[..., None]).sum(axis=-1)
        return np.asarray(np.log(total) + largest - logits[:, np.arange(len(labels)), labels])

    def gradient(self, logits: Array, labels: Labels) -> None:
        rows, classes = logits.shape[1:]
        dtype = logits.dtype.type
        lowest = dtype(np.log(np.finfo(dtype).tiny) / 3)
        np.subtract(logits, _largest(logits)[..., None], out=logits)
        np.maximum(logits, lowest, out=logits)
        np.exp(logits, out=logits)
        # One product a network: the sum's bits do not depend on the count, and it is the fastest way.
        total = np.matmul(logits, np.full((classes, 1), rows, dtype))
        np.divide(logits, total, out=logits)
        wanted = np.zeros((rows, classes), dtype)
        wanted[np.arange(rows), labels] = 1 / rows
        np.subtract(logits, wanted, out=logits)


def _largest(logits: Array) -> Array:
    """The largest logit of each row, (count, rows), by a copy with classes first, which NumPy reduces faster."""
    count, rows, classes = logits.shape
    largest: Array = logits.reshape(count * rows, classes).T.copy().max(axis=0)
    return largest.reshape(count, rows)


LOSSES: dict[str, type[Loss]] = {"softmax_cross_entropy": SoftmaxCrossEntropy}
