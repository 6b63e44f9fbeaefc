"""The sigmoid-weighted linear unit, also called swish."""

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.activations.sigmoid import logistic
from mindgap.nn.arrays import Array


class SiLU(Elementwise):
    """f(z) = z sigmoid(z), f' = s + f (1 - s) with s = sigmoid(z); flat nowhere but in the far left (Elfwing 2018)."""

    def value(self, z: Array, out: Array) -> None:
        logistic(z, out)
        np.multiply(np.maximum(z, -60), out, out=out)  # beyond, the logistic falls no more

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        logistic(z, spare)
        np.multiply(np.maximum(z, -60, out=z), spare, out=z)
        slope = np.minimum(z, 60) * (1 - spare)  # where 1 - s is 0: inf times 0 would be no number
        np.add(slope, spare, out=spare)
        return z, spare
