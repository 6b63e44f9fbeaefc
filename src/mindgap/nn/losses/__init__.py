"""Losses: one value a row for measuring, and the gradient of a batch's mean for learning; one a file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array
from mindgap.registry import Registry

Targets = NDArray[Any]
"""Labels (rows,) as integers 0 .. outputs-1, which count as one-hot rows, or values as floating-point numbers: (rows,)
for a network of one output, (rows, outputs) for one of any number. Either way with a first axis over networks where
each has rows of its own."""

Column = NDArray[np.float64]
"""One value a network, (count, 1)."""


class Loss(ABC):
    """A loss of outputs (count, rows, outputs), C-contiguous; it is made with a column of each setting."""

    settings: ClassVar[tuple[str, ...]] = ()
    """The train params that it uses beside those of every run; each changes what the loss means."""

    kinked: ClassVar[bool] = False
    """Whether its derivative has jumps, so that differences come only near the gradient."""

    tasks: ClassVar[tuple[str, ...]]
    """What it is for: classification, regression."""

    probabilities: ClassVar[bool] = False
    """Whether it is that of a distribution over classes, whose logits are the outputs."""

    def __init__(self, columns: Mapping[str, Column]) -> None:  # noqa: B027  # most losses have nothing to set
        pass

    @abstractmethod
    def values(self, outputs: Array, targets: Targets) -> Array:
        """The loss of each row, (count, rows); the outputs stay as they are."""

    @abstractmethod
    def gradient(self, outputs: Array, targets: Targets) -> None:
        """Overwrite the outputs with the gradient of the batch's mean loss with respect to them."""

    @abstractmethod
    def at_zero(self, outputs: int, targets: Targets) -> float:
        """The first network's mean loss where all outputs are 0: what a network that knows nothing yet must lose."""

    def target_entropy(self, classes: int) -> Column:
        """H(t) of each network's targets in nats, (count,): the least loss there is, where it has `probabilities`."""
        raise AssertionError(f"{type(self).__name__} is of no distribution")


def of_labels(outputs: Array, labels: Targets) -> NDArray[np.intp]:
    """Where each row's output of its label lies in the flat outputs: (count, rows)."""
    return _starts(*outputs.shape) + labels


@lru_cache(maxsize=8)
def _starts(count: int, rows: int, outputs: int) -> NDArray[np.intp]:
    """Where each row's outputs begin."""
    return np.arange(0, count * rows * outputs, outputs).reshape(count, rows)


LOSSES: Registry[type[Loss]] = Registry(__name__)
