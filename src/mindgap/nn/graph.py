"""A computational graph: reverse-mode differentiation of NumPy arrays from small gates, an oracle for the networks.

It shares no code with the layers that it judges. A gate is one function from arrays to its output and to the rule that
turns the gradient by the output into the gradients by the inputs; `GATES` knows them all. The way back is the chain
rule, applied once to each value in reverse order (Linnainmaa 1976; Rumelhart, Hinton and Williams 1986).
"""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Axes = int | tuple[int, ...] | None
Backward = Callable[[Array], tuple[Array, ...]]
Rule = Callable[..., tuple[Array, Backward]]
Gate = Callable[..., "Value"]

GATES: dict[str, Gate] = {}


class Value:
    """A float64 array of any shape, with the gate and the inputs that made it, and the gradient by it.

    A value made from an array is a leaf and holds a copy. A value may be used any number of times: it is then copied
    to its users, and its gradient is the sum of theirs. Before `backward` gradients are 0.
    """

    __array_ufunc__ = None  # so that `array * value` is left to Value

    def __init__(
        self, data: ArrayLike, gate: str = "leaf", inputs: tuple["Value", ...] = (), backward: Backward | None = None
    ) -> None:
        self.data: Array = np.array(data, np.float64, copy=None if inputs else True)
        self.gradient: Array = np.zeros_like(self.data)
        self.gate = gate
        self.inputs = inputs
        self._backward = backward

    def backward(self, gradient: ArrayLike | None = None) -> None:
        """Set `gradient` of every value below this one to the derivative of sum(gradient * data) by it.

        `gradient` has the shape of `data`; None stands for ones: the derivative of the sum of all elements. Gradients
        of an earlier call are replaced. Raises ValueError for another shape.
        """
        seed = np.ones_like(self.data) if gradient is None else np.asarray(gradient, np.float64)
        if seed.shape != self.data.shape:
            raise ValueError(f"a gradient of shape {seed.shape} for a value of shape {self.data.shape}")
        order = self.topological_order()
        for value in order:
            value.gradient = np.zeros_like(value.data)
        self.gradient += seed
        for value in reversed(order):
            if value._backward is not None:
                for source, share in zip(value.inputs, value._backward(value.gradient), strict=True):
                    source.gradient += _unbroadcast(share, source.data.shape)

    def topological_order(self) -> list["Value"]:
        """This value and all that it was made from, each once and after its inputs."""
        order: list[Value] = []
        found: set[Value] = set()
        stack = [(self, False)]  # instead of recursion, so that a graph may be of any depth
        while stack:
            value, inputs_are_done = stack.pop()
            if inputs_are_done:
                order.append(value)
            elif value not in found:
                found.add(value)
                stack.append((value, True))
                stack.extend((source, False) for source in value.inputs)
        return order

    def __repr__(self) -> str:
        return f"Value({self.gate}, data={self.data}, gradient={self.gradient})"

    def __add__(self, other: "Value | ArrayLike") -> "Value":
        return add(self, other)

    __radd__ = __add__

    def __sub__(self, other: "Value | ArrayLike") -> "Value":
        return subtract(self, other)

    def __rsub__(self, other: ArrayLike) -> "Value":
        return subtract(other, self)

    def __mul__(self, other: "Value | ArrayLike") -> "Value":
        return multiply(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: "Value | ArrayLike") -> "Value":
        return divide(self, other)

    def __rtruediv__(self, other: ArrayLike) -> "Value":
        return divide(other, self)

    def __matmul__(self, other: "Value | ArrayLike") -> "Value":
        return matmul(self, other)

    def __rmatmul__(self, other: ArrayLike) -> "Value":
        return matmul(other, self)

    def __neg__(self) -> "Value":
        return multiply(self, -1.0)

    def __pow__(self, exponent: float) -> "Value":
        return power(self, exponent=exponent)

    def __getitem__(self, index: Any) -> "Value":
        return gather(self, index=index)


def gate(rule: Rule) -> Gate:
    """Register a rule, and make it a function of values; arrays among its inputs become leaves.

    The rule takes its inputs' arrays, and settings by keyword. It returns the output and a function from the gradient
    by the output to one gradient an input. That one may still have the shape to which the input was broadcast.
    """

    @wraps(rule)
    def apply(*inputs: Value | ArrayLike, **settings: Any) -> Value:
        values = tuple(source if isinstance(source, Value) else Value(source) for source in inputs)
        data, backward = rule(*(value.data for value in values), **settings)
        return Value(data, rule.__name__, values, backward)

    GATES[rule.__name__] = apply
    return apply


