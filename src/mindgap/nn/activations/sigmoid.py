"""The sigmoid, or logistic function."""

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array, Mask


def logistic(z: Array, out: Array) -> None:
    """Write 1 / (1 + exp(-z)) to `out`, which may be z."""
    np.clip(z, -60, 60, out=out)  # exp(60) is far from overflow, exp(-60) far from denormal
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.add(out, 1, out=out)
    np.reciprocal(out, out=out)


class Sigmoid(Elementwise):
    """f(z) = 1 / (1 + exp(-z)), f' = f (1 - f) <= 1/4; flat where f < 0.01 or f > 0.99."""

    def value(self, z: Array, out: Array) -> None:
        logistic(z, out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        logistic(z, spare)
        np.subtract(1, spare, out=z)
        np.multiply(z, spare, out=z)
        return spare, z

    def flat_at(self, a: Array) -> Mask:
        return (a < 0.01) | (a > 0.99)
