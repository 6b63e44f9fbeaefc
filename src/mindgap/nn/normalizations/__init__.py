"""Normalisations: mean 0 and variance 1 over rows, units or groups, then a learned scale and shift; one a file."""

from abc import ABC, abstractmethod
from typing import ClassVar

from mindgap.nn.arrays import Array, Draws
from mindgap.nn.hidden import Group, Site
from mindgap.registry import Registry

EPSILON = 1e-5
"""Added to a variance before its root."""


class Normalization(ABC):
    """A layer y = scale x' + shift, with x' the normalised x; all are (count, rows, units)."""

    settings: ClassVar[tuple[str, ...]] = ()
    """The model params that it uses beside those of every run."""

    over_rows: ClassVar[bool] = False
    """Whether it normalises over the rows of a batch, which then needs two at least."""

    @staticmethod
    def groups(units: int, groups: int) -> tuple[Group, ...]:
        """The numbers that it learns or keeps, for so many units in so many groups."""
        return Group("scale", (1, units), "other", 1.0), Group("shift", (1, units), "other")

    def __init__(self, site: Site) -> None:
        self._values, self._gradients = site.values, site.gradients
        self._normal, self._output = (site.buffer() for _ in range(2))

    def begin_epoch(self) -> None:  # noqa: B027  # most have no averages
        """Start the averages that an epoch's batches make up."""

    @abstractmethod
    def forward(self, x: Array, draws: Draws | None) -> Array:
        """See `Layer`."""

    @abstractmethod
    def backward(self, gradient: Array) -> Array:
        """See `Layer`."""


NORMALIZATIONS: Registry[type[Normalization]] = Registry(__name__, suffix="Norm")
