"""Gaussian weights."""

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.initializers import Initializer


class Normal(Initializer):
    """Gaussian with a deviation of 1 whatever the layer's size; the gain sets the actual one, 0.01 for example."""

    @staticmethod
    def deviation(fan_in: int, fan_out: int) -> float:
        """The standard deviation."""
        return 1.0

    @classmethod
    def draw(cls, random: np.random.Generator, fan_in: int, units: int, fan_out: int) -> Array:
        base = random.standard_normal((fan_in, units), dtype=np.float32)
        return base * np.float32(cls.deviation(fan_in, fan_out))
