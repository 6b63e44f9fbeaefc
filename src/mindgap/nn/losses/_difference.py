"""What losses of the difference between outputs and targets share."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Loss, Targets, of_labels


class Difference(Loss):
    """A loss of the difference d between outputs and targets, averaged over the outputs; classes are one-hot."""

    tasks: ClassVar[tuple[str, ...]] = ("classification", "regression")

    def values(self, outputs: Array, targets: Targets) -> Array:
        return np.asarray(self._loss(outputs - _wanted(outputs, targets)).mean(axis=-1))

    def gradient(self, outputs: Array, targets: Targets) -> None:
        slope = self._slope(outputs - _wanted(outputs, targets))
        np.divide(slope, outputs.dtype.type(outputs.shape[1] * outputs.shape[2]), out=outputs)

    def at_zero(self, outputs: int, targets: Targets) -> float:
        return float(self.values(np.zeros((1, len(targets), outputs)), targets)[0].mean())

    @abstractmethod
    def _loss(self, difference: Array) -> Array:
        """The loss of each output."""

    @abstractmethod
    def _slope(self, difference: Array) -> Array:
        """Its derivative."""


def _wanted(outputs: Array, targets: Targets) -> Array:
    """What the outputs should be, (1 or count, rows, outputs)."""
    if targets.dtype.kind != "i":
        return targets.astype(outputs.dtype).reshape(-1, *outputs.shape[1:])
    table = np.zeros((targets.size // outputs.shape[1], *outputs.shape[1:]), outputs.dtype)
    table.reshape(-1)[of_labels(table, targets)] = 1
    return table
