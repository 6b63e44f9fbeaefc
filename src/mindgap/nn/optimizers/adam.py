"""Adam: momentum, and a step size for each parameter."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, DType, flush
from mindgap.nn.optimizers import FLUSH_EVERY, Column, Optimizer
from mindgap.nn.optimizers._squares import Squares


class Adam(Optimizer):
    """m <- b1 m + (1-b1) g; v <- b2 v + (1-b2) g^2; w <- w - lr m' / (sqrt(v') + epsilon) (Kingma and Ba 2015).

    m' = m / (1 - b1^t) and v' = v / (1 - b2^t) correct the bias of the first steps; b1 is `momentum`, b2 is `beta2`.
    Without `bias_correction` m' = m and v' = v: the first step is (1-b1) / sqrt(1-b2) times as large.

    The state holds m / (1-b1) and v / (1-b2), which saves two passes over the parameters and changes nothing else;
    where epsilon is small, the root of v / (1-b2), see `Squares`.
    """

    settings: ClassVar[tuple[str, ...]] = ("momentum", "beta2", "epsilon", "bias_correction")
    slots: ClassVar[int] = 2

    def __init__(self, columns: Mapping[str, Column], dtype: DType) -> None:
        self._beta1, self._beta2 = columns["momentum"], columns["beta2"]
        self._decay1 = self._beta1.astype(dtype)
        self._corrected = columns["bias_correction"] != 0
        self._squares = Squares(columns["epsilon"], dtype, self._beta2)

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        first, second = state
        np.multiply(first, self._decay1, out=first)
        np.add(first, gradient, out=first)
        if step % FLUSH_EVERY == 0:
            flush(first, self._squares.magnitude)
        self._squares.root(second, gradient, scratch, step)
        seen = [np.where(self._corrected, 1 - beta**step, 1) for beta in (self._beta1, self._beta2)]
        root = np.sqrt((1 - self._beta2) / seen[1])
        rate = learning_rate * (1 - self._beta1) / seen[0] / root
        np.add(scratch, (self._squares.epsilon / root).astype(scratch.dtype), out=scratch)
        np.divide(first, scratch, out=scratch)
        np.multiply(scratch, rate.astype(scratch.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)
