"""The leaky rectified linear unit."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array
from mindgap.nn.hidden import Site


def lowest(slope: Array) -> Array:
    """The least z that is multiplied by a slope: -inf, or where it is 0 a finite one, as their product is then 0."""
    return np.where(slope == 0, np.finfo(slope.dtype).min, slope.dtype.type(-np.inf))


class LeakyReLU(Elementwise):
    """f(z) = z for z > 0, else leak z, with leak >= 0; f' = 1 or leak; flat nowhere (Maas et al. 2013)."""

    settings: ClassVar[tuple[str, ...]] = ("leak",)
    kinked: ClassVar[bool] = True
    leak: ClassVar[float] = 0.01

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._leak, self._lowest = site.leak, lowest(site.leak)

    def value(self, z: Array, out: Array) -> None:
        self._slope(z, out)
        np.multiply(z if self._leak.all() else np.maximum(z, self._lowest), out, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self._slope(z, spare)
        if not self._leak.all():
            np.maximum(z, self._lowest, out=z)
        return np.multiply(z, spare, out=z), spare

    def _slope(self, z: Array, out: Array) -> None:
        np.greater(z, 0, out=out, casting="unsafe")
        np.multiply(out, 1 - self._leak, out=out)
        np.add(out, self._leak, out=out)
