"""Poolings: what a window of a feature map is made one value by; one a file."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import product
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, Buffer, Draws, DType
from mindgap.nn.maps import Maps
from mindgap.registry import Registry


class Pooling(ABC):
    """A layer that makes one value of each window of `size` by `size` positions; windows lie side by side.

    It turns maps into maps, both (count, positions rows, channels). Rows and columns that fill no window are left out:
    of 5 positions windows of 2 take the first 4. The gradient by the input takes the input's place, as no layer
    before needs it any more.
    """

    kinked: ClassVar[bool] = False
    """Whether its derivative has jumps, so that differences come only near the gradient."""

    def __init__(self, count: int, maps: Maps, size: int, rows: int, dtype: DType) -> None:
        self._maps, self._pooled, self._size = maps, maps.pooled(size), size
        self._input = np.empty((0, 0, 0), dtype)
        self._output = Buffer(count, self._pooled.positions * rows, maps.channels, dtype, units_first=True)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        """See `Layer`."""
        self._input = x
        output = self._output.view(x.shape[1] // self._maps.positions * self._pooled.positions)
        self.pool(self.windows(x), self._pooled.spread(output))
        return output

    def backward(self, gradient: Array) -> Array:
        """See `Layer`."""
        spread, output = self._maps.spread(self._input), self._output.view(gradient.shape[1])
        self.back(self.windows(self._input), *(self._pooled.spread(each) for each in (output, gradient)))
        spread[:, :, self._pooled.height * self._size :] = 0
        spread[:, :, :, self._pooled.width * self._size :] = 0
        return self._input

    @abstractmethod
    def pool(self, windows: Sequence[Array], output: Array) -> None:
        """Write to `output` what windows are made; see `windows` for the shapes."""

    @abstractmethod
    def back(self, windows: Sequence[Array], output: Array, gradient: Array) -> None:
        """Overwrite the windows with the gradient by them, from that by the output, which may be overwritten too."""

    def windows(self, x: Array) -> list[Array]:
        """Views of all first positions of the windows of maps x, of all second ones and so on, line by line.

        Each is (count, channels, pooled height, pooled width, rows).
        """
        spread, size = self._maps.spread(x), self._size
        height, width = self._pooled.height * size, self._pooled.width * size
        places = product(range(size), repeat=2)
        return [spread[:, :, line:height:size, column:width:size] for line, column in places]


POOLINGS: Registry[type[Pooling]] = Registry(__name__, suffix="Pooling")
