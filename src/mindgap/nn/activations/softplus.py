"""The softplus: a smooth rectifier."""

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.activations.sigmoid import logistic
from mindgap.nn.arrays import Array, Mask


class Softplus(Elementwise):
    """f(z) = log(1 + exp(z)), f' = sigmoid(z); flat where f' < 0.01."""

    def value(self, z: Array, out: Array) -> None:
        np.abs(z, out=out)
        np.negative(out, out=out)
        np.maximum(out, -60, out=out)
        np.exp(out, out=out)
        np.log1p(out, out=out)
        np.add(out, np.maximum(z, 0), out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self.value(z, spare)
        logistic(z, z)
        return spare, z

    def flat_at(self, a: Array) -> Mask:
        return a < 0.01
