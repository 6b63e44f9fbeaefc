"""Huber's loss: squared near zero, absolute far out."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Column
from mindgap.nn.losses._difference import Difference


class Huber(Difference):
    """d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2): squared near 0, absolute far out (Huber 1964)."""

    settings: ClassVar[tuple[str, ...]] = ("huber_delta",)
    kinked: ClassVar[bool] = True
    tasks: ClassVar[tuple[str, ...]] = ("regression",)

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._delta = columns["huber_delta"][..., None]

    def _loss(self, difference: Array) -> Array:
        delta = self._delta.astype(difference.dtype)
        near = np.clip(difference, -delta, delta)
        return near * (difference - near / 2)

    def _slope(self, difference: Array) -> Array:
        delta = self._delta.astype(difference.dtype)
        return np.clip(difference, -delta, delta)
