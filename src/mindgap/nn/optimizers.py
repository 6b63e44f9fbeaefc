"""Optimisers: how a gradient becomes a step, in place, over one block of the flat parameters."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from mindgap.nn.arrays import Array, DType, flush

FLUSH_EVERY = 16
"""Steps between two flushes of an optimiser's state; even a momentum of 0.5 decays by no more than 1e-5 meanwhile."""


class Optimizer(Protocol):
    """A step rule. `settings` holds one float64 value a network, each of shape (count, 1)."""

    slots: int
    """How many arrays of the parameters' shape the rule remembers between steps; they begin at 0."""

    def __init__(self, settings: Mapping[str, Array], dtype: DType) -> None: ...

    def update(self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int) -> None:
        """Change `weights` (count, block) and `state` (slots, count, block) in place; steps count from 1.

        The gradient may be overwritten; `scratch` has the gradient's shape and holds nothing.
        """


class SGD:
    """w <- w - lr g."""

    slots = 0

    def __init__(self, settings: Mapping[str, Array], dtype: DType) -> None:
        self._learning_rate = settings["learning_rate"].astype(dtype)

    def update(self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int) -> None:
        np.multiply(gradient, self._learning_rate, out=scratch)
        np.subtract(weights, scratch, out=weights)


class Momentum:
    """v <- momentum v - lr g; w <- w + v. The learning rate is inside the velocity (Sutskever et al. 2013)."""

    slots = 1

    def __init__(self, settings: Mapping[str, Array], dtype: DType) -> None:
        self._learning_rate = settings["learning_rate"].astype(dtype)
        self._momentum = settings["momentum"].astype(dtype)

    def update(self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int) -> None:
        velocity = state[0]
        np.multiply(velocity, self._momentum, out=velocity)
        np.multiply(gradient, self._learning_rate, out=scratch)
        np.subtract(velocity, scratch, out=velocity)
        if step % FLUSH_EVERY == 0:
            flush(velocity, 1e-12)
        np.add(weights, velocity, out=weights)


class Adam:
    """m <- b1 m + (1-b1) g; v <- b2 v + (1-b2) g^2; w <- w - lr m' / (sqrt(v') + epsilon) (Kingma and Ba 2015).

    m' = m / (1 - b1^t) and v' = v / (1 - b2^t) correct the bias of the first steps; b1 is `momentum`, b2 is `beta2`.
    The state holds m / (1-b1) and v / (1-b2), which saves two passes over the parameters and changes nothing else.
    """

    slots = 2

    def __init__(self, settings: Mapping[str, Array], dtype: DType) -> None:
        self._learning_rate, self._epsilon = settings["learning_rate"], settings["epsilon"]
        self._beta1, self._beta2 = settings["momentum"], settings["beta2"]
        self._decay1, self._decay2 = self._beta1.astype(dtype), self._beta2.astype(dtype)

    def update(self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int) -> None:
        first, second = state
        np.multiply(first, self._decay1, out=first)
        np.add(first, gradient, out=first)
        np.multiply(second, self._decay2, out=second)
        np.multiply(gradient, gradient, out=scratch)
        np.add(second, scratch, out=second)
        if step % FLUSH_EVERY == 0:
            flush(first, 1e-12)
            flush(second, 1e-20)
        root = np.sqrt((1 - self._beta2) / (1 - self._beta2**step))
        rate = self._learning_rate * (1 - self._beta1) / (1 - self._beta1**step) / root
        np.sqrt(second, out=scratch)
        np.add(scratch, (self._epsilon / root).astype(scratch.dtype), out=scratch)
        np.divide(first, scratch, out=scratch)
        np.multiply(scratch, rate.astype(scratch.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)


OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "momentum": Momentum, "adam": Adam}
