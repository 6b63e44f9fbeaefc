"""Normalisation: activations with mean 0 and variance 1 over rows, units or groups, then a learned scale and shift."""

import numpy as np

from mindgap.nn.arrays import Array, Buffer, Draws

EPSILON = 1e-5
"""Added to a variance before its root."""

DECAY = 0.9
"""How much of the old statistics an exponential average keeps at each batch."""


class BatchNorm:
    """y = scale x' + shift with x' = (x - mean) / sqrt(variance + 1e-5), over the rows of a batch (Ioffe, Szegedy 2015).

    In use, mean and variance are statistics of the training batches: their average over the last epoch, each batch
    counting by its rows, or an exponential average with decay 0.9. So one row is treated alike alone and in a batch.
    All of scale, shift, mean and variance have shape (count, 1, units).

    Backward, with g = dL/dy: dL/dscale = sum g x', dL/dshift = sum g, both over rows, and
    dL/dx = scale / sqrt(variance + 1e-5) (g - (dL/dshift + x' dL/dscale) / rows).
    """

    def __init__(self, values: dict[str, Array], gradients: dict[str, Array], rows: int, exponential: bool) -> None:
        self._values, self._gradients = values, gradients
        self._exponential = exponential
        count, _, units = values["scale"].shape
        dtype = values["scale"].dtype.type
        self._ones = np.ones((1, rows), dtype)
        self._normal, self._output = (Buffer(count, rows, units, dtype) for _ in range(2))
        self._inverse = np.empty(0, dtype)
        self._seen = 0

    def begin_epoch(self) -> None:
        """Start a new average."""
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
        normal, output, ones = self._normal.view(rows), self._output.view(rows), self._ones[:, :rows]
        by_scale, by_shift = self._gradients["scale"], self._gradients["shift"]
        np.matmul(ones, np.multiply(gradient, normal, out=output), out=by_scale)
        np.matmul(ones, gradient, out=by_shift)
        np.multiply(normal, by_scale / rows, out=normal)
        np.subtract(gradient, by_shift / rows, out=gradient)
        np.subtract(gradient, normal, out=gradient)
        return np.multiply(gradient, self._values["scale"] * self._inverse, out=gradient)

    def _mean(self, x: Array) -> Array:
        """The mean over rows (count, 1, units), by one product a network."""
        rows = x.shape[1]
        return np.asarray(np.matmul(self._ones[:, :rows], x)) / x.dtype.type(rows)

    def _remember(self, mean: Array, variance: Array, rows: int) -> None:
        self._seen += rows
        share = mean.dtype.type(1 - DECAY if self._exponential else rows / self._seen)
        for name, batch in (("mean", mean), ("variance", variance)):
            kept = self._values[name]
            kept += share * (batch - kept)


class RowNorm:
    """Layer, group and instance normalisation: y = scale x' + shift, x' normalised within each row (Wu and He 2018).

    The units of a row form `groups` of neighbours, and each group has its own mean and variance: one group is layer
    normalisation (Ba et al. 2016). Scale and shift have shape (count, 1, units) for layer and group; instance has one
    for each group (count, 1, groups), as if a group were a channel and its units the channel's positions.
    """

    def __init__(
        self, values: dict[str, Array], gradients: dict[str, Array], rows: int, units: int, groups: int
    ) -> None:
        self._count, _, own = values["scale"].shape
        self._each = units // own
        self._units, self._groups = units, groups
        self._values, self._gradients = values, gradients
        dtype = values["scale"].dtype.type
        self._over_rows = np.ones((1, rows), dtype)
        self._over_group = np.full((units // groups, 1), groups / units, dtype)
        self._normal, self._output = (Buffer(self._count, rows, units, dtype) for _ in range(2))
        self._inverse = np.empty(0, dtype)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        normal, output = self._normal.view(x.shape[1]), self._output.view(x.shape[1])
        grouped, square = self._grouped(normal), self._grouped(output)
        np.subtract(self._grouped(x), np.matmul(self._grouped(x), self._over_group), out=grouped)
        variance = np.matmul(np.multiply(grouped, grouped, out=square), self._over_group)
        self._inverse = 1 / np.sqrt(variance + normal.dtype.type(EPSILON))
        np.multiply(grouped, self._inverse, out=grouped)
        np.multiply(normal, self._spread("scale"), out=output)
        return np.add(output, self._spread("shift"), out=output)

    def backward(self, gradient: Array) -> Array:
        rows = gradient.shape[1]
        normal, output = self._normal.view(rows), self._output.view(rows)
        self._gather("scale", np.multiply(gradient, normal, out=output))
        self._gather("shift", gradient)
        np.multiply(gradient, self._spread("scale"), out=gradient)
        grouped, wanted = self._grouped(normal), self._grouped(gradient)
        along = np.matmul(np.multiply(wanted, grouped, out=self._grouped(output)), self._over_group)
        level = np.matmul(wanted, self._over_group)
        np.subtract(wanted, level, out=wanted)
        np.subtract(wanted, np.multiply(grouped, along, out=grouped), out=wanted)
        np.multiply(wanted, self._inverse, out=wanted)
        return gradient

    def _grouped(self, x: Array) -> Array:
        """The same values with a row for each group: (count, rows groups, units / groups)."""
        return x.reshape(self._count, -1, self._units // self._groups)

    def _spread(self, name: str) -> Array:
        """Scale or shift for each unit, (count, 1, units)."""
        values = self._values[name]
        return values if self._each == 1 else np.repeat(values, self._each, axis=2)

    def _gather(self, name: str, gradient: Array) -> None:
        """Sum a gradient over rows, and over the units that share a value."""
        summed = np.matmul(self._over_rows[:, : gradient.shape[1]], gradient)
        ones = np.ones((self._each, 1), gradient.dtype)
        own = self._gradients[name]
        own[:] = summed if self._each == 1 else np.matmul(summed.reshape(*own.shape, self._each), ones)[..., 0]
