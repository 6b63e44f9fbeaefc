"""The square non-linearity: a sigmoid of parabolas."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array, Mask


class SQNL(Elementwise):
    """f(z) = z - sign(z) z^2 / 4 for |z| <= 2, else sign(z); f' = 1 - |z| / 2 or 0 (Wuraola and Patel 2018)."""

    kinked: ClassVar[bool] = True

    def value(self, z: Array, out: Array) -> None:
        np.clip(z, -2, 2, out=out)
        np.multiply(out, 1 - np.abs(out) / 4, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self.value(z, spare)
        np.clip(z, -2, 2, out=z)
        np.abs(z, out=z)
        np.multiply(z, -0.5, out=z)
        np.add(z, 1, out=z)
        return spare, z

    def flat_at(self, a: Array) -> Mask:
        return np.abs(a) > 0.9999
