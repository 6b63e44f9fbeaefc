"""Layers: each turns a batch (count, rows, in) into (count, rows, out), and a gradient back again."""

from typing import Protocol

import numpy as np

from mindgap.nn.activations import Activation
from mindgap.nn.arrays import Array, Buffer, DType, Mask


class Layer(Protocol):
    """One step of a network. A layer owns the buffers that it returns, and may write to the gradient it is given."""

    def forward(self, x: Array, draws: np.random.Generator | None) -> Array:
        """The output for x; with `draws` as in training (random, and ready for `backward`), without as in use."""

    def backward(self, gradient: Array) -> Array:
        """The loss's gradient by the layer's input, from that by its output; sets the parameters' gradients."""


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

    def forward(self, x: Array, draws: np.random.Generator | None) -> Array:
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

    def forward(self, x: Array, draws: np.random.Generator | None) -> Array:
        self._value = self._output.view(x.shape[1])
        if draws is None:
            self._activation.value(x, self._value)
        else:
            self._value, self._derivative = self._activation.value_and_derivative(x, self._value)
        return self._value

    def backward(self, gradient: Array) -> Array:
        return np.multiply(gradient, self._derivative, out=gradient)

    def flat(self) -> Mask | None:
        """Where the last batch met a flat part of f: (count, rows, units), or None if f has none."""
        return self._activation.flat(self._value)


class Dropout:
    """Inverted dropout: in training each unit is kept with probability 1 - rate and then divided by it.

    So the expected activation is the same in training and in use (Srivastava et al. 2014). One uniform draw a unit
    and row is shared by all networks, each comparing it with its own rate (count, 1, 1).
    """

    def __init__(self, rate: Array, units: int, rows: int) -> None:
        self._rate, self._scale = rate, 1 / (1 - rate)
        self._mask = Buffer(len(rate), rows, units, rate.dtype.type)
        self._kept = np.empty(0, rate.dtype)

    def forward(self, x: Array, draws: np.random.Generator | None) -> Array:
        if draws is None:
            return x
        self._kept = self._mask.view(x.shape[1])
        uniform = draws.random(x.shape[1:], dtype=np.float32)
        np.greater_equal(uniform, self._rate, out=self._kept, casting="unsafe")
        np.multiply(self._kept, self._scale, out=self._kept)
        return np.multiply(x, self._kept, out=x)

    def backward(self, gradient: Array) -> Array:
        return np.multiply(gradient, self._kept, out=gradient)
