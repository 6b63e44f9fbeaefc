"""RMSProp: a step size for each parameter, by a running mean of its squared gradients."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, DType, flush
from mindgap.nn.optimizers import FLUSH_EVERY, Column
from mindgap.nn.optimizers.adagrad import AdaGrad


class RMSProp(AdaGrad):
    """s <- beta2 s + (1 - beta2) g^2; w <- w - lr g / (sqrt(s) + epsilon) (Tieleman and Hinton 2012)."""

    settings: ClassVar[tuple[str, ...]] = ("beta2", "epsilon")

    def __init__(self, columns: Mapping[str, Column], dtype: DType) -> None:
        super().__init__(columns, dtype)
        self._decay, self._share = columns["beta2"].astype(dtype), (1 - columns["beta2"]).astype(dtype)

    def _accumulate(self, squares: Array, new: Array, step: int) -> None:
        np.multiply(squares, self._decay, out=squares)
        np.multiply(new, self._share, out=new)
        np.add(squares, new, out=squares)
        if step % FLUSH_EVERY == 0:
            flush(squares, 1e-20)
