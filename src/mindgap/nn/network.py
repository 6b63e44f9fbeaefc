"""A population: many networks of one architecture, side by side along the first axis of every array."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.arrays import Array, DType, Labels
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.layers import Activate, Dense, Dropout, Layer
from mindgap.nn.losses import Loss


@dataclass(frozen=True)
class Architecture:
    """What all networks of a population share: units of each layer from features to classes, and the activation."""

    units: tuple[int, ...]
    activation: str

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(fan_in, fan_out) of each dense layer, from the first to the last."""
        return list(pairwise(self.units))

    @property
    def weights(self) -> int:
        """Number of weights of one network; they are the first columns of its flat parameters, biases follow."""
        return sum(fan_in * fan_out for fan_in, fan_out in self.shapes)

    @property
    def parameters(self) -> int:
        """Number of weights and biases of one network."""
        return self.weights + sum(self.units[1:])

    def split(self, flat: Array) -> list[tuple[Array, Array]]:
        """Views of flat parameters (count, parameters) by layer: weights (count, in, out), biases (count, 1, out)."""
        count, start, bias_start = len(flat), 0, self.weights
        views = []
        for fan_in, fan_out in self.shapes:
            weights = flat[:, start : start + fan_in * fan_out].reshape(count, fan_in, fan_out)
            views.append((weights, flat[:, None, bias_start : bias_start + fan_out]))
            start, bias_start = start + fan_in * fan_out, bias_start + fan_out
        return views


class Population:
    """`count` networks with flat parameters (count, parameters) and gradients of the same shape.

    `settings` gives one value a network for `leak` and `dropout`. Buffers hold batches of at most `rows` rows; no
    step allocates an array of their size. A network's numbers do not depend on its neighbours, bit for bit.
    """

    def __init__(
        self,
        architecture: Architecture,
        settings: Mapping[str, Sequence[float]],
        rows: int,
        dtype: DType = np.float32,
    ) -> None:
        self.architecture, self.rows = architecture, rows
        leak, dropout = (_column(settings[name], dtype) for name in ("leak", "dropout"))
        self.count = len(leak)
        self.parameters = np.zeros((self.count, architecture.parameters), dtype)
        self.gradients = np.zeros_like(self.parameters)
        self._layers: list[Layer] = []
        self.activations: list[Activate] = []
        views = zip(architecture.split(self.parameters), architecture.split(self.gradients), strict=True)
        for number, ((weights, bias), (weights_gradient, bias_gradient)) in enumerate(views, start=1):
            self._layers.append(Dense(weights, bias, weights_gradient, bias_gradient, rows, first=number == 1))
            if number < len(architecture.shapes):
                units = architecture.units[number]
                activation = ACTIVATIONS[architecture.activation](leak)
                self.activations.append(Activate(activation, self.count, units, rows, dtype))
                self._layers.append(self.activations[-1])
                if dropout.any():
                    self._layers.append(Dropout(dropout, units, rows))

    def forward(self, x: Array, draws: np.random.Generator | None = None) -> Array:
        """Logits (count, rows, classes) of a batch (rows, features) that all networks share."""
        output = x
        for layer in self._layers:
            output = layer.forward(output, draws)
        return output

    def differentiate(self, x: Array, labels: Labels, loss: Loss, draws: np.random.Generator) -> None:
        """Set `gradients` to those of the batch's mean loss, without any penalty on the weights."""
        gradient = self.forward(x, draws)
        loss.gradient(gradient, labels)
        for layer in reversed(self._layers):
            gradient = layer.backward(gradient)


def _column(values: Sequence[float], dtype: DType) -> Array:
    """One value a network, so that it broadcasts over rows and units."""
    array: Array = np.empty((len(values), 1, 1), dtype)
    array[:, 0, 0] = values
    return array


def initialize(
    architecture: Architecture,
    initializer: str,
    gains: Sequence[float],
    streams: Sequence[np.random.Generator],
    out: Array,
) -> None:
    """Write first parameters to `out` (count, parameters): Gaussian weights times gain, biases 0.

    Each layer has its own stream, and all networks scale the same base draws.
    """
    out.fill(0)
    scale = INITIALIZERS[initializer]
    for (weights, _), stream in zip(architecture.split(out), streams, strict=True):
        _, fan_in, fan_out = weights.shape
        base = stream.standard_normal((fan_in, fan_out), dtype=np.float32)
        deviations = np.asarray([scale(fan_in, fan_out) * gain for gain in gains], out.dtype)
        np.multiply(base, deviations[:, None, None], out=weights)
