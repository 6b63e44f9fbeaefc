"""Gradient descent as it stands."""

from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.optimizers import Column, Optimizer


class SGD(Optimizer):
    """w <- w - lr g."""

    slots: ClassVar[int] = 0

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        np.multiply(gradient, learning_rate.astype(weights.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)
