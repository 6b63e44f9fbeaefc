"""Layers: each turns a batch (count, rows, in) into (count, rows, out), and a gradient back again."""

from typing import Protocol

import numpy as np

from mindgap.nn.arrays import Array, Buffer, Draws


class Layer(Protocol):
    """One step of a network. A layer owns the buffers that it returns, and may write to the gradient it is given.

    An activation may write to what it is given as well, and so may a pooling when it goes back.
    """

    def forward(self, x: Array, draws: Draws | None) -> Array:
        """The output for x; with `draws` as in training (random, and ready for `backward`), without as in use."""

    def backward(self, gradient: Array) -> Array:
        """The loss's gradient by the layer's input, from that by its output; sets the parameters' gradients."""


class Dense:
    """z = x W + b, with W (count, in, out) and b (count, 1, out); x may be (rows, in), shared by all networks.

    Backward: dL/dW = x^T dL/dz, dL/db = the sum of dL/dz over rows, dL/dx = dL/dz W^T. One product a network, all of
    the same shape whatever the count, so a network's result does not depend on its neighbours. The first layer's
    dL/dx is nobody's input and is not computed. With `from_maps` it lies in memory as maps do.
    """

    def __init__(
        self,
        weights: Array,
        bias: Array,
        weights_gradient: Array,
        bias_gradient: Array,
        rows: int,
        first: bool,
        from_maps: bool = False,
    ) -> None:
        self._weights, self._bias = weights, bias
        self._weights_gradient, self._bias_gradient = weights_gradient, bias_gradient
        count, fan_in, fan_out = weights.shape
        dtype = weights.dtype.type
        self._ones = np.ones((1, rows), dtype)
        self._output = Buffer(count, rows, fan_out, dtype)
        self._back = None if first else Buffer(count, rows, fan_in, dtype, units_first=from_maps)
        self._input = np.empty(0, dtype)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        self._input = x
        output = self._output.view(x.shape[-2])
        np.matmul(x, self._weights, out=output)
        np.add(output, self._bias, out=output)
        return output

    def backward(self, gradient: Array) -> Array:
        rows = gradient.shape[1]
        np.matmul(self._input.swapaxes(-1, -2), gradient, out=self._weights_gradient)
        np.matmul(self._ones[:, :rows], gradient, out=self._bias_gradient)
        if self._back is None:
            return gradient
        return np.matmul(gradient, self._weights.swapaxes(1, 2), out=self._back.view(rows))


class Dropout:
    """Each unit is kept with probability 1 - rate in training (Srivastava et al. 2014), in one of two forms.

    Inverted: what is kept is divided by 1 - rate, and use needs nothing. Vanilla: training leaves it as it is, and use
    multiplies by 1 - rate. Either way the expected activation is the same in training and in use. Networks that share
    their draws compare the same uniform one a unit and row each with its own rate (count, 1, 1).
    """

    def __init__(self, rate: Array, units: int, rows: int, part: int, inverted: bool = True) -> None:
        self._part = part
        self._rate, self._keep = rate, 1 - rate
        self._inverted = inverted
        dtype = rate.dtype.type
        self._mask, self._output = (Buffer(len(rate), rows, units, dtype) for _ in range(2))
        self._kept = np.empty(0, dtype)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        rows = x.shape[-2]
        if draws is None:
            return x if self._inverted else np.multiply(x, self._keep, out=self._output.view(rows))
        self._draw(draws, rows, x.shape[-1])
        return np.multiply(x, self._kept, out=self._output.view(rows))

    def backward(self, gradient: Array) -> Array:
        return np.multiply(gradient, self._kept, out=gradient)

    def _draw(self, draws: Draws, rows: int, units: int) -> None:
        """What each unit of each row is multiplied by, `_kept` (count, rows, units)."""
        self._kept = self._mask.view(rows)
        uniform = draws.uniform(self._part, rows, units)
        np.greater_equal(uniform, self._rate, out=self._kept, casting="unsafe")
        if self._inverted:
            np.multiply(self._kept, 1 / self._keep, out=self._kept)


class Noise:
    """x + deviation n with Gaussian n in training, x in use; draws that networks share meet each one's own deviation.

    It stands before the first dense layer, and there is no going back through it.
    """

    def __init__(self, deviation: Array, units: int, rows: int, part: int) -> None:
        self._part, self._deviation = part, deviation
        self._output = Buffer(len(deviation), rows, units, deviation.dtype.type)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        if draws is None:
            return x
        output = self._output.view(x.shape[-2])
        normal = draws.normal(self._part, *x.shape[-2:])
        np.multiply(normal, self._deviation, out=output)
        return np.add(output, x, out=output)
