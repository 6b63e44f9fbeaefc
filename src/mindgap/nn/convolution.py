"""Convolution: the layers that it takes beside those of dense networks."""

from itertools import product
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mindgap.nn.architecture import Block
from mindgap.nn.arrays import Array, Buffer, Draws, DType
from mindgap.nn.layers import Dropout
from mindgap.nn.maps import Maps
from mindgap.nn.normalizations import Normalization

CACHE = 1 << 19
"""Bytes of patches that are made and multiplied at a time, so that they stay in cache, or those of one line."""


class Unflatten:
    """Rows of images as maps: x (rows, features) or (count, rows, features), by line, column and channel."""

    def __init__(self, maps: Maps) -> None:
        self._maps = maps
        self._output = np.empty(0)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        """Maps (count, positions rows, channels), or (1, ...) where all networks share them."""
        maps = self._maps
        images = x.reshape(-1, x.shape[-2], maps.height, maps.width, maps.channels)
        moved = images.transpose(0, 4, 2, 3, 1)
        if moved.shape != self._output.shape or x.dtype != self._output.dtype:
            self._output = np.empty(moved.shape, x.dtype)
        np.copyto(self._output, moved)
        return self._output.reshape(len(moved), maps.channels, -1).swapaxes(1, 2)


class Flatten:
    """Maps as rows (count, rows, units), by channel, line and column, without a copy."""

    def __init__(self, maps: Maps) -> None:
        self._maps = maps

    def forward(self, x: Array, draws: Draws | None) -> Array:
        return self._maps.flat(x)

    def backward(self, gradient: Array) -> Array:
        return self._maps.folded(gradient)


