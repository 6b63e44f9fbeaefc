"""Initialisers: a layer's first weights (fan_in, fan_out) as base draws, which each network multiplies by its gain."""

from collections.abc import Callable
from math import sqrt

import numpy as np

from mindgap.nn.arrays import Array

Initializer = Callable[[np.random.Generator, int, int], Array]


def _normal(deviation: Callable[[int, int], float]) -> Initializer:
    def draw(random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return random.standard_normal((fan_in, fan_out), dtype=np.float32) * np.float32(deviation(fan_in, fan_out))

    return draw


def _uniform(deviation: Callable[[int, int], float]) -> Initializer:
    """Uniform in +- sqrt(3) times the deviation, which has that standard deviation."""

    def draw(random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        base = 2 * random.random((fan_in, fan_out), dtype=np.float32) - 1
        return base * np.float32(sqrt(3) * deviation(fan_in, fan_out))

    return draw


def _fill(value: float) -> Initializer:
    def draw(random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return np.full((fan_in, fan_out), value, np.float32)

    return draw


def xavier(fan_in: int, fan_out: int) -> float:
    """sqrt(2 / (fan_in + fan_out)): keeps the variance of tanh layers, forward and backward (Glorot, Bengio 2010)."""
    return sqrt(2 / (fan_in + fan_out))


def he(fan_in: int, fan_out: int) -> float:
    """sqrt(2 / fan_in): keeps the variance of ReLU layers (He et al. 2015)."""
    return sqrt(2 / fan_in)


def lecun(fan_in: int, fan_out: int) -> float:
    """sqrt(1 / fan_in): keeps the variance of linear and SELU layers (LeCun et al. 1998)."""
    return sqrt(1 / fan_in)


def unit(fan_in: int, fan_out: int) -> float:
    """1 whatever the layer's size; the gain sets the actual deviation, 0.01 for example."""
    return 1.0


def orthogonal(random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """Orthonormal rows or columns, whichever are fewer, from a QR decomposition (Saxe et al. 2014)."""
    tall = random.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))  # without this the draw would not be uniform
    return np.ascontiguousarray(q if fan_in >= fan_out else q.T).astype(np.float32)


INITIALIZERS: dict[str, Initializer] = {
    "zeros": _fill(0),
    "constant": _fill(1),
    "normal": _normal(unit),
    "uniform": _uniform(unit),
    "xavier": _normal(xavier),
    "xavier_uniform": _uniform(xavier),
    "he": _normal(he),
    "he_uniform": _uniform(he),
    "lecun": _normal(lecun),
    "lecun_uniform": _uniform(lecun),
    "orthogonal": orthogonal,
}
