"""Batches: the rows of an epoch in a fresh order, a few at a time, for networks that share them or have their own."""

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Targets
from mindgap.streams import Origins
from mindgap.training.augmentation import Augmentation

Rows = NDArray[np.intp]


def batch_size(asked: int | None, rows: int) -> int:
    """Rows of a batch, of which so many are asked for, or None for all."""
    return rows if asked is None else min(asked, rows)


class Batch(NamedTuple):
    """Rows to step with: x (rows, features), targets (rows, ...) and, if there are any, weights (rows,).

    All have a first axis over networks where these have different origins. The next batch overwrites x.
    """

    x: Array
    targets: Targets
    weights: Array | None


class Batches:
    """Cuts rows into batches of as many as are `asked` for, see `batch_size`; the last has what is left.

    Rows are x (rows, features), their targets, and weights (rows,) or None.
    """

    def __init__(
        self,
        x: Array,
        targets: Targets,
        weights: Array | None,
        asked: int | None,
        origins: Origins,
        augment: Augmentation | None = None,
    ) -> None:
        self._x, self._targets, self._weights = x, targets, weights
        self._origins, self._augment = origins, augment
        self.size = batch_size(asked, len(x))
        """Rows of a batch but, perhaps, the last."""
        self.full = len(x) // self.size
        """The number of batches of that size in an epoch."""
        self.steps = -(-len(x) // self.size)
        """The number of all batches in an epoch."""
        drawers = len(origins) if augment is not None else len(origins.index)
        self._room = np.empty((1 if len(origins) == 1 else drawers) * self.size * x.shape[1], x.dtype)
        self._out = self._room[:0].reshape(0, x.shape[1])

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of one epoch, in order."""
        orders = np.stack(
            [random.permutation(len(self._x)) for random in self._origins.streams("shuffle", epoch=epoch)]
        )
        augmenting = self._origins.streams("augment", epoch=epoch)
        for start in range(0, len(self._x), self.size):
            drawn = orders[:, start : start + self.size]
            chosen = self._origins.spread(drawn)
            if self._augment is None:
                x = self._gather(chosen)
            else:
                pairs = zip(self._gather(drawn), augmenting, strict=True)
                x = self._origins.spread(np.stack([self._augment(rows, random) for rows, random in pairs]))
            yield Batch(x, self._targets[chosen], None if self._weights is None else self._weights[chosen])

    def _gather(self, chosen: Rows) -> Array:
        """The chosen rows, (*chosen, features)."""
        if chosen.shape != self._out.shape[:-1]:
            shape = (*chosen.shape, self._x.shape[1])
            self._out = self._room[: prod(shape)].reshape(shape)
        return np.take(self._x, chosen, axis=0, out=self._out, mode="clip")
