"""Cross-entropy of the softmax, with or without label smoothing."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.information import entropy
from mindgap.nn.losses import Column, Loss, Targets, of_labels


class CrossEntropy(Loss):
    """-sum_j t_j log softmax(z)_j in nats, with t = (1 - s) onehot(y) + s / classes and s the label smoothing.

    Without smoothing it is log sum_j exp(z_j) - z_y. The gradient is (softmax(z) - t) / rows. The largest logit is
    subtracted first, so nothing overflows. In the gradient, shifted logits below a third of the smallest exponent
    count as that: their probability, below 1e-12 in float32, stays a normal number through what follows.
    Smoothing: Szegedy et al. 2016.
    """

    settings: ClassVar[tuple[str, ...]] = ("label_smoothing",)
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    probabilities: ClassVar[bool] = True

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._smoothing = columns["label_smoothing"]

    def values(self, outputs: Array, targets: Targets) -> Array:
        largest = _largest(outputs)
        total = np.log(np.exp(outputs - largest[..., None]).sum(axis=-1))
        behind = largest - outputs.reshape(-1)[of_labels(outputs, targets)]  # in this order large logits lose no digits
        if not self._smoothing.any():
            return np.asarray(total + behind)
        smoothing = self._smoothing.astype(outputs.dtype)
        others = np.where(smoothing > 0, (largest[..., None] - outputs).mean(axis=-1), 0)  # 0 times inf is no number
        return np.asarray(total + (1 - smoothing) * behind + smoothing * others)

    def gradient(self, outputs: Array, targets: Targets) -> None:
        rows, classes = outputs.shape[1:]
        dtype = outputs.dtype.type
        np.subtract(outputs, _largest(outputs)[..., None], out=outputs)
        np.maximum(outputs, _lowest(outputs.dtype), out=outputs)
        np.exp(outputs, out=outputs)
        # One product a network: the sum's bits do not depend on the count, and it is the fastest way.
        total = np.matmul(outputs, np.full((classes, 1), rows, dtype))
        np.divide(outputs, total, out=outputs)
        flat, places = outputs.reshape(-1), of_labels(outputs, targets)
        wanted = dtype(1) / dtype(rows)
        if not self._smoothing.any():
            flat[places] -= wanted
            return
        smoothing = self._smoothing.astype(dtype)
        others = smoothing / dtype(classes * rows)
        chosen = flat[places] - ((1 - smoothing) * wanted + others)
        np.subtract(outputs, others[..., None], out=outputs)
        flat[places] = chosen

    def at_zero(self, outputs: int, targets: Targets) -> float:
        return float(np.log(outputs))

    def target_entropy(self, classes: int) -> Column:
        others = np.repeat(self._smoothing / classes, classes - 1, axis=1)
        shares = np.concatenate([1 - self._smoothing + self._smoothing / classes, others], axis=1)
        return entropy(shares).astype(np.float64)


@cache
def _lowest(dtype: np.dtype[np.floating[Any]]) -> np.floating[Any]:
    """The least shifted logit that the gradient tells from others."""
    return dtype.type(np.log(np.finfo(dtype).tiny) / 3)


def _largest(outputs: Array) -> Array:
    """The largest output of each row, (count, rows), by a copy with classes first, which NumPy reduces faster."""
    return np.asarray(outputs.transpose(2, 0, 1).copy().max(axis=0))
