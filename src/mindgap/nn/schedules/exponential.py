"""A smooth fall, by the same factor in equal times."""

from typing import ClassVar

import numpy as np

from mindgap.nn.schedules import Column, Schedule


class Exponential(Schedule):
    """decay^(epoch / decay_epochs)."""

    settings: ClassVar[tuple[str, ...]] = ("decay", "decay_epochs")

    def factor(self, epoch: float) -> Column:
        return np.asarray(self._columns["decay"] ** (epoch / self._columns["decay_epochs"]))
