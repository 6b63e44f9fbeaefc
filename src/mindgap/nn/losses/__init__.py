"""Losses: one value a row for measuring, and the gradient of a batch's mean for learning."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array
from mindgap.nn.information import entropy

Targets = NDArray[Any]
"""Labels (rows,) as integers 0 .. outputs-1, which count as one-hot rows, or values as floating-point numbers: (rows,) for
a network of one output, (rows, outputs) for one of any number."""


class Loss(Protocol):
    """A loss of outputs (count, rows, outputs). `settings` holds one float64 value a network, each (count, 1)."""

    tasks: ClassVar[tuple[str, ...]]
    """What it is for: classification, regression."""

    def __init__(self, settings: Mapping[str, NDArray[np.float64]]) -> None: ...

    def values(self, outputs: Array, targets: Targets) -> Array:
        """The loss of each row, (count, rows); the outputs stay as they are."""

    def gradient(self, outputs: Array, targets: Targets) -> None:
        """Overwrite the outputs with the gradient of the batch's mean loss with respect to them."""

    def at_zero(self, outputs: int, targets: Targets) -> float:
        """The first network's mean loss where all outputs are 0: what a network that knows nothing yet must lose."""


class SoftmaxCrossEntropy:
    """-sum_j t_j log softmax(z)_j in nats, with t = (1 - s) onehot(y) + s / classes and s the label smoothing.

    Without smoothing it is log sum_j exp(z_j) - z_y. The gradient is (softmax(z) - t) / rows. The largest logit is
    subtracted first, so nothing overflows. In the gradient, shifted logits below a third of the smallest exponent
    count as that: their probability, below 1e-12 in float32, stays a normal number through what follows.
    Smoothing: Szegedy et al. 2016.
    """

    tasks: ClassVar[tuple[str, ...]] = ("classification",)

    def __init__(self, settings: Mapping[str, NDArray[np.float64]]) -> None:
        self._smoothing = settings["label_smoothing"]

    def values(self, outputs: Array, targets: Targets) -> Array:
        largest = _largest(outputs)
        total = np.log(np.exp(outputs - largest[..., None]).sum(axis=-1))
        behind = largest - outputs[:, np.arange(len(targets)), targets]  # in this order large logits lose no digits
        if not self._smoothing.any():
            return np.asarray(total + behind)
        smoothing = self._smoothing.astype(outputs.dtype)
        return np.asarray(total + (1 - smoothing) * behind + smoothing * (largest[..., None] - outputs).mean(axis=-1))

    def gradient(self, outputs: Array, targets: Targets) -> None:
        rows, classes = outputs.shape[1:]
        dtype = outputs.dtype.type
        lowest = dtype(np.log(np.finfo(dtype).tiny) / 3)
        np.subtract(outputs, _largest(outputs)[..., None], out=outputs)
        np.maximum(outputs, lowest, out=outputs)
        np.exp(outputs, out=outputs)
        # One product a network: the sum's bits do not depend on the count, and it is the fastest way.
        total = np.matmul(outputs, np.full((classes, 1), rows, dtype))
        np.divide(outputs, total, out=outputs)
        wanted = _onehot(outputs, targets) / dtype(rows)
        if self._smoothing.any():
            smoothing = self._smoothing[..., None].astype(dtype)
            wanted = (1 - smoothing) * wanted + smoothing / dtype(classes * rows)
        np.subtract(outputs, wanted, out=outputs)

    def at_zero(self, outputs: int, targets: Targets) -> float:
        return float(np.log(outputs))

    def target_entropy(self, classes: int) -> NDArray[np.float64]:
        """H(t) of each network's targets in nats, (count,): the least loss there is, 0 without smoothing."""
        others = np.repeat(self._smoothing / classes, classes - 1, axis=1)
        shares = np.concatenate([1 - self._smoothing + self._smoothing / classes, others], axis=1)
        return entropy(shares).astype(np.float64)


