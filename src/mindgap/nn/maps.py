"""Feature maps: images and what convolution makes of them, and how they lie in memory."""

from dataclasses import dataclass

from mindgap.nn.arrays import Array


@dataclass(frozen=True)
class Maps:
    """So many channels, each of so many lines and columns.

    A batch of them is an array (count, positions rows, channels): by position, and within it by row, what the channels
    say. In memory it is (count, channels, height, width, rows): neighbours in a line, and all rows at a position, lie
    side by side, so that what moves windows over maps moves long runs of memory.
    """

    channels: int
    height: int
    width: int

    @property
    def positions(self) -> int:
        return self.height * self.width

    @property
    def units(self) -> int:
        return self.channels * self.positions

    def padded(self, edge: int) -> "Maps":
        """Maps with so many positions more at each side."""
        return Maps(self.channels, self.height + 2 * edge, self.width + 2 * edge)

    def windows(self, kernel: int, stride: int, padding: int, channels: int) -> "Maps":
        """Maps with a value for each place of a window that moves by `stride` over these, with zeros around them."""
        around = self.padded(padding)
        height, width = ((side - kernel) // stride + 1 for side in (around.height, around.width))
        return Maps(channels, height, width)

    def pooled(self, size: int) -> "Maps":
        """Maps with a value for each window of `size` by `size` positions side by side."""
        return Maps(self.channels, self.height // size, self.width // size)

    def spread(self, x: Array) -> Array:
        """A batch (count, positions rows, channels) as (count, channels, height, width, rows), a view where it can."""
        return x.swapaxes(1, 2).reshape(len(x), self.channels, self.height, self.width, -1)

    @staticmethod
    def joined(spread: Array) -> Array:
        """The way back from `spread`."""
        return spread.reshape(*spread.shape[:2], -1).swapaxes(1, 2)

    def flat(self, x: Array) -> Array:
        """A batch (count, positions rows, channels) as (count, rows, units), by channel, line and column."""
        return x.swapaxes(1, 2).reshape(len(x), self.units, -1).swapaxes(1, 2)

    def folded(self, x: Array) -> Array:
        """The way back from `flat`."""
        return x.swapaxes(1, 2).reshape(len(x), self.channels, -1).swapaxes(1, 2)
