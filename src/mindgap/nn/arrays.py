"""Array types, buffers that are allocated once, and protection against denormal numbers."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
DType = type[np.float32] | type[np.float64]


class Draws(Protocol):
    """What is random in training: float32 arrays (rows, units) that networks share, or (count, rows, units).

    Each random part of a network has a number and a stream of its own, so that no part shifts the draws of another.
    """

    def uniform(self, part: int, rows: int, units: int) -> Array:
        """Uniform in 0 .. 1."""

    def normal(self, part: int, rows: int, units: int) -> Array:
        """Gaussian, with mean 0 and variance 1."""


class Buffer:
    """Room for a batch of at most `rows` rows of `units` values for each of `count` networks.

    With `units_first` all rows' values of a unit lie side by side in memory, as feature maps have them.
    """

    def __init__(self, count: int, rows: int, units: int, dtype: DType, *, units_first: bool = False) -> None:
        self._count, self._units, self._units_first = count, units, units_first
        self._memory = np.empty(count * rows * units, dtype)

    def view(self, rows: int) -> Array:
        """The first rows as an array (count, rows, units) without gaps; views share their memory."""
        used = self._memory[: self._count * rows * self._units]
        if self._units_first:
            return used.reshape(self._count, self._units, rows).swapaxes(1, 2)
        return used.reshape(self._count, rows, self._units)


def flush(values: Array, magnitude: float | Array) -> None:
    """Round `values` in place to multiples of `magnitude`, of any shape that fits, times the dtype's precision.

    A buffer that decays by a constant factor ends in denormal numbers, where rounding stops it and every operation
    takes some fifty times as long. Adding and subtracting a constant removes what is that small, without a branch.
    """
    constant = np.asarray(magnitude, values.dtype)
    np.add(values, constant, out=values)
    np.subtract(values, constant, out=values)
