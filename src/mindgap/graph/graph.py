"""A computational graph: reverse-mode differentiation of NumPy arrays from small gates, an oracle for the networks.

It shares no code with the layers that it judges. A gate is one function from arrays to its output and to the rule that
turns the gradient by the output into the gradients by the inputs; `GATES` knows them all. Here are the smallest;
more, and the coarse ones, are in `gates`. The way back is the chain rule, applied once to each value in reverse order
(Linnainmaa 1976; Rumelhart, Hinton and Williams 1986).
"""

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


def _operator(name: str, *, swapped: bool = False) -> Callable[["Value", "Value | ArrayLike"], "Value"]:
    """The method that hands a value and its operand to a gate; swapped, the operand comes first."""
    return lambda value, other: GATES[name](other, value) if swapped else GATES[name](value, other)


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

    __add__ = __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("subtract"), _operator("subtract", swapped=True)
    __mul__ = __rmul__ = _operator("multiply")
    __truediv__, __rtruediv__ = _operator("divide"), _operator("divide", swapped=True)
    __matmul__, __rmatmul__ = _operator("matmul"), _operator("matmul", swapped=True)

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


# Functions of each element, and the larger of two.


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
def maximum(a: Array, b: Array) -> tuple[Array, Backward]:
    """The larger of a and b; by a: g where a > b, else 0; by b: g where a <= b, else 0. Max routes."""
    return np.maximum(a, b), lambda g: (g * (a > b), g * (a <= b))


# Sums and parts.


@gate
def sum_over(x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Array, Backward]:
    """The sum over axes, all by default; by x: g for each element."""
    total: Array = np.sum(x, axis, keepdims=True)
    return total if keepdims else total.squeeze(axis), lambda g: (np.broadcast_to(g.reshape(total.shape), x.shape),)


@gate
def gather(x: Array, *, index: Any) -> tuple[Array, Backward]:
    """x[index], for any index of NumPy's; by x: g added up at the elements it came from, as one may be taken twice."""

    def backward(g: Array) -> tuple[Array]:
        added = np.zeros_like(x)
        np.add.at(added, index, g)
        return (added,)

    return x[index], backward
