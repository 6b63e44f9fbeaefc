"""The Gaussian error linear unit, in its tanh form."""

import numpy as np

from mindgap.nn.activations import Elementwise
from mindgap.nn.arrays import Array


class GELU(Elementwise):
    """f(z) = z (1 + tanh(u)) / 2 with u = sqrt(2/pi) (z + 0.044715 z^3): Hendrycks and Gimpel's (2016) tanh form.

    f' = (1 + tanh(u)) / 2 + z (1 - tanh(u)^2) / 2 sqrt(2/pi) (1 + 0.134145 z^2); flat nowhere but in the far left.
    """

    _FACTOR, _CUBIC = np.sqrt(2 / np.pi).item(), 0.044715

    def value(self, z: Array, out: Array) -> None:
        self._gate(z, out)
        np.multiply(np.maximum(z, -60), out, out=out)  # where the gate is 0: 0 times -inf would be no number

    def value_and_derivative(self, z: Array, spare: Array) -> tuple[Array, Array]:
        self._gate(z, spare)
        clipped = np.clip(z, -60, 60)
        slope = clipped * 2 * spare * (1 - spare) * self._FACTOR * (1 + 3 * self._CUBIC * clipped * clipped)
        np.add(slope, spare, out=slope)
        np.multiply(np.maximum(z, -60, out=z), spare, out=spare)
        np.copyto(z, slope)
        return spare, z

    def _gate(self, z: Array, out: Array) -> None:
        """(1 + tanh(u)) / 2."""
        np.clip(z, -60, 60, out=out)
        np.multiply(out, self._FACTOR * (1 + self._CUBIC * out * out), out=out)
        np.tanh(out, out=out)
        np.add(out, 1, out=out)
        np.multiply(out, 0.5, out=out)
