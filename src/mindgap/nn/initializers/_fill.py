"""What initialisers to one value share."""

from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.initializers import Initializer


class Fill(Initializer):
    """The same value everywhere."""

    value: ClassVar[float]

    @classmethod
    def draw(cls, random: np.random.Generator, fan_in: int, units: int, fan_out: int) -> Array:
        return np.full((fan_in, units), cls.value, np.float32)
