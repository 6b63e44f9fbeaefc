"""Optimisers: how a gradient becomes a step, in place, over one block of the flat parameters; one a file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array, DType
from mindgap.registry import Registry

FLUSH_EVERY = 16
"""Steps between two flushes of an optimiser's state; even a momentum of 0.5 decays by no more than 1e-5 meanwhile."""

Column = NDArray[np.float64]
"""One value a network, (count, 1)."""


class Optimizer(ABC):
    """A step rule; it is made with a column of each setting."""

    settings: ClassVar[tuple[str, ...]] = ()
    """The train params that it uses beside those of every run."""

    usual: ClassVar[Mapping[str, float]] = {}
    """Train params of every run without which it is only what it is derived from, and what is usual for each."""

    slots: ClassVar[int]
    """How many arrays of the parameters' shape the rule remembers between steps; they begin at 0."""

    def __init__(self, columns: Mapping[str, Column], dtype: DType) -> None:  # noqa: B027  # not all have settings
        pass

    @abstractmethod
    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        """Change `weights` (count, block) and `state` (slots, count, block) in place; steps count from 1.

        The gradient may be overwritten; `scratch` has the gradient's shape and holds nothing. `learning_rate` is that
        of this step, after its schedule.
        """


OPTIMIZERS: Registry[type[Optimizer]] = Registry(__name__)
