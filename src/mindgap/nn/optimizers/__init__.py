"""Optimisers: how a gradient becomes a step, in place, over one block of the flat parameters."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array, DType, flush

FLUSH_EVERY = 16
"""Steps between two flushes of an optimiser's state; even a momentum of 0.5 decays by no more than 1e-5 meanwhile."""

Column = NDArray[np.float64]
"""One value a network, (count, 1)."""


class Optimizer(Protocol):
    """A step rule. `settings` holds one float64 value a network, each of shape (count, 1)."""

    slots: int
    """How many arrays of the parameters' shape the rule remembers between steps; they begin at 0."""

    def __init__(self, settings: Mapping[str, Column], dtype: DType) -> None: ...

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        """Change `weights` (count, block) and `state` (slots, count, block) in place; steps count from 1.

        The gradient may be overwritten; `scratch` has the gradient's shape and holds nothing. `learning_rate` is that
        of this step, after its schedule.
        """


class SGD:
    """w <- w - lr g."""

    slots = 0

    def __init__(self, settings: Mapping[str, Column], dtype: DType) -> None:
        pass

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        np.multiply(gradient, learning_rate.astype(weights.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)


class Momentum:
    """v <- momentum v - lr g; w <- w + v. The learning rate is inside the velocity (Sutskever et al. 2013)."""

    slots = 1

    def __init__(self, settings: Mapping[str, Column], dtype: DType) -> None:
        self._momentum = settings["momentum"].astype(dtype)

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        np.multiply(gradient, learning_rate.astype(weights.dtype), out=scratch)
        self._accelerate(state[0], scratch, step)
        np.add(weights, state[0], out=weights)

    def _accelerate(self, velocity: Array, push: Array, step: int) -> None:
        np.multiply(velocity, self._momentum, out=velocity)
        np.subtract(velocity, push, out=velocity)
        if step % FLUSH_EVERY == 0:
            flush(velocity, 1e-12)


class Nesterov(Momentum):
    """v <- momentum v - lr g; w <- w + momentum v - lr g: the gradient counts as that of the point ahead.

    This is Nesterov's momentum in the variable w + momentum v (Sutskever et al. 2013; Bengio et al. 2013).
    """

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        np.multiply(gradient, learning_rate.astype(weights.dtype), out=scratch)
        self._accelerate(state[0], scratch, step)
        np.subtract(weights, scratch, out=weights)
        np.multiply(state[0], self._momentum, out=scratch)
        np.add(weights, scratch, out=weights)


class AdaGrad:
    """s <- s + g^2; w <- w - lr g / (sqrt(s) + epsilon) (Duchi et al. 2011)."""

    slots = 1

    def __init__(self, settings: Mapping[str, Column], dtype: DType) -> None:
        self._epsilon = settings["epsilon"].astype(dtype)

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        squares = state[0]
        np.multiply(gradient, gradient, out=scratch)
        self._accumulate(squares, scratch, step)
        np.sqrt(squares, out=scratch)
        np.add(scratch, self._epsilon, out=scratch)
        np.divide(gradient, scratch, out=scratch)
        np.multiply(scratch, learning_rate.astype(weights.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)

    def _accumulate(self, squares: Array, new: Array, step: int) -> None:
        np.add(squares, new, out=squares)


class RMSProp(AdaGrad):
    """s <- beta2 s + (1 - beta2) g^2; w <- w - lr g / (sqrt(s) + epsilon) (Tieleman and Hinton 2012)."""

    def __init__(self, settings: Mapping[str, Column], dtype: DType) -> None:
        super().__init__(settings, dtype)
        self._decay, self._share = settings["beta2"].astype(dtype), (1 - settings["beta2"]).astype(dtype)

    def _accumulate(self, squares: Array, new: Array, step: int) -> None:
        np.multiply(squares, self._decay, out=squares)
        np.multiply(new, self._share, out=new)
        np.add(squares, new, out=squares)
        if step % FLUSH_EVERY == 0:
            flush(squares, 1e-20)


class Adam:
    """m <- b1 m + (1-b1) g; v <- b2 v + (1-b2) g^2; w <- w - lr m' / (sqrt(v') + epsilon) (Kingma and Ba 2015).

    m' = m / (1 - b1^t) and v' = v / (1 - b2^t) correct the bias of the first steps; b1 is `momentum`, b2 is `beta2`.
    The state holds m / (1-b1) and v / (1-b2), which saves two passes over the parameters and changes nothing else.
    """

    slots = 2
    corrected = True

    def __init__(self, settings: Mapping[str, Column], dtype: DType) -> None:
        self._epsilon = settings["epsilon"]
        self._beta1, self._beta2 = settings["momentum"], settings["beta2"]
        self._decay1, self._decay2 = self._beta1.astype(dtype), self._beta2.astype(dtype)

    def update(
        self, weights: Array, gradient: Array, state: Array, scratch: Array, step: int, learning_rate: Column
    ) -> None:
        first, second = state
        np.multiply(first, self._decay1, out=first)
        np.add(first, gradient, out=first)
        np.multiply(second, self._decay2, out=second)
        np.multiply(gradient, gradient, out=scratch)
        np.add(second, scratch, out=second)
        if step % FLUSH_EVERY == 0:
            flush(first, 1e-12)
            flush(second, 1e-20)
        seen = (1 - self._beta1**step, 1 - self._beta2**step) if self.corrected else (1.0, 1.0)
        root = np.sqrt((1 - self._beta2) / seen[1])
        rate = learning_rate * (1 - self._beta1) / seen[0] / root
        np.sqrt(second, out=scratch)
        np.add(scratch, (self._epsilon / root).astype(scratch.dtype), out=scratch)
        np.divide(first, scratch, out=scratch)
        np.multiply(scratch, rate.astype(scratch.dtype), out=scratch)
        np.subtract(weights, scratch, out=weights)


class UncorrectedAdam(Adam):
    """Adam with m' = m and v' = v: its first steps are too large, by up to (1-b1) / sqrt(1-b2)."""

    corrected = False


class AdamW(Adam):
    """Adam, to be used with `weight_decay`, which stays out of its averages (Loshchilov and Hutter 2019)."""


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adam_uncorrected": UncorrectedAdam,
    "adamw": AdamW,
}
