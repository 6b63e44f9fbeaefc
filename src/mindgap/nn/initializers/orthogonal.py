"""Orthogonal weights."""

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.initializers import Initializer


class Orthogonal(Initializer):
    """Orthonormal rows or columns, whichever are fewer, from a QR decomposition (Saxe et al. 2014)."""

    @classmethod
    def draw(cls, random: np.random.Generator, fan_in: int, units: int, fan_out: int) -> Array:
        tall = random.standard_normal((max(fan_in, units), min(fan_in, units)))
        q, r = np.linalg.qr(tall)
        q = q * np.sign(np.diag(r))  # without this the draw would not be uniform
        return np.ascontiguousarray(q if fan_in >= units else q.T).astype(np.float32)