class Convolution:
    """z = b + the sum over channels and a window's positions of x w: what a filter says at each place of its window.

    x is maps (count, positions rows, channels), or (1, ...) where all networks share them; z is maps of as many
    channels as there are filters. W (count, channels kernel kernel, filters) has a filter's weights in a column, by
    channel, line and column; b is (count, 1, filters). As usual in networks, filters are not flipped.

    Backward: dL/dW = P^T dL/dz, with a window's values in each row of P; dL/db = the sum of dL/dz; dL/dx adds up
    dL/dz W^T where the windows lie. P would be kernel^2 as large as the maps, so it is made a few lines at a time. Each
    network has products of its own, whose shapes do not depend on the count.
    """

    def __init__(
        self,
        weights: Array,
        bias: Array,
        weights_gradient: Array,
        bias_gradient: Array,
        block: Block,
        maps: Maps,
        rows: int,
        first: bool,
    ) -> None:
        self._weights, self._bias = weights, bias
        self._weights_gradient, self._bias_gradient = weights_gradient, bias_gradient
        count, fan_in, filters = weights.shape
        dtype: DType = weights.dtype.type
        self._block, self._maps = block, maps
        self._places = maps.windows(block.kernel, block.stride, block.padding, filters)
        self._padded = maps.padded(block.padding)
        self._ones = np.ones((1, self._places.positions * rows), dtype)
        self._output = Buffer(count, self._places.positions * rows, filters, dtype, units_first=True)
        self._around = np.empty((0,) * 5, dtype)
        self._back = (
            None if first else Buffer(count, self._padded.positions * rows, maps.channels, dtype, units_first=True)
        )
        line = fan_in * self._places.width * rows  # of patches
        lines = min(max(1, CACHE // (line * dtype().itemsize)), self._places.height)
        self._pieces = [
            range(start, min(start + lines, self._places.height)) for start in range(0, self._places.height, lines)
        ]
        self._patches = np.empty(lines * line, dtype)
        self._sum = np.empty((fan_in, filters), dtype)
        self._input = self._around

    def forward(self, x: Array, draws: Draws | None) -> Array:
        self._input = self._pad(x)
        rows = self._input.shape[-1]
        output = self._output.view(self._places.positions * rows)
        for number, own in enumerate(self._input):
            networks = self._networks(number)
            for lines in self._pieces:
                patches = self._look(own, lines)
                for network in networks:
                    piece = output[network].T[:, self._span(lines, rows)]
                    np.matmul(self._weights[network].T, patches, out=piece)
                    np.add(piece, self._bias[network].T, out=piece)
        return output

    def backward(self, gradient: Array) -> Array:
        rows = self._input.shape[-1]
        np.matmul(self._ones[:, : gradient.shape[1]], gradient, out=self._bias_gradient)
        self._weights_gradient[:] = 0
        back = None if self._back is None else self._padded.spread(self._back.view(self._padded.positions * rows))
        if back is not None:
            back[:] = 0
        for number, own in enumerate(self._input):
            networks = self._networks(number)
            for lines in self._pieces:
                patches = self._look(own, lines)
                for network in networks:
                    piece = gradient[network].T[:, self._span(lines, rows)]
                    np.matmul(patches, piece.T, out=self._sum)
                    np.add(self._weights_gradient[network], self._sum, out=self._weights_gradient[network])
                    if back is not None:
                        self._put(np.matmul(self._weights[network], piece, out=patches), back[network], lines)
        return gradient if back is None else self._maps.joined(self._inside(back))

    def transposed(self, x: Array) -> Array:
        """What windows that say x have seen, as far as the filters tell: x W^T added up where the windows lie.

        x is maps (count, positions rows, filters) of such a shape as `forward` gives, and so is what comes back.
        """
        rows = x.shape[1] // self._places.positions
        padded = self._padded
        back = np.zeros((len(x), padded.channels, padded.height, padded.width, rows), x.dtype)
        for network, own in enumerate(x):
            for lines in self._pieces:
                self._put(self._weights[network] @ own.T[:, self._span(lines, rows)], back[network], lines)
        return self._maps.joined(self._inside(back))

    def _networks(self, number: int) -> range:
        """The networks that see the maps of this number: all of them, where there are no others."""
        return range(len(self._weights)) if len(self._input) == 1 else range(number, number + 1)

    def _inside(self, around: Array) -> Array:
        """Maps (count, channels, height, width, rows) without the zeros around them."""
        edge = self._block.padding
        return around[:, :, edge : edge + self._maps.height, edge : edge + self._maps.width]

    def _pad(self, x: Array) -> Array:
        """Maps as (count, channels, height, width, rows), with zeros around them."""
        spread = self._maps.spread(x)
        if not self._block.padding:
            return spread
        shape = (len(spread), self._padded.channels, self._padded.height, self._padded.width, spread.shape[-1])
        if shape != self._around.shape:
            self._around = np.zeros(shape, x.dtype)
        np.copyto(self._inside(self._around), spread)
        return self._around

    def _span(self, lines: range, rows: int) -> slice:
        """Where the places of these lines stand, of all rows."""
        line = self._places.width * rows
        return slice(lines.start * line, lines.stop * line)

    def _look(self, maps: Array, lines: range) -> Array:
        """What windows at these lines see of padded maps (channels, height, width, rows): (fan_in, places rows)."""
        kernel, stride = self._block.kernel, self._block.stride
        channels, _, _, rows = maps.shape
        by_channel, by_line, by_column, by_row = maps.strides
        shape = (channels, kernel, kernel, len(lines), self._places.width, rows)
        strides = (by_channel, by_line, by_column, by_line * stride, by_column * stride, by_row)
        patches = self._patches[: prod(shape)].reshape(shape)
        np.copyto(patches, as_strided(maps[:, lines.start * stride :], shape, strides, writeable=False))
        return patches.reshape(len(self._sum), -1)

    def _put(self, patches: Array, maps: Array, lines: range) -> None:
        """Add values of windows at these lines, (fan_in, places rows), to where the windows lie in padded maps."""
        kernel, stride, width = self._block.kernel, self._block.stride, self._places.width
        spread = patches.reshape(len(maps), kernel, kernel, len(lines), width, -1)
        height = stride * (len(lines) - 1) + 1
        for line, column in product(range(kernel), repeat=2):
            top = lines.start * stride + line
            seen = maps[:, top : top + height : stride, column : column + stride * (width - 1) + 1 : stride]
            np.add(seen, spread[:, line, column], out=seen)


class ChannelDropout(Dropout):
    """Each channel of a row's maps is kept as a whole with probability 1 - rate in training (Tompson et al. 2015).

    Neighbours in a map say much the same, so that leaving out single positions would hardly take anything away.
    """

    def __init__(self, rate: Array, maps: Maps, rows: int, part: int, inverted: bool = True) -> None:
        super().__init__(rate, maps.channels, rows, part, inverted)
        self._maps = maps
        self._output = Buffer(len(rate), maps.positions * rows, maps.channels, rate.dtype.type, units_first=True)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        if draws is None:
            return super().forward(x, None)
        output = self._output.view(x.shape[1])
        self._draw(draws, x.shape[1] // self._maps.positions, self._maps.channels)
        np.multiply(self._maps.spread(x), self._by_channel(), out=self._maps.spread(output))
        return output

    def backward(self, gradient: Array) -> Array:
        spread = self._maps.spread(gradient)
        np.multiply(spread, self._by_channel(), out=spread)
        return self._maps.joined(spread)

    def _by_channel(self) -> Array:
        """What is kept, (count, channels, 1, 1, rows)."""
        return self._kept.swapaxes(1, 2)[:, :, None, None]


class ByRow:
    """A normalisation within each row, of maps: its groups are of channels, with all of their positions."""

    def __init__(self, normalization: Normalization, maps: Maps) -> None:
        self._normalization, self._maps = normalization, maps

    def forward(self, x: Array, draws: Draws | None) -> Array:
        return self._maps.folded(self._normalization.forward(self._maps.flat(x).copy(), draws))

    def backward(self, gradient: Array) -> Array:
        return self._maps.folded(self._normalization.backward(self._maps.flat(gradient).copy()))
