"""Initialisers: a layer's first weights as base draws, which each network multiplies by its gain; one a file."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.registry import Registry


class Initializer(ABC):
    """A distribution of first weights; it is not instantiated, as it remembers nothing."""

    settings: ClassVar[tuple[str, ...]] = ()
    """The model params that it uses beside those of every run."""

    @classmethod
    @abstractmethod
    def draw(cls, random: np.random.Generator, fan_in: int, units: int, fan_out: int) -> Array:
        """A layer's weights (fan_in, units), float32; an input goes to `fan_out` outputs, of dense layers the units."""


INITIALIZERS: Registry[type[Initializer]] = Registry(__name__)
