"""Activations: the non-linearity of hidden layers, one a file."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, Draws, Mask
from mindgap.nn.hidden import Group, Site
from mindgap.registry import Registry


class Activation(ABC):
    """A layer that turns pre-activations z (count, rows, units pieces) into activations a (count, rows, units)."""

    settings: ClassVar[tuple[str, ...]] = ()
    """The model params that it uses beside those of every run."""

    kinked: ClassVar[bool] = False
    """Whether its derivative or the derivative's slope has jumps, so that differences come only near the gradient."""

    leak: ClassVar[float] = 0.0
    """What the param `leak` is where it is null."""

    @staticmethod
    def pieces(asked: int) -> int:
        """Pre-activations of one unit, where the param `pieces` asks for so many."""
        return 1

    @staticmethod
    def groups(units: int) -> tuple[Group, ...]:
        """The numbers that it learns."""
        return ()

    def __init__(self, site: Site) -> None:
        self.units, self.positions = site.units, site.positions
        self.output = np.empty((0, 0, 0), site.dtype)
        """The last batch's activations, (count, rows, units)."""

    @abstractmethod
    def forward(self, x: Array, draws: Draws | None) -> Array:
        """See `Layer`."""

    @abstractmethod
    def backward(self, gradient: Array) -> Array:
        """See `Layer`."""

    def flat(self) -> Mask | None:
        """Where the last batch met a flat part of the function: (count, rows, units), or None if it has none."""
        return None


class Elementwise(Activation):
    """a = f(z). In training f'(z) is kept in z's place or beside it: going back is one product, dL/dz = dL/da f'(z)."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._room = site.buffer()
        self._derivative = self.output

    @abstractmethod
    def value(self, z: Array, out: Array) -> None:
        """Write f(z) to `out`; z stays as it is."""

    @abstractmethod
    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        """f(z) and f'(z), in the arrays z and `spare`, in either order; both are overwritten."""

    def flat_at(self, a: Array) -> Mask | None:
        """Where f' is so small that hardly any gradient passes, judged by a = f(z); None if f is flat nowhere."""
        return None

    def forward(self, x: Array, draws: Draws | None) -> Array:
        self.output = self._room.view(x.shape[1])
        if draws is None:
            self.value(x, self.output)
        else:
            self.output, self._derivative = self.value_and_derivative(x, self.output)
        return self.output

    def backward(self, gradient: Array) -> Array:
        return np.multiply(gradient, self._derivative, out=gradient)

    def flat(self) -> Mask | None:
        return self.flat_at(self.output)


ACTIVATIONS: Registry[type[Activation]] = Registry(__name__)
