"""Maxout: a unit that learns its own convex function, as the largest of several linear pieces."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations import Activation
from mindgap.nn.arrays import Array, Draws
from mindgap.nn.hidden import Site


class Maxout(Activation):
    """a_u = the largest of the `pieces` pre-activations of unit u (Goodfellow et al. 2013).

    z has shape (count, rows, pieces units), the pieces of all units one after another. The gradient goes to the first
    piece that is the largest.
    """

    settings: ClassVar[tuple[str, ...]] = ("pieces",)
    kinked: ClassVar[bool] = True

    @staticmethod
    def pieces(asked: int) -> int:
        return asked

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._room = site.buffer()
        self._pieces = site.pieces
        self._back = site.buffer(site.pieces)
        self._largest = np.empty(0, np.int64)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        count, rows, _ = x.shape
        self.output = self._room.view(rows)
        z = x.reshape(count, rows, self._pieces, self.units)
        np.max(z, axis=2, out=self.output)
        if draws is not None:
            self._largest = z.argmax(axis=2)
        return self.output

    def backward(self, gradient: Array) -> Array:
        count, rows, _ = gradient.shape
        back = self._back.view(rows)
        z = back.reshape(count, rows, self._pieces, self.units)
        for piece in range(self._pieces):
            np.multiply(gradient, self._largest == piece, out=z[:, :, piece])
        return back
