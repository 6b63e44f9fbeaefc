"""A fall with the reciprocal of the time."""

from typing import ClassVar

import numpy as np

from mindgap.nn.schedules import Column, Schedule


class InverseTime(Schedule):
    """1 / (1 + decay epoch / decay_epochs)."""

    settings: ClassVar[tuple[str, ...]] = ("decay", "decay_epochs")

    def factor(self, epoch: float) -> Column:
        return np.asarray(1 / (1 + self._columns["decay"] * epoch / self._columns["decay_epochs"]))
