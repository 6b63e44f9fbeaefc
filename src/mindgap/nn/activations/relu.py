"""The rectified linear unit."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array, Mask
from mindgap.nn.hidden import Site


class ReLU(Elementwise):
    """f(z) = max(0, z), f' = 1 for z > 0, else 0 (also at 0); flat where f = 0."""

    kinked: ClassVar[bool] = True

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._zeros: Array = np.empty(0, site.dtype)
        self._positive: Mask = np.empty(0, np.bool_)

    def value(self, z: Array, out: Array) -> None:
        np.maximum(z, 0, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        if z.shape != self._zeros.shape:
            self._zeros, self._positive = np.zeros_like(z), np.empty_like(z, np.bool_)
        np.copyto(spare, np.greater(z, 0, out=self._positive))  # faster than to compare and cast in one call
        return np.maximum(z, self._zeros, out=z), spare  # faster than with the number 0

    def flat_at(self, a: Array) -> Mask:
        return a <= 0
