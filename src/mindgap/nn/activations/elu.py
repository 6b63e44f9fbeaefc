"""The exponential linear unit."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array
from mindgap.nn.hidden import Site


class ELU(Elementwise):
    """f(z) = z for z > 0, else alpha (exp(z) - 1), alpha being `leak`; f' = 1 or f + alpha (Clevert 2016)."""

    settings: ClassVar[tuple[str, ...]] = ("leak",)
    kinked: ClassVar[bool] = True
    leak: ClassVar[float] = 1.0

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._alpha, self._scale = site.leak, 1.0

    def value(self, z: Array, out: Array) -> None:
        np.minimum(z, 0, out=out)
        np.maximum(out, -60, out=out)
        np.expm1(out, out=out)
        np.multiply(out, self._alpha, out=out)
        np.add(out, np.maximum(z, 0), out=out)
        np.multiply(out, self._scale, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self.value(z, spare)
        positive = z > 0
        np.add(spare, self._scale * self._alpha, out=z)
        np.copyto(z, self._scale, where=positive)
        return spare, z
