"""Schedules: what the learning rate is multiplied by as training goes on; one a file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mindgap.registry import Registry

Column = NDArray[np.float64]
"""One value a network, (count, 1)."""


class Schedule(ABC):
    """A factor of the learning rate; it is made with a column of each setting, and all epochs of a training."""

    settings: ClassVar[tuple[str, ...]] = ()
    """The train params that it uses beside those of every run."""

    steady: ClassVar[bool] = False
    """Whether the factor is always 1."""

    def __init__(self, columns: Mapping[str, Column], epochs: int) -> None:
        self._columns, self._epochs = columns, epochs

    @abstractmethod
    def factor(self, epoch: float) -> Column | float:
        """The factor after so many epochs, a fraction within one: (count, 1), or one number for all networks."""


def warmed_up(schedule: Schedule, steps: int, steps_per_epoch: int, warmup: Column) -> Column:
    """The factor (count, 1) of the step that comes after so many: the schedule's, times a rise to 1.

    Over the first `warmup` epochs (count, 1), of n steps in all, the rise is 1/n, 2/n, ..., 1: the first step moves.
    """
    rise = (steps + 1) / np.maximum(1, warmup * steps_per_epoch)
    return np.asarray(schedule.factor(steps / steps_per_epoch) * np.minimum(1, rise))


SCHEDULES: Registry[type[Schedule]] = Registry(__name__)
