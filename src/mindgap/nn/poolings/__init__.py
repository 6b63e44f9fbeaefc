"""Poolings: what a window of a feature map is made one value by; one a file."""

from abc import ABC, abstractmethod
from itertools import product

from mindgap.nn.arrays import Array, Buffer, Draws, DType
from mindgap.nn.maps import Maps
from mindgap.registry import Registry


class Pooling(ABC):
    """A layer that makes one value of each window of `size` by `size` positions; windows lie side by side.

    It turns maps into maps, both (count, positions rows, channels). Rows and columns that fill no window are left out:
    of 5 positions windows of 2 take the first 4.
    """

    def __init__(self, count: int, maps: Maps, size: int, rows: int, dtype: DType) -> None:
        self._maps, self._pooled, self._size = maps, maps.pooled(size), size
        self._output, self._back = (
            Buffer(count, each.positions * rows, each.channels, dtype, units_first=True)
            for each in (self._pooled, maps)
        )

    @abstractmethod
    def forward(self, x: Array, draws: Draws | None) -> Array:
        """See `Layer`."""

    @abstractmethod
    def backward(self, gradient: Array) -> Array:
        """See `Layer`."""

    def windows(self, x: Array) -> list[Array]:
        """Views of all first positions of the windows of maps x, of all second ones and so on, line by line.

        Each is (count, channels, pooled height, pooled width, rows).
        """
        spread, size = self._maps.spread(x), self._size
        height, width = self._pooled.height * size, self._pooled.width * size
        places = product(range(size), repeat=2)
        return [spread[:, :, line:height:size, column:width:size] for line, column in places]

    def _room(self, rows: int) -> Array:
        """Room for the gradient by the input, which is 0 where no window is."""
        back = self._back.view(rows * self._maps.positions)
        if self._pooled.positions * self._size**2 < self._maps.positions:
            back[:] = 0
        return back


POOLINGS: Registry[type[Pooling]] = Registry(__name__, suffix="Pooling")
