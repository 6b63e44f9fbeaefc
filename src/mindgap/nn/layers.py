"""Layers: each turns a batch (count, rows, in) into (count, rows, out), and a gradient back again."""

from typing import Protocol

import numpy as np

from mindgap.nn.activations import Activation
from mindgap.nn.arrays import Array, Buffer, Draws, DType, Mask


class Layer(Protocol):
    """One step of a network. A layer owns the buffers that it returns, and may write to the gradient it is given."""

    def forward(self, x: Array, draws: Draws | None) -> Array:
        """The output for x; with `draws` as in training (random, and ready for `backward`), without as in use."""

    def backward(self, gradient: Array) -> Array:
        """The loss's gradient by the layer's input, from that by its output; sets the parameters' gradients."""


class Hidden(Layer, Protocol):
    """A layer whose output is what a hidden layer passes on."""

    units: int

    def flat(self) -> Mask | None:
        """Where the last batch met a flat part of the function: (count, rows, units), or None if it has none."""

    def value(self) -> Array:
        """The last batch's output (count, rows, units)."""


class Dense:
    """z = x W + b, with W (count, in, out) and b (count, 1, out).

    Backward: dL/dW = x^T dL/dz, dL/db = the sum of dL/dz over rows, dL/dx = dL/dz W^T. One product a network, all of
    the same shape whatever the count, so a network's result does not depend on its neighbours. The first layer's
    dL/dx is nobody's input and is not computed.
    """

    def __init__(
        self, weights: Array, bias: Array, weights_gradient: Array, bias_gradient: Array, rows: int, first: bool
    ) -> None:
        self._weights, self._bias = weights, bias
        self._weights_gradient, self._bias_gradient = weights_gradient, bias_gradient
        count, fan_in, fan_out = weights.shape
        dtype = weights.dtype.type
        self._ones = np.ones((1, rows), dtype)
        self._output = Buffer(count, rows, fan_out, dtype)
        self._back = None if first else Buffer(count, rows, fan_in, dtype)
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


class Activate:
    """a = f(z). In training f'(z) is kept in z's place or beside it: going back is one product, dL/dz = dL/da f'(z)."""

    def __init__(self, activation: Activation, count: int, units: int, rows: int, dtype: DType) -> None:
        self.units = units
        self._activation = activation
        self._output = Buffer(count, rows, units, dtype)
        self._value = self._derivative = np.empty(0, dtype)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        self._value = self._output.view(x.shape[1])
        if draws is None:
            self._activation.value(x, self._value)
        else:
            self._value, self._derivative = self._activation.value_and_derivative(x, self._value)
        return self._value

    def backward(self, gradient: Array) -> Array:
        return np.multiply(gradient, self._derivative, out=gradient)

    def flat(self) -> Mask | None:
        return self._activation.flat(self._value)

    def value(self) -> Array:
        return self._value


class PReLU:
    """a = z for z > 0, else slope z, with a learned slope for each unit (count, 1, units) (He et al. 2015).

    Backward: dL/dz = dL/da (1 or slope), dL/dslope = the sum over rows of dL/da z where z < 0.
    """

    def __init__(self, slope: Array, slope_gradient: Array, rows: int) -> None:
        count, _, self.units = slope.shape
        dtype = slope.dtype.type
        self._slope, self._slope_gradient = slope, slope_gradient
        self._ones = np.ones((1, rows), dtype)
        self._output, self._negative = (Buffer(count, rows, self.units, dtype) for _ in range(2))
        self._value = self._input = np.empty(0, dtype)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        self._input, self._value = x, self._output.view(x.shape[1])
        negative = self._negative.view(x.shape[1])
        np.minimum(x, 0, out=negative)
        np.maximum(x, 0, out=self._value)
        np.add(self._value, negative * self._slope, out=self._value)
        return self._value

    def backward(self, gradient: Array) -> Array:
        rows = gradient.shape[1]
        negative = self._negative.view(rows)
        np.multiply(negative, gradient, out=negative)
        np.matmul(self._ones[:, :rows], negative, out=self._slope_gradient)
        slopes = np.where(self._input > 0, self._input.dtype.type(1), self._slope)
        return np.multiply(gradient, slopes, out=gradient)

    def flat(self) -> None:
        return None

    def value(self) -> Array:
        return self._value


class Maxout:
    """a_u = the largest of the `pieces` pre-activations of unit u (Goodfellow et al. 2013).

    z has shape (count, rows, pieces units), the pieces of all units one after another. The gradient goes to the first
    piece that is the largest.
    """

    def __init__(self, count: int, units: int, pieces: int, rows: int, dtype: DType) -> None:
        self.units, self._pieces = units, pieces
        self._output = Buffer(count, rows, units, dtype)
        self._back = Buffer(count, rows, units * pieces, dtype)
        self._value = np.empty(0, dtype)
        self._largest = np.empty(0, np.int64)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        count, rows, _ = x.shape
        self._value = self._output.view(rows)
        z = x.reshape(count, rows, self._pieces, self.units)
        np.max(z, axis=2, out=self._value)
        if draws is not None:
            self._largest = z.argmax(axis=2)
        return self._value

    def backward(self, gradient: Array) -> Array:
        count, rows, _ = gradient.shape
        back = self._back.view(rows)
        z = back.reshape(count, rows, self._pieces, self.units)
        for piece in range(self._pieces):
            np.multiply(gradient, self._largest == piece, out=z[:, :, piece])
        return back

    def flat(self) -> None:
        return None

    def value(self) -> Array:
        return self._value


class Dropout:
    """Each unit is kept with probability 1 - rate in training (Srivastava et al. 2014), in one of two forms.

    Inverted: what is kept is divided by 1 - rate, and use needs nothing. Vanilla: training leaves it as it is, and use
    multiplies by 1 - rate. Either way the expected activation is the same in training and in use. One uniform draw a
    unit and row is shared by all networks, each comparing it with its own rate (count, 1, 1).
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
        self._kept = self._mask.view(rows)
        uniform = draws(self._part).random(x.shape[-2:], dtype=np.float32)
        np.greater_equal(uniform, self._rate, out=self._kept, casting="unsafe")
        if self._inverted:
            np.multiply(self._kept, 1 / self._keep, out=self._kept)
        return np.multiply(x, self._kept, out=self._output.view(rows))

    def backward(self, gradient: Array) -> Array:
        return np.multiply(gradient, self._kept, out=gradient)


class Noise:
    """x + deviation n with Gaussian n in training, x in use; one draw is shared by all networks, each with its deviation.

    It stands before the first dense layer, and there is no going back through it.
    """

    def __init__(self, deviation: Array, units: int, rows: int, part: int) -> None:
        self._part, self._deviation = part, deviation
        self._output = Buffer(len(deviation), rows, units, deviation.dtype.type)

    def forward(self, x: Array, draws: Draws | None) -> Array:
        if draws is None:
            return x
        output = self._output.view(x.shape[-2])
        normal = draws(self._part).standard_normal(x.shape[-2:], dtype=np.float32)
        np.multiply(normal, self._deviation, out=output)
        return np.add(output, x, out=output)
