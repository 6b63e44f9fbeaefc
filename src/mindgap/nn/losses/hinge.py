"""The hinge loss of the multiclass support vector machine."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Column, Loss, Targets, of_labels


class Hinge(Loss):
    """sum over j != y of max(0, z_j - z_y + margin): the multiclass support vector machine (Weston, Watkins 1999)."""

    settings: ClassVar[tuple[str, ...]] = ("margin",)
    kinked: ClassVar[bool] = True
    tasks: ClassVar[tuple[str, ...]] = ("classification",)

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._margin = columns["margin"][..., None]

    def values(self, outputs: Array, targets: Targets) -> Array:
        return np.asarray(self._excess(outputs, targets).sum(axis=-1))

    def gradient(self, outputs: Array, targets: Targets) -> None:
        above = (self._excess(outputs, targets) > 0).astype(outputs.dtype)
        above.reshape(-1)[of_labels(outputs, targets)] = -above.sum(axis=-1)
        np.divide(above, outputs.dtype.type(outputs.shape[1]), out=outputs)

    def at_zero(self, outputs: int, targets: Targets) -> float:
        return float(self._margin[0, 0, 0]) * (outputs - 1)

    def _excess(self, outputs: Array, targets: Targets) -> Array:
        places = of_labels(outputs, targets)
        wanted = outputs.reshape(-1)[places][..., None]
        excess: Array = np.maximum(outputs - wanted + self._margin.astype(outputs.dtype), 0)
        excess.reshape(-1)[places] = 0
        return excess
