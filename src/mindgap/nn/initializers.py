"""Initialisers: the standard deviation of a layer's first weights, by its fan-in and fan-out."""

from collections.abc import Callable
from math import sqrt

Initializer = Callable[[int, int], float]


def zeros(fan_in: int, fan_out: int) -> float:
    """All weights 0: every unit of a layer computes the same, and learns the same, for ever."""
    return 0.0


def normal(fan_in: int, fan_out: int) -> float:
    """Standard deviation 1 whatever the layer's size; the gain sets the actual value, 0.01 for example."""
    return 1.0


def xavier(fan_in: int, fan_out: int) -> float:
    """sqrt(2 / (fan_in + fan_out)): keeps the variance of tanh layers (Glorot and Bengio 2010)."""
    return sqrt(2 / (fan_in + fan_out))


def he(fan_in: int, fan_out: int) -> float:
    """sqrt(2 / fan_in): keeps the variance of ReLU layers (He et al. 2015)."""
    return sqrt(2 / fan_in)


INITIALIZERS: dict[str, Initializer] = {"zeros": zeros, "normal": normal, "xavier": xavier, "he": he}
