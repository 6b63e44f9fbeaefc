"""Pooling by the maximum."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.poolings import Pooling


class MaxPooling(Pooling):
    """The greatest value of a window; the gradient goes to the first position that has it."""

    kinked: ClassVar[bool] = True

    def pool(self, windows: Sequence[Array], output: Array) -> None:
        first, *others = windows
        output[:] = first
        for other in others:
            np.maximum(output, other, out=output)

    def back(self, windows: Sequence[Array], output: Array, gradient: Array) -> None:
        waiting, here = (np.empty(output.shape[1:], np.bool_) for _ in range(2))
        goes = np.empty(here.shape, output.dtype)
        for network, greatest in enumerate(output):  # one after another, as what a network needs stays in cache
            waiting[:] = True
            for window in windows:
                np.equal(window[network], greatest, out=here)
                np.logical_and(here, waiting, out=here)
                np.logical_xor(waiting, here, out=waiting)
                np.copyto(goes, here)
                np.multiply(gradient[network], goes, out=window[network])
