"""A fall at once, every so many epochs."""

from typing import ClassVar

import numpy as np

from mindgap.nn.schedules import Column, Schedule


class Step(Schedule):
    """decay^floor(epoch / decay_epochs)."""

    settings: ClassVar[tuple[str, ...]] = ("decay", "decay_epochs")

    def factor(self, epoch: float) -> Column:
        return np.asarray(self._columns["decay"] ** np.floor(epoch / self._columns["decay_epochs"]))
