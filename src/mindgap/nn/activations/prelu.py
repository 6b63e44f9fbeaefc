"""The rectified linear unit with a slope that is learned."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Activation
from mindgap.nn.activations.leaky_relu import lowest
from mindgap.nn.arrays import Array, Draws
from mindgap.nn.hidden import Group, Site


class PReLU(Activation):
    """a = z for z > 0, else slope z, with a learned slope for each unit, at first `leak` (He et al. 2015).

    Backward: dL/dz = dL/da (1 or slope), dL/dslope = the sum over rows of dL/da z where z < 0.
    """

    settings: ClassVar[tuple[str, ...]] = ("leak",)
    kinked: ClassVar[bool] = True
    leak: ClassVar[float] = 0.25

    @staticmethod
    def groups(units: int) -> tuple[Group, ...]:
        return (Group("slope", (1, units), "other", "leak"),)

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._room = site.buffer()
        self._slope, self._slope_gradient = site.values["slope"], site.gradients["slope"]
        self._ones = np.ones((1, site.rows), site.dtype)
        self._negative = site.buffer()
        self._input = self.output

    def forward(self, x: Array, draws: Draws | None) -> Array:
        self._input, self.output = x, self._room.view(x.shape[1])
        negative = self._negative.view(x.shape[1])
        np.minimum(x, 0, out=negative)
        if not self._slope.all():
            np.maximum(negative, lowest(self._slope), out=negative)
        np.maximum(x, 0, out=self.output)
        np.add(self.output, negative * self._slope, out=self.output)
        return self.output

    def backward(self, gradient: Array) -> Array:
        rows = gradient.shape[1]
        negative = self._negative.view(rows)
        np.multiply(negative, gradient, out=negative)
        np.matmul(self._ones[:, :rows], negative, out=self._slope_gradient)
        slopes = np.where(self._input > 0, self._input.dtype.type(1), self._slope)
        return np.multiply(gradient, slopes, out=gradient)
