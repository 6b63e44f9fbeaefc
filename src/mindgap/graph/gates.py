"""More gates of the computational graph, and coarse ones beside their equals in small ones.

Importing this module adds them to `GATES`. g is the gradient by the output.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mindgap.graph.graph import Array, Axes, Backward, Gate, Value, exp, gate, log, maximum, sum_over

# Functions of each element.


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
def max_over(x: Array, *, axis: int, keepdims: bool = False) -> tuple[Array, Backward]:
    """The largest along one axis; by x: g at the first of the largest, else 0."""
    winner = np.argmax(x, axis, keepdims=True)

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


# Means, and the same elements in another shape.


@gate
def mean_over(x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Array, Backward]:
    """The mean over axes, all by default; by x: g / n for each of the n elements of a mean."""
    mean: Array = np.mean(x, axis, keepdims=True)

    def backward(g: Array) -> tuple[Array]:
        return (np.broadcast_to(g.reshape(mean.shape) * (mean.size / x.size), x.shape),)

    return mean if keepdims else mean.squeeze(axis), backward


@gate
def reshape(x: Array, *, shape: tuple[int, ...]) -> tuple[Array, Backward]:
    """The elements in another shape; by x: g in the old one."""
    return x.reshape(shape), lambda g: (g.reshape(x.shape),)


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


# Their fine-grained equals.


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