def _unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the axes that broadcasting repeated: what was repeated was copied, and copies sum their gradients."""
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return np.asarray(gradient.sum(axis=repeated, keepdims=True))


def _spread(gradient: Array, shape: tuple[int, ...], axis: Axes) -> Array:
    """The gradient by a sum over axes, repeated along them: back to the shape that was summed."""
    kept = np.array(shape, np.int64)
    kept[slice(None) if axis is None else np.atleast_1d(axis)] = 1
    return np.broadcast_to(gradient.reshape(kept), shape)


# Arithmetic, with NumPy's broadcasting. g is the gradient by the output.


@gate
def add(a: Array, b: Array) -> tuple[Array, Backward]:
    """a + b; by a: g, by b: g. Add distributes."""
    return a + b, lambda g: (g, g)


@gate
def subtract(a: Array, b: Array) -> tuple[Array, Backward]:
    """a - b; by a: g, by b: -g."""
    return a - b, lambda g: (g, -g)


@gate
def multiply(a: Array, b: Array) -> tuple[Array, Backward]:
    """a b; by a: g b, by b: g a. Multiply swaps."""
    return a * b, lambda g: (g * b, g * a)


@gate
def divide(a: Array, b: Array) -> tuple[Array, Backward]:
    """a / b; by a: g / b, by b: -g a / b^2."""
    return a / b, lambda g: (g / b, -g * a / b**2)


@gate
def matmul(a: Array, b: Array) -> tuple[Array, Backward]:
    """a b for matrices (..., n, m) and (..., m, p), giving (..., n, p); by a: g b^T, by b: a^T g.

    Leading axes are broadcast. Raises ValueError for vectors: give them an axis of size 1.
    """
    if min(a.ndim, b.ndim) < 2:
        raise ValueError(f"matmul takes matrices, not arrays of shapes {a.shape} and {b.shape}")
    return a @ b, lambda g: (g @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ g)


# Functions of each element.


@gate
def exp(x: Array) -> tuple[Array, Backward]:
    """e^x; by x: g e^x."""
    y = np.exp(x)
    return y, lambda g: (g * y,)


@gate
def log(x: Array) -> tuple[Array, Backward]:
    """ln x, x > 0; by x: g / x."""
    return np.log(x), lambda g: (g / x,)


@gate
def power(x: Array, *, exponent: float) -> tuple[Array, Backward]:
    """x^n for a constant n, such as 0.5 for the square root; by x: g n x^(n-1)."""
    return x**exponent, lambda g: (g * exponent * x ** (exponent - 1),)


@gate
def absolute(x: Array) -> tuple[Array, Backward]:
    """|x|; by x: g sign(x), which is 0 at 0."""
    return np.abs(x), lambda g: (g * np.sign(x),)


@gate
def arctan(x: Array) -> tuple[Array, Backward]:
    """arctan x, in radians; by x: g / (1 + x^2)."""
    return np.arctan(x), lambda g: (g / (1 + x**2),)


@gate
def erf(x: Array) -> tuple[Array, Backward]:
    """The error function 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x; by x: g 2 / sqrt(pi) exp(-x^2)."""
    y: Array = np.vectorize(math.erf, otypes=[np.float64])(x)
    return y, lambda g: (g * 2 / math.sqrt(math.pi) * np.exp(-(x**2)),)


# Choices: the gradient goes the way that the value came.


@gate
def maximum(a: Array, b: Array) -> tuple[Array, Backward]:
    """The larger of a and b; by a: g where a > b, else 0; by b: g where a <= b, else 0. Max routes."""
    return np.maximum(a, b), lambda g: (g * (a > b), g * (a <= b))


@gate
def max_over(x: Array, *, axis: int, keepdims: bool = False) -> tuple[Array, Backward]:
    """The largest along one axis; by x: g at the first of the largest, else 0."""
    winner = np.expand_dims(np.argmax(x, axis), axis)

    def backward(g: Array) -> tuple[Array]:
        routed = np.zeros_like(x)
        np.put_along_axis(routed, winner, g.reshape(winner.shape), axis)
        return (routed,)

    return np.max(x, axis, keepdims=keepdims), backward


@gate
def clip(x: Array, *, low: float = -math.inf, high: float = math.inf) -> tuple[Array, Backward]:
    """x held between low and high; by x: g where low < x < high, else 0."""
    return np.clip(x, low, high), lambda g: (g * ((low < x) & (x < high)),)


@gate
def where(a: Array, b: Array, *, condition: NDArray[np.bool_]) -> tuple[Array, Backward]:
    """a where the condition holds, else b; by a: g where it holds, else 0; by b: the rest of g."""
    return np.where(condition, a, b), lambda g: (np.where(condition, g, 0), np.where(condition, 0, g))


# Sums, and new arrangements of the same elements.


@gate
def sum_over(x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Array, Backward]:
    """The sum over axes, all by default; by x: g for each element."""
    return np.sum(x, axis, keepdims=keepdims), lambda g: (_spread(g, x.shape, axis),)


@gate
def mean_over(x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Array, Backward]:
    """The mean over axes, all by default; by x: g / n for each of the n elements of a mean."""
    y = np.mean(x, axis, keepdims=keepdims)
    return y, lambda g: (_spread(g, x.shape, axis) * (y.size / x.size),)


@gate
def reshape(x: Array, *, shape: tuple[int, ...]) -> tuple[Array, Backward]:
    """The elements in another shape; by x: g in the old one."""
    return x.reshape(shape), lambda g: (g.reshape(x.shape),)


@gate
def transpose(x: Array, *, axes: tuple[int, ...]) -> tuple[Array, Backward]:
    """The axes in another order; by x: g with its axes in the old one."""
    return x.transpose(axes), lambda g: (g.transpose(np.argsort(np.mod(axes, x.ndim))),)


@gate
def concatenate(*parts: Array, axis: int) -> tuple[Array, Backward]:
    """The parts behind each other along an axis; by each part: its own slice of g."""
    ends = np.cumsum([part.shape[axis] for part in parts])[:-1]
    return np.concatenate(parts, axis), lambda g: tuple(np.split(g, ends, axis))


@gate
def gather(x: Array, *, index: Any) -> tuple[Array, Backward]:
    """x[index], for any index of NumPy's; by x: g added up at the elements it came from, as one may be taken twice."""

    def backward(g: Array) -> tuple[Array]:
        added = np.zeros_like(x)
        np.add.at(added, index, g)
        return (added,)

    return x[index], backward


