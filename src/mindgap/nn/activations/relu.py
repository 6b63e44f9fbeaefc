"""The rectified linear unit."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array, Mask


class ReLU(Elementwise):
    """f(z) = max(0, z), f' = 1 for z > 0, else 0 (also at 0); flat where f = 0."""

    kinked: ClassVar[bool] = True

    def value(self, z: Array, out: Array) -> None:
        np.greater(z, 0, out=out, casting="unsafe")  # the mask times z is faster than the maximum of z and 0
        np.multiply(z, out, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        np.greater(z, 0, out=spare, casting="unsafe")
        return np.multiply(z, spare, out=z), spare

    def flat_at(self, a: Array) -> Mask:
        return a <= 0
