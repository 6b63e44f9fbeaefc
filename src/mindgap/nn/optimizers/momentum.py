"""Gradient descent with momentum."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, DType, flush
from mindgap.nn.optimizers import FLUSH_EVERY, Column, Optimizer


class Momentum(Optimizer):
    """v <- momentum v - lr g; w <- w + v. The learning rate is inside the velocity (Sutskever et al. 2013).

    PyTorch has it outside, v <- momentum v + g; w <- w - lr v. Where it falls, a step here still has what earlier
    gradients gained by the higher rate; at a constant rate both are the same.
    """

    settings: ClassVar[tuple[str, ...]] = ("momentum",)
    slots: ClassVar[int] = 1

    def __init__(self, columns: Mapping[str, Column], dtype: DType) -> None:
        self._momentum = columns["momentum"].astype(dtype)

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        np.multiply(gradient, learning_rate.astype(weights.dtype), out=scratch)
        self._accelerate(state[0], scratch, step)
        np.add(weights, state[0], out=weights)

    def _accelerate(self, velocity: Array, push: Array, step: int) -> None:
        np.multiply(velocity, self._momentum, out=velocity)
        np.subtract(velocity, push, out=velocity)
        if step % FLUSH_EVERY == 0:
            flush(velocity, 1e-12)