# Coarse gates: one rule derived by hand for what would be many small gates.


@gate
def sigmoid(x: Array) -> tuple[Array, Backward]:
    """s = 1 / (1 + e^-x), computed so that nothing overflows; by x: g s (1 - s)."""
    e = np.exp(-np.abs(x))
    s = np.where(x > 0, 1, e) / (1 + e)
    return s, lambda g: (g * s * (1 - s),)


@gate
def tanh(x: Array) -> tuple[Array, Backward]:
    """t = tanh x; by x: g (1 - t^2)."""
    t = np.tanh(x)
    return t, lambda g: (g * (1 - t**2),)


@gate
def relu(x: Array) -> tuple[Array, Backward]:
    """max(x, 0); by x: g where x > 0, else 0."""
    return np.maximum(x, 0), lambda g: (g * (x > 0),)


@gate
def softmax_cross_entropy(logits: Array, targets: Array) -> tuple[Array, Backward]:
    """-sum_j t_j log p_j, p = softmax(z), in nats, over the last axis: logits (..., classes) give losses (...).

    Targets are probabilities: one-hot, or smoothed. By z: g (p sum_j t_j - t), by t: -g log p. Raises ValueError
    unless logits and targets have as many classes.
    """
    if logits.shape[-1] != targets.shape[-1]:
        raise ValueError(f"logits of {logits.shape[-1]} classes and targets of {targets.shape[-1]}")
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))

    def backward(g: Array) -> tuple[Array, Array]:
        g = g[..., None]
        return g * (np.exp(log_p) * targets.sum(axis=-1, keepdims=True) - targets), -g * log_p

    return -(targets * log_p).sum(axis=-1), backward


def fine_sigmoid(x: Value) -> Value:
    """1 / (1 + e^-x) from four small gates; its gradient is nan where e^-x overflows, at x < -709."""
    return 1 / (1 + exp(-x))


def fine_tanh(x: Value) -> Value:
    """(e^x - e^-x) / (e^x + e^-x) from small gates; nan where e^x or e^-x overflows, at |x| > 709."""
    up, down = exp(x), exp(-x)
    return (up - down) / (up + down)


def fine_relu(x: Value) -> Value:
    """max(x, 0) from the gate for two inputs."""
    return maximum(x, 0)


def fine_softmax_cross_entropy(logits: Value, targets: Value | ArrayLike) -> Value:
    """sum_j t_j (log sum_k e^z_k - z_j) from small gates, after the largest logit was subtracted from all."""
    shifted = logits - max_over(logits, axis=-1, keepdims=True)
    return sum_over(targets * (log(sum_over(exp(shifted), axis=-1, keepdims=True)) - shifted), axis=-1)


FINE: dict[str, Gate] = {
    "sigmoid": fine_sigmoid,
    "tanh": fine_tanh,
    "relu": fine_relu,
    "softmax_cross_entropy": fine_softmax_cross_entropy,
}
"""The fine-grained equals of the coarse gates, by name."""
