"""AdaGrad: a step size for each parameter, by the sum of its squared gradients."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, DType
from mindgap.nn.optimizers import Column, Optimizer
from mindgap.nn.optimizers._squares import Squares


class AdaGrad(Optimizer):
    """s <- s + g^2; w <- w - lr g / (sqrt(s) + epsilon) (Duchi et al. 2011)."""

    settings: ClassVar[tuple[str, ...]] = ("epsilon",)
    slots: ClassVar[int] = 1

    def __init__(self, columns: Mapping[str, Column], dtype: DType) -> None:
        self._squares = self._sums(columns, dtype)
        self._epsilon = self._squares.epsilon.astype(dtype)

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        self._squares.root(state[0], gradient, scratch, step)
        np.add(scratch, self._epsilon, out=scratch)
        np.divide(gradient, scratch, out=scratch)
        np.multiply(scratch, learning_rate.astype(weights.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)

    def _sums(self, columns: Mapping[str, Column], dtype: DType) -> Squares:
        return Squares(columns["epsilon"], dtype)
