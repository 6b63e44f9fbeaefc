"""What normalisations within each row share."""

import numpy as np

from mindgap.nn.arrays import Array, Draws
from mindgap.nn.hidden import Site
from mindgap.nn.normalizations import EPSILON, Normalization


class RowNorm(Normalization):
    """y = scale x' + shift, x' normalised within each row (Wu and He 2018).

    The units of a row form groups of neighbours, and each group has its own mean and variance. Scale and shift have
    shape (count, 1, units), or (count, 1, fewer), and neighbours then share one.
    """

    @staticmethod
    def count(groups: int) -> int:
        """The number of groups, where the param `normalization_groups` asks for so many."""
        return groups

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        units, groups = site.units, self.count(site.groups)
        self._each = units // site.values["scale"].shape[2]
        self._networks, self._size = site.count, units // groups
        self._over_rows = np.ones((1, site.rows), site.dtype)
        self._over_group = np.full((self._size, 1), groups / units, site.dtype)
        self._inverse: Array = np.empty(0, site.dtype)

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
        return x.reshape(self._networks, -1, self._size)

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
