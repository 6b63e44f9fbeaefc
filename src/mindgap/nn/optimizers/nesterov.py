"""Gradient descent with Nesterov's momentum."""

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.optimizers import Column
from mindgap.nn.optimizers.momentum import Momentum


class Nesterov(Momentum):
    """v <- momentum v - lr g; w <- w + momentum v - lr g: the gradient counts as that of the point ahead.

    This is Nesterov's momentum in the variable w + momentum v (Sutskever et al. 2013; Bengio et al. 2013).
    """

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        np.multiply(gradient, learning_rate.astype(weights.dtype), out=scratch)
        self._accelerate(state[0], scratch, step)
        np.subtract(weights, scratch, out=weights)
        np.multiply(state[0], self._momentum, out=scratch)
        np.add(weights, scratch, out=weights)
