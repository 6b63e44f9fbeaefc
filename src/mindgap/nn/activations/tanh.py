"""The hyperbolic tangent."""

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array, Mask


class Tanh(Elementwise):
    """f(z) = tanh(z), f' = 1 - f^2; flat where |f| > 0.99."""

    def value(self, z: Array, out: Array) -> None:
        np.tanh(z, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        np.tanh(z, out=spare)
        np.multiply(spare, spare, out=z)
        np.subtract(1, z, out=z)
        return spare, z

    def flat_at(self, a: Array) -> Mask:
        return np.abs(a) > 0.99
