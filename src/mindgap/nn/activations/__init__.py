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
    """f(z) = z for z > 0, else leak z, with leak >= 0; f' = 1 or leak; flat nowhere (Maas et al. 2013)."""

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


class ELU:
    """f(z) = z for z > 0, else alpha (exp(z) - 1), alpha being `leak`; f' = 1 or f + alpha; flat nowhere (Clevert 2016)."""

    def __init__(self, leak: Array) -> None:
        self._alpha, self._scale = leak, 1.0

    def value(self, z: Array, out: Array) -> None:
        np.minimum(z, 0, out=out)
        np.maximum(out, -60, out=out)
        np.expm1(out, out=out)
        np.multiply(out, self._alpha, out=out)
        np.add(out, np.maximum(z, 0), out=out)
        np.multiply(out, self._scale, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self.value(z, spare)
        positive = z > 0
        np.add(spare, self._scale * self._alpha, out=z)
        np.copyto(z, self._scale, where=positive)
        return spare, z

    def flat(self, a: Array) -> None:
        return None


class SELU(ELU):
    """1.0507 ELU with alpha 1.6733, for which activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    def __init__(self, leak: Array) -> None:
        self._alpha = np.full_like(leak, 1.6732632423543772)
        self._scale = 1.0507009873554805


class Arctan:
    """f(z) = arctan(z), f' = 1 / (1 + z^2); flat where |z| > 10, so |f| > 1.4711."""

    def __init__(self, leak: Array) -> None:
        pass

    def value(self, z: Array, out: Array) -> None:
        np.arctan(z, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        np.arctan(z, out=spare)
        np.multiply(z, z, out=z)
        np.add(z, 1, out=z)
        np.reciprocal(z, out=z)
        return spare, z

    def flat(self, a: Array) -> Mask:
        return np.abs(a) > 1.4711


class SQNL:
    """f(z) = z - sign(z) z^2 / 4 for |z| <= 2, else sign(z); f' = 1 - |z| / 2 or 0 (Wuraola and Patel 2018)."""

    def __init__(self, leak: Array) -> None:
        pass

    def value(self, z: Array, out: Array) -> None:
        np.clip(z, -2, 2, out=out)
        np.multiply(out, 1 - np.abs(out) / 4, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self.value(z, spare)
        np.clip(z, -2, 2, out=z)
        np.abs(z, out=z)
        np.multiply(z, -0.5, out=z)
        np.add(z, 1, out=z)
        return spare, z

    def flat(self, a: Array) -> Mask:
        return np.abs(a) > 0.9999


class Softplus:
    """f(z) = log(1 + exp(z)), f' = sigmoid(z); flat where f' < 0.01."""

    def __init__(self, leak: Array) -> None:
        self._sigmoid = Sigmoid(leak)

    def value(self, z: Array, out: Array) -> None:
        np.abs(z, out=out)
        np.negative(out, out=out)
        np.maximum(out, -60, out=out)
        np.exp(out, out=out)
        np.log1p(out, out=out)
        np.add(out, np.maximum(z, 0), out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self.value(z, spare)
        self._sigmoid.value(z, z)
        return spare, z

    def flat(self, a: Array) -> Mask:
        return a < 0.01


class GELU:
    """f(z) = z (1 + tanh(u)) / 2 with u = sqrt(2/pi) (z + 0.044715 z^3): Hendrycks and Gimpel's (2016) tanh form.

    f' = (1 + tanh(u)) / 2 + z (1 - tanh(u)^2) / 2 sqrt(2/pi) (1 + 0.134145 z^2); flat nowhere but in the far left.
    """

    _FACTOR, _CUBIC = np.sqrt(2 / np.pi).item(), 0.044715

    def __init__(self, leak: Array) -> None:
        pass

    def value(self, z: Array, out: Array) -> None:
        self._gate(z, out)
        np.multiply(z, out, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self._gate(z, spare)
        clipped = np.clip(z, -60, 60)
        slope = clipped * 2 * spare * (1 - spare) * self._FACTOR * (1 + 3 * self._CUBIC * clipped * clipped)
        np.add(slope, spare, out=slope)
        np.multiply(z, spare, out=spare)
        np.copyto(z, slope)
        return spare, z

    def _gate(self, z: Array, out: Array) -> None:
        """(1 + tanh(u)) / 2."""
        np.clip(z, -60, 60, out=out)
        np.multiply(out, self._FACTOR * (1 + self._CUBIC * out * out), out=out)
        np.tanh(out, out=out)
        np.add(out, 1, out=out)
        np.multiply(out, 0.5, out=out)

    def flat(self, a: Array) -> None:
        return None


class SiLU:
    """f(z) = z sigmoid(z), f' = s + f (1 - s) with s = sigmoid(z); flat nowhere but in the far left (Elfwing 2018)."""

    def __init__(self, leak: Array) -> None:
        self._sigmoid = Sigmoid(leak)

    def value(self, z: Array, out: Array) -> None:
        self._sigmoid.value(z, out)
        np.multiply(z, out, out=out)

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self._sigmoid.value(z, spare)
        np.multiply(z, spare, out=z)
        slope = z * (1 - spare)
        np.add(slope, spare, out=spare)
        return z, spare

    def flat(self, a: Array) -> None:
        return None


ELEMENTWISE: dict[str, type[Activation]] = {
    "identity": Identity,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "arctan": Arctan,
    "sqnl": SQNL,
    "softplus": Softplus,
    "gelu": GELU,
    "silu": SiLU,
}

ACTIVATIONS = (*ELEMENTWISE, "prelu", "maxout")
"""All names: to the elementwise ones come those with values or shapes of their own, which are layers."""
