"""A population: many networks of one architecture, side by side along the first axis of every array."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mindgap.nn.activations import ELEMENTWISE
from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import Array, Draws, DType
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.layers import Activate, Dense, Dropout, Hidden, Layer, Maxout, Noise, PReLU
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.normalizations import BatchNorm, RowNorm

NOISE, INPUT_DROPOUT = 0, 1
"""Numbers of the random parts; dropout of hidden layer i is part INPUT_DROPOUT + i."""


@dataclass(frozen=True)
class Randomness:
    """What is random in training: one value a network for each, and the form of dropout."""

    dropout: Sequence[float]
    input_dropout: Sequence[float]
    input_noise: Sequence[float]
    inverted: bool = True


class Population:
    """`count` networks, each a row of `values` (count, architecture.values), with gradients of what is trained.

    `leak` is a setting of some activations, one value a network. Buffers hold batches of at most `rows` rows; a step
    of the plain layers allocates no array of their size. A network's numbers do not depend on its neighbours, bit for
    bit.
    """

    def __init__(
        self,
        architecture: Architecture,
        leak: Sequence[float],
        rows: int,
        randomness: Randomness | None = None,
        dtype: DType = np.float32,
    ) -> None:
        self.architecture, self.rows, self.count = architecture, rows, len(leak)
        self.values = np.zeros((self.count, architecture.values), dtype)
        self.parameters = self.values[:, : architecture.parameters]
        self.gradients = np.zeros_like(self.parameters)
        self._views, self._gradient_views = architecture.views(self.values), architecture.views(self.gradients)
        self._leak = leak
        self._inputs: list[Noise | Dropout] = []  # nothing asks for the gradient by the features
        self._layers: list[Layer] = []
        self.hidden: list[Hidden] = []
        self._norms: list[BatchNorm] = []
        for group in architecture.layout:
            self._views[group.name][:] = _column(leak, dtype) if group.start == "leak" else group.start
        self._build(randomness, dtype)

    def _build(self, randomness: Randomness | None, dtype: DType) -> None:
        architecture, rows = self.architecture, self.rows
        if randomness is not None and any(randomness.input_noise):
            self._inputs.append(Noise(_column(randomness.input_noise, dtype), architecture.units[0], rows, NOISE))
        if randomness is not None and any(randomness.input_dropout):
            rate = _column(randomness.input_dropout, dtype)
            self._inputs.append(Dropout(rate, architecture.units[0], rows, INPUT_DROPOUT, randomness.inverted))
        last = len(architecture.shapes)
        for number in range(1, last + 1):
            weights, bias = (self._views[f"dense{number}.{name}"] for name in ("weights", "bias"))
            by_weights, by_bias = (self._gradient_views[f"dense{number}.{name}"] for name in ("weights", "bias"))
            self._layers.append(Dense(weights, bias, by_weights, by_bias, rows, first=number == 1))
            if number == last:
                return
            if architecture.normalization != "none" and architecture.place == "before":
                self._layers.append(self._norm(number))
            self.hidden.append(self._activation(number, dtype))
            self._layers.append(self.hidden[-1])
            if architecture.normalization != "none" and architecture.place == "after":
                self._layers.append(self._norm(number))
            if randomness is not None and any(randomness.dropout):
                rate = _column(randomness.dropout, dtype)
                part = INPUT_DROPOUT + number
                self._layers.append(Dropout(rate, architecture.units[number], rows, part, randomness.inverted))

    def _activation(self, number: int, dtype: DType) -> Hidden:
        architecture, units = self.architecture, self.architecture.units[number]
        if architecture.activation == "maxout":
            return Maxout(self.count, units, architecture.pieces, self.rows, dtype)
        if architecture.activation == "prelu":
            name = f"prelu{number}.slope"
            return PReLU(self._views[name], self._gradient_views[name], self.rows)
        function = ELEMENTWISE[architecture.activation](_column(self._leak, dtype))
        return Activate(function, self.count, units, self.rows, dtype)

    def _norm(self, number: int) -> Layer:
        architecture, prefix = self.architecture, f"norm{number}."
        values = {name.removeprefix(prefix): view for name, view in self._views.items() if name.startswith(prefix)}
        gradients = {name: self._gradient_views[prefix + name] for name in ("scale", "shift")}
        if architecture.normalization == "batch":
            self._norms.append(BatchNorm(values, gradients, self.rows, architecture.statistics == "exponential"))
            return self._norms[-1]
        groups = 1 if architecture.normalization == "layer" else architecture.groups
        return RowNorm(values, gradients, self.rows, architecture.normalized[number - 1], groups)

    def begin_epoch(self) -> None:
        """Start the averages that an epoch's batches make up."""
        for norm in self._norms:
            norm.begin_epoch()

    def forward(self, x: Array, draws: Draws | None = None) -> Array:
        """Outputs (count, rows, outputs) of a batch (rows, features) that all networks share."""
        output = x
        for layer in (*self._inputs, *self._layers):
            output = layer.forward(output, draws)
        return output

    def sample(self, x: Array, draws: Draws) -> Array:
        """Outputs as `forward` gives them in use, but with hidden dropout as in training: one draw of many."""
        output = x
        for layer in (*self._inputs, *self._layers):
            random = isinstance(layer, Dropout) and layer not in self._inputs
            output = layer.forward(output, draws if random else None)
        return output

    def differentiate(
        self,
        x: Array,
        targets: Targets,
        loss: Loss,
        draws: Draws,
        row_weights: Array | None = None,
        losses: Array | None = None,
    ) -> None:
        """Set `gradients` to those of the batch's mean loss, without any penalty on the weights.

        With `row_weights` (rows,) each row's loss counts so many times. `losses` (count, rows), if given, is
        overwritten with the loss of each row, before its weight.
        """
        gradient = self.forward(x, draws)
        if losses is not None:
            losses[:] = loss.values(gradient, targets)
        loss.gradient(gradient, targets)
        if row_weights is not None:
            np.multiply(gradient, row_weights[:, None].astype(gradient.dtype), out=gradient)
        for layer in reversed(self._layers):
            gradient = layer.backward(gradient)


def _column(values: Sequence[float], dtype: DType) -> Array:
    """One value a network, so that it broadcasts over rows and units."""
    array: Array = np.empty((len(values), 1, 1), dtype)
    array[:, 0, 0] = values
    return array


def initialize(
    population: Population, initializer: str, gains: Sequence[float], streams: Sequence[np.random.Generator]
) -> None:
    """Draw the weights: each layer has its own stream, and all networks multiply the same base draws by their gain."""
    for (weights, _), stream in zip(population.architecture.dense(population.values), streams, strict=True):
        base = INITIALIZERS[initializer](stream, *weights.shape[1:])
        np.multiply(base, _column(gains, np.float32), out=weights)
