"""Batches: the rows of an epoch in a fresh order, a few at a time, for networks that share them or have their own."""

from collections.abc import Iterator
from itertools import pairwise
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Targets
from mindgap.params.run import Model
from mindgap.streams import Origins
from mindgap.training.augmentation import Augmentation

Rows = NDArray[np.intp]

FEWEST = 8
"""Rows below which a last batch is too small for a normalisation over its rows.

Gradients grow with 1 / deviation. Of n Gaussian rows the mean of 1 / variance is (n - 1) / (n - 3) times what it is of
many: 1.4 for 8 rows, 3 for 4, and no finite number for 3 or 2, of which few steps undo what an epoch has learned.
"""


def batch_size(asked: int | None, rows: int) -> int:
    """Rows of a batch, of which so many are asked for, or None for all."""
    return rows if asked is None else min(asked, rows)


def fewest_rows(model: Model) -> int:
    """Rows of the smallest batch that a model is trained on, beside those that are smaller because all are."""
    return FEWEST if model.hidden and model.over_rows else 1


def joined(asked: int | None, rows: int, fewest: int) -> int:
    """Rows left over at the end of an epoch that are fewer than `fewest`, and join the batch before; 0 if none do."""
    left = rows % batch_size(asked, rows)
    return left if left < fewest else 0


class Batch(NamedTuple):
    """Rows to step with: x (rows, features), targets (rows, ...) and, if there are any, weights (rows,).

    All have a first axis over networks where these have different origins. The next batch overwrites x.
    """

    x: Array
    targets: Targets
    weights: Array | None


class Batches:
    """Cuts rows into batches of as many as are `asked` for, see `batch_size`; the last has what is left.

    What is left joins the batch before where it is fewer than `fewest` rows. Rows are x (rows, features), their
    targets, and weights (rows,) or None.
    """

    def __init__(
        self,
        x: Array,
        targets: Targets,
        weights: Array | None,
        asked: int | None,
        origins: Origins,
        augment: Augmentation | None = None,
        fewest: int = 1,
    ) -> None:
        self._x, self._targets, self._weights = x, targets, weights
        self._origins, self._augment = origins, augment
        size, more = batch_size(asked, len(x)), joined(asked, len(x), fewest)
        self._ends = [*range(0, len(x) - more, size), len(x)]
        self.size = size + more
        """Rows of the largest batch."""
        self.full = len(x) // size
        """The number of batches that are not smaller than was asked for, the first ones of an epoch."""
        self.steps = len(self._ends) - 1
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
        for start, stop in pairwise(self._ends):
            drawn = orders[:, start:stop]
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
