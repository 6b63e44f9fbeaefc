"""Batch normalisation."""

from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array, Draws
from mindgap.nn.hidden import Group, Site
from mindgap.nn.normalizations import EPSILON, Normalization

DECAY = 0.9
"""How much of the old statistics an exponential average keeps at each batch."""


class BatchNorm(Normalization):
    """y = scale x' + shift, x' = (x - mean) / sqrt(variance + 1e-5), over the rows of a batch (Ioffe, Szegedy 2015).

    In use, mean and variance are statistics of the training batches: their average over the last epoch, each batch
    counting by its rows, or an exponential average with decay 0.9. So one row is treated alike alone and in a batch.
    All of scale, shift, mean and variance have shape (count, 1, units).

    The variance is the biased one, sum (x - mean)^2 / rows, in training and in use, as a row is then treated in use as
    it was in training. PyTorch trains by the same, and in use takes the unbiased one, rows / (rows - 1) as large.

    Backward, with g = dL/dy: dL/dscale = sum g x', dL/dshift = sum g, both over rows, and
    dL/dx = scale / sqrt(variance + 1e-5) (g - (dL/dshift + x' dL/dscale) / rows).
    """

    settings: ClassVar[tuple[str, ...]] = ("batch_statistics",)
    over_rows: ClassVar[bool] = True

    @staticmethod
    def groups(units: int, groups: int) -> tuple[Group, ...]:
        learned = Normalization.groups(units, groups)
        return *learned, Group("mean", (1, units), "statistic"), Group("variance", (1, units), "statistic", 1.0)

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._exponential = site.exponential
        # A pooling, which there is only of several positions, leaves its gradient in the output.
        self._scratch = self._output if site.positions == 1 else site.buffer()
        self._ones = np.ones((1, site.rows), site.dtype)
        self._inverse: Array = np.empty(0, site.dtype)
        self._seen = 0

    def begin_epoch(self) -> None:
        self._seen = 0

    def forward(self, x: Array, draws: Draws | None) -> Array:
        rows = x.shape[1]
        mean, variance = self._values["mean"], self._values["variance"]
        normal, output = self._normal.view(rows), self._output.view(rows)
        if draws is not None:
            mean = self._mean(x)
            np.subtract(x, mean, out=normal)
            variance = self._mean(np.multiply(normal, normal, out=output))
            self._remember(mean, variance, rows)
        else:
            np.subtract(x, mean, out=normal)
        self._inverse = 1 / np.sqrt(variance + normal.dtype.type(EPSILON))
        np.multiply(normal, self._inverse, out=normal)
        np.multiply(normal, self._values["scale"], out=output)
        return np.add(output, self._values["shift"], out=output)

    def backward(self, gradient: Array) -> Array:
        rows = gradient.shape[1]
        normal, scratch, ones = self._normal.view(rows), self._scratch.view(rows), self._ones[:, :rows]
        by_scale, by_shift = self._gradients["scale"], self._gradients["shift"]
        np.matmul(ones, np.multiply(gradient, normal, out=scratch), out=by_scale)
        np.matmul(ones, gradient, out=by_shift)
        np.multiply(normal, by_scale / rows, out=normal)
        np.subtract(gradient, by_shift / rows, out=gradient)
        np.subtract(gradient, normal, out=gradient)
        return np.multiply(gradient, self._values["scale"] * self._inverse, out=gradient)

    def _mean(self, x: Array) -> Array:
        """The mean over rows (count, 1, units), by one product a network."""
        rows = x.shape[1]
        total: Array = np.matmul(self._ones[:, :rows], x)
        total /= x.dtype.type(rows)
        return total

    def _remember(self, mean: Array, variance: Array, rows: int) -> None:
        self._seen += rows
        share = mean.dtype.type(1 - DECAY if self._exponential else rows / self._seen)
        for name, batch in (("mean", mean), ("variance", variance)):
            kept = self._values[name]
            kept += share * (batch - kept)
