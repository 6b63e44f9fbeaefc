"""Pooling by the mean."""

import numpy as np

from mindgap.nn.arrays import Array, Draws
from mindgap.nn.poolings import Pooling


class MeanPooling(Pooling):
    """The mean of a window; each of its positions has the same part of the gradient."""

    def forward(self, x: Array, draws: Draws | None) -> Array:
        output = self._output.view(x.shape[1] // self._maps.positions * self._pooled.positions)
        first, *others = self.windows(x)
        mean = self._pooled.spread(output)
        mean[:] = first
        for other in others:
            np.add(mean, other, out=mean)
        np.divide(mean, mean.dtype.type(self._size**2), out=mean)
        return output

    def backward(self, gradient: Array) -> Array:
        back = self._room(gradient.shape[1] // self._pooled.positions)
        part = self._pooled.spread(gradient)
        np.divide(part, part.dtype.type(self._size**2), out=part)
        for out in self.windows(back):
            out[:] = part
        return back
