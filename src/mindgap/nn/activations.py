"""Activation functions: value, derivative, and where they are flat."""

from typing import Protocol

import numpy as np

from mindgap.nn.arrays import Array, Mask


class Activation(Protocol):
    """An elementwise function f of pre-activations z of shape (count, rows, units).

    It is made with `leak`, one value a network, of shape (count, 1, 1).
    """

    def __init__(self, leak: Array) -> None: ...

    def value(self, z: Array, out: Array) -> None:
        """Write f(z) to `out`; z stays as it is."""

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        """f(z) and f'(z), in the arrays z and `spare`, in either order; both are overwritten."""

    def flat(self, a: Array) -> Mask | None:
        """Where f' is so small that hardly any gradient passes, judged by a = f(z); None if f is flat nowhere."""


class Identity:
    """f(z) = z: without a non-linearity, layers of any number are one linear map."""

    def __init__(self, leak: Array) -> None:
        pass

    def value(self, z: Array, out: Array) -> None:
        np.copyto(out, z)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        spare.fill(1)
        return z, spare

    def flat(self, a: Array) -> None:
        return None


class Sigmoid:
    """f(z) = 1 / (1 + exp(-z)), f' = f (1 - f) <= 1/4; flat where f < 0.01 or f > 0.99."""

    def __init__(self, leak: Array) -> None:
        pass

    def value(self, z: Array, out: Array) -> None:
        np.clip(z, -60, 60, out=out)  # exp(60) is far from overflow, exp(-60) far from denormal
        np.negative(out, out=out)
        np.exp(out, out=out)
        np.add(out, 1, out=out)
        np.reciprocal(out, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self.value(z, spare)
        np.subtract(1, spare, out=z)
        np.multiply(z, spare, out=z)
        return spare, z

    def flat(self, a: Array) -> Mask:
        return (a < 0.01) | (a > 0.99)


class Tanh:
    """f(z) = tanh(z), f' = 1 - f^2; flat where |f| > 0.99."""

    def __init__(self, leak: Array) -> None:
        pass

    def value(self, z: Array, out: Array) -> None:
        np.tanh(z, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        np.tanh(z, out=spare)
        np.multiply(spare, spare, out=z)
        np.subtract(1, z, out=z)
        return spare, z

    def flat(self, a: Array) -> Mask:
        return np.abs(a) > 0.99


class ReLU:
    """f(z) = max(0, z), f' = 1 for z > 0, else 0 (also at 0); flat where f = 0."""

    def __init__(self, leak: Array) -> None:
        pass

    def value(self, z: Array, out: Array) -> None:
        np.greater(z, 0, out=out, casting="unsafe")  # the mask times z is faster than the maximum of z and 0
        np.multiply(z, out, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        np.greater(z, 0, out=spare, casting="unsafe")
        return np.multiply(z, spare, out=z), spare

    def flat(self, a: Array) -> Mask:
        return a <= 0


class LeakyReLU:
    """f(z) = z for z > 0, else leak z, with 0 <= leak < 1; f' = 1 or leak; flat nowhere (Maas et al. 2013)."""

    def __init__(self, leak: Array) -> None:
        self._leak = leak

    def value(self, z: Array, out: Array) -> None:
        self._slope(z, out)
        np.multiply(z, out, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self._slope(z, spare)
        return np.multiply(z, spare, out=z), spare

    def _slope(self, z: Array, out: Array) -> None:
        np.greater(z, 0, out=out, casting="unsafe")
        np.multiply(out, 1 - self._leak, out=out)
        np.add(out, self._leak, out=out)

    def flat(self, a: Array) -> None:
        return None


ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
}
