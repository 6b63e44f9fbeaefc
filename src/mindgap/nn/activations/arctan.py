"""The inverse tangent."""

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array, Mask


class Arctan(Elementwise):
    """f(z) = arctan(z), f' = 1 / (1 + z^2); flat where |z| > 10, so |f| > 1.4711."""

    def value(self, z: Array, out: Array) -> None:
        np.arctan(z, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        np.arctan(z, out=spare)
        np.multiply(z, z, out=z)
        np.add(z, 1, out=z)
        np.reciprocal(z, out=z)
        return spare, z

    def flat_at(self, a: Array) -> Mask:
        return np.abs(a) > 1.4711