class Hinge:
    """sum over j != y of max(0, z_j - z_y + margin): the multiclass support vector machine (Weston, Watkins 1999)."""

    tasks: ClassVar[tuple[str, ...]] = ("classification",)

    def __init__(self, settings: Mapping[str, NDArray[np.float64]]) -> None:
        self._margin = settings["margin"][..., None]

    def values(self, outputs: Array, targets: Targets) -> Array:
        return np.asarray(self._excess(outputs, targets).sum(axis=-1))

    def gradient(self, outputs: Array, targets: Targets) -> None:
        rows = len(targets)
        above = (self._excess(outputs, targets) > 0).astype(outputs.dtype)
        above[:, np.arange(rows), targets] = -above.sum(axis=-1)
        np.divide(above, outputs.dtype.type(rows), out=outputs)

    def at_zero(self, outputs: int, targets: Targets) -> float:
        return float(self._margin[0, 0, 0]) * (outputs - 1)

    def _excess(self, outputs: Array, targets: Targets) -> Array:
        chosen = np.arange(len(targets)), targets
        wanted = outputs[:, chosen[0], chosen[1]][..., None]
        excess = np.maximum(outputs - wanted + self._margin.astype(outputs.dtype), 0)
        excess[:, chosen[0], chosen[1]] = 0
        return excess


class _Difference:
    """A loss of the difference d between outputs and targets, averaged over the outputs."""

    tasks: ClassVar[tuple[str, ...]] = ("classification", "regression")

    def __init__(self, settings: Mapping[str, NDArray[np.float64]]) -> None:
        self._delta = settings["huber_delta"][..., None]

    def values(self, outputs: Array, targets: Targets) -> Array:
        return np.asarray(self._loss(outputs - _wanted(outputs, targets)).mean(axis=-1))

    def gradient(self, outputs: Array, targets: Targets) -> None:
        slope = self._slope(outputs - _wanted(outputs, targets))
        np.divide(slope, outputs.dtype.type(outputs.shape[1] * outputs.shape[2]), out=outputs)

    def at_zero(self, outputs: int, targets: Targets) -> float:
        return float(self.values(np.zeros((len(self._delta), len(targets), outputs)), targets)[0].mean())

    def _loss(self, difference: Array) -> Array:
        raise AssertionError

    def _slope(self, difference: Array) -> Array:
        raise AssertionError


class MeanSquaredError(_Difference):
    """d^2, averaged over the outputs; its slope is 2 d."""

    def _loss(self, difference: Array) -> Array:
        return difference * difference

    def _slope(self, difference: Array) -> Array:
        return 2 * difference


class MeanAbsoluteError(_Difference):
    """|d|, averaged over the outputs; its slope is the sign of d, 0 at 0."""

    def _loss(self, difference: Array) -> Array:
        return np.abs(difference)

    def _slope(self, difference: Array) -> Array:
        return np.sign(difference)


class Huber(_Difference):
    """d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2): squared near 0, absolute far out (Huber 1964)."""

    tasks: ClassVar[tuple[str, ...]] = ("regression",)

    def _loss(self, difference: Array) -> Array:
        delta = self._delta.astype(difference.dtype)
        near = np.clip(difference, -delta, delta)
        return near * (difference - near / 2)

    def _slope(self, difference: Array) -> Array:
        delta = self._delta.astype(difference.dtype)
        return np.clip(difference, -delta, delta)


def _largest(outputs: Array) -> Array:
    """The largest output of each row, (count, rows), by a copy with classes first, which NumPy reduces faster."""
    return np.asarray(outputs.transpose(2, 0, 1).copy().max(axis=0))


def _onehot(outputs: Array, labels: Targets) -> Array:
    rows, classes = outputs.shape[1:]
    table = np.zeros((rows, classes), outputs.dtype)
    table[np.arange(rows), labels] = 1
    return table


def _wanted(outputs: Array, targets: Targets) -> Array:
    """What the outputs should be, (rows, outputs)."""
    if targets.dtype.kind == "i":
        return _onehot(outputs, targets)
    values = targets.astype(outputs.dtype)
    return values[:, None] if values.ndim == 1 else values


LOSSES: dict[str, type[Loss]] = {
    "cross_entropy": SoftmaxCrossEntropy,
    "hinge": Hinge,
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "huber": Huber,
}
