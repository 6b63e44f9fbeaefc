"""Uniform weights."""

from math import sqrt

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.initializers import Initializer


class Uniform(Initializer):
    """Uniform in +- sqrt(3), whose standard deviation is 1; the gain sets the actual one."""

    @staticmethod
    def deviation(fan_in: int, fan_out: int) -> float:
        """The standard deviation."""
        return 1.0

    @classmethod
    def draw(cls, random: np.random.Generator, fan_in: int, units: int, fan_out: int) -> Array:
        base = 2 * random.random((fan_in, units), dtype=np.float32) - 1
        return base * np.float32(sqrt(3) * cls.deviation(fan_in, fan_out))
