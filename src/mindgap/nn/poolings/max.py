"""Pooling by the maximum."""

import numpy as np

from mindgap.nn.arrays import Array, Draws
from mindgap.nn.poolings import Pooling


class MaxPooling(Pooling):
    """The greatest value of a window; the gradient goes to the first position that has it."""

    def forward(self, x: Array, draws: Draws | None) -> Array:
        self._input = x
        output = self._output.view(x.shape[1] // self._maps.positions * self._pooled.positions)
        first, *others = self.windows(x)
        greatest = self._pooled.spread(output)
        greatest[:] = first
        for other in others:
            np.maximum(greatest, other, out=greatest)
        return output

    def backward(self, gradient: Array) -> Array:
        rows = gradient.shape[1] // self._pooled.positions
        back = self._room(rows)
        greatest = self._pooled.spread(self._output.view(gradient.shape[1]))
        along, waiting = self._pooled.spread(gradient), np.ones_like(greatest, np.bool_)
        here = np.empty_like(waiting)
        for x, out in zip(self.windows(self._input), self.windows(back), strict=True):
            np.equal(x, greatest, out=here)
            np.logical_and(here, waiting, out=here)
            np.logical_xor(waiting, here, out=waiting)
            np.multiply(along, here, out=out)
        return back
