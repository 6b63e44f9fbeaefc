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


def warmed_up(schedule: Schedule, epoch: float, warmup: Column) -> Column:
    """A schedule's factor (count, 1), times a rise from 0 to 1 over the first `warmup` epochs (count, 1)."""
    rise = np.where(warmup > 0, np.minimum(1, epoch / np.where(warmup > 0, warmup, 1)), 1)
    return np.asarray(schedule.factor(epoch) * rise)


SCHEDULES: Registry[type[Schedule]] = Registry(__name__)
