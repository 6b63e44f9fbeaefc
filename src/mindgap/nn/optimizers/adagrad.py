"""AdaGrad: a step size for each parameter, by the sum of its squared gradients."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, DType
from mindgap.nn.optimizers import Column, Optimizer


class AdaGrad(Optimizer):
    """s <- s + g^2; w <- w - lr g / (sqrt(s) + epsilon) (Duchi et al. 2011)."""

    settings: ClassVar[tuple[str, ...]] = ("epsilon",)
    slots: ClassVar[int] = 1

    def __init__(self, columns: Mapping[str, Column], dtype: DType) -> None:
        self._epsilon = columns["epsilon"].astype(dtype)

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        squares = state[0]
        np.multiply(gradient, gradient, out=scratch)
        self._accumulate(squares, scratch, step)
        np.sqrt(squares, out=scratch)
        np.add(scratch, self._epsilon, out=scratch)
        np.divide(gradient, scratch, out=scratch)
        np.multiply(scratch, learning_rate.astype(weights.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)

    def _accumulate(self, squares: Array, new: Array, step: int) -> None:
        np.add(squares, new, out=squares)
