"""The rectified linear unit."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Activation
from mindgap.nn.arrays import Array, Draws, Mask
from mindgap.nn.hidden import Site


class ReLU(Activation):
    """f(z) = max(0, z), f' = 1 for z > 0, else 0 (also at 0); flat where f = 0.

    It takes z's own place, and keeps of f' a byte a value.
    """

    kinked: ClassVar[bool] = True

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._zeros: Array = np.zeros((1, 1), site.dtype)
        self._positive: Mask = np.empty(0, np.bool_)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        if self.positions == 1 and x.shape[1:] != self._zeros.shape:
            self._zeros = np.zeros_like(x[0])  # of small batches faster than the number 0
        if draws is not None:
            if x.shape != self._positive.shape:
                self._positive = np.empty_like(x, np.bool_)
            np.greater(x, 0, out=self._positive)
        self.output = np.maximum(x, self._zeros, out=x)
        return self.output

    def backward(self, gradient: Array) -> Array:
        return np.multiply(gradient, self._positive, out=gradient)

    def flat(self) -> Mask:
        return self.output <= 0
