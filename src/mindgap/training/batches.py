"""Batches: the rows of an epoch in a fresh order, a few at a time, for networks that share them or have their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mindgap.data.coded import Coded
from mindgap.nn.arrays import Array
from mindgap.nn.losses import Targets
from mindgap.params.run import Model
from mindgap.streams import Origins
from mindgap.training.augmentation import Augmentation

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
    return FEWEST if model.layers and model.over_rows else 1


def joined(asked: int | None, rows: int, fewest: int) -> int:
    """Rows left over at the end of an epoch that are fewer than `fewest`, and join the batch before; 0 if none do."""
    left = rows % batch_size(asked, rows)
    return left if left < fewest else 0


@dataclass(frozen=True)
class Rows:
    """Rows to learn from: x (rows, features), their targets, and weights (rows,) of mean 1, or None.

    `augment`, if there is one, changes those of a batch at random.
    """

    x: Array | Coded
    targets: Targets
    weights: Array | None = None
    augment: Augmentation | None = None

    @classmethod
    def of(cls, x: Array | Coded, targets: Targets, weights: Array | None) -> Self:
        """Rows with weights of any scale."""
        return cls(x, targets, None if weights is None else weights / weights.mean())


class Batch(NamedTuple):
    """Rows to step with: x (rows, features), targets (rows, ...) and, if there are any, weights (rows,).

    All have a first axis over networks where these have different origins. The next batch overwrites x.
    """

    x: Array
    targets: Targets
    weights: Array | None


class Batches:
    """Cuts rows into batches of as many as are `asked` for, see `batch_size`; the last has what is left.

    What is left joins the batch before where it is fewer than `fewest` rows. All origins share one data set, or each
    different one has its own in `rows`; all are of equal shape, and none is copied as a whole.
    """

    def __init__(self, rows: Sequence[Rows], asked: int | None, origins: Origins, fewest: int = 1) -> None:
        self._rows = [*rows] * len(origins) if len(rows) == 1 else rows
        self._origins = origins
        self._augments = [own.augment for own in self._rows if own.augment is not None]
        self._x = [rows[0].x] if len(rows) == 1 else [rows[number].x for number in origins.index]
        count, self._features = rows[0].x.shape
        size, more = batch_size(asked, count), joined(asked, count, fewest)
        self._ends = [*range(0, count - more, size), count]
        self.size = size + more
        """Rows of the largest batch."""
        self.full = count // size
        """The number of batches that are not smaller than was asked for, the first ones of an epoch."""
        self.steps = len(self._ends) - 1
        """The number of all batches in an epoch."""
        sharers = 1 if len(origins) == 1 else len(origins.index)
        self._room = np.empty(sharers * self.size * self._features, rows[0].x.dtype)
        self._out = self._room[:0].reshape(0, self._features)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """The batches of one epoch, in order."""
        count, spread = self._ends[-1], self._origins.spread
        orders = np.stack([random.permutation(count) for random in self._origins.streams("shuffle", epoch=epoch)])
        pairs = [*zip(self._rows, orders, strict=True)]
        targets = np.stack([rows.targets[order] for rows, order in pairs])
        weighing = [rows.weights[order] for rows, order in pairs if rows.weights is not None]
        weights = np.stack(weighing) if weighing else None
        augmenting = self._origins.streams("augment", epoch=epoch)
        for start, stop in pairwise(self._ends):
            drawn = orders[:, start:stop]
            yield Batch(
                self._augmented(drawn, augmenting) if self._augments else self._gather(spread(drawn)),
                spread(targets[:, start:stop]),
                None if weights is None else spread(weights[:, start:stop]),
            )

    def _augmented(self, drawn: NDArray[np.intp], streams: Sequence[np.random.Generator]) -> Array:
        """The rows that the different origins have drawn, each changed once for all of its networks."""
        each = zip(self._rows, self._augments, drawn, streams, strict=True)
        return self._origins.spread(np.stack([augment(rows.x[own], random) for rows, augment, own, random in each]))

    def _gather(self, chosen: NDArray[np.intp]) -> Array:
        """The chosen rows, (*chosen, features)."""
        if chosen.shape != self._out.shape[:-1]:
            shape = (*chosen.shape, self._features)
            self._out = self._room[: prod(shape)].reshape(shape)
        if len(self._x) == 1:
            return _take(self._x[0], chosen, self._out)
        for x, own, out in zip(self._x, chosen, self._out, strict=True):
            _take(x, own, out)
        return self._out


def _take(x: Array | Coded, rows: NDArray[np.intp], out: Array) -> Array:
    return x.take(rows, out) if isinstance(x, Coded) else np.take(x, rows, axis=0, out=out, mode="clip")
