"""Pooling by the mean."""

from collections.abc import Sequence

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.poolings import Pooling


class MeanPooling(Pooling):
    """The mean of a window; each of its positions has the same part of the gradient."""

    def pool(self, windows: Sequence[Array], output: Array) -> None:
        first, *others = windows
        output[:] = first
        for other in others:
            np.add(output, other, out=output)
        np.divide(output, output.dtype.type(len(windows)), out=output)

    def back(self, windows: Sequence[Array], output: Array, gradient: Array) -> None:
        np.divide(gradient, gradient.dtype.type(len(windows)), out=gradient)
        for window in windows:
            window[:] = gradient
