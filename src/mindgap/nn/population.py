"""A population: many networks of one architecture, side by side along the first axis of every array."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from mindgap.nn.activations import ACTIVATIONS, Activation
from mindgap.nn.architecture import NONE, Architecture, Passage
from mindgap.nn.arrays import Array, Draws, DType
from mindgap.nn.convolution import ByRow, ChannelDropout, Convolution, Flatten, Unflatten
from mindgap.nn.hidden import Site
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.layers import Dense, Dropout, Layer, Noise
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.maps import Maps
from mindgap.nn.normalizations import NORMALIZATIONS, Normalization
from mindgap.nn.poolings import POOLINGS, Pooling

NOISE, INPUT_DROPOUT = 0, 1
"""Numbers of the random parts; dropout of hidden layer i is part INPUT_DROPOUT + i."""


@dataclass(frozen=True)
class Randomness:
    """What is random in training: one value a network for each, and the form of dropout."""

    dropout: Sequence[float]
    input_dropout: Sequence[float]
    input_noise: Sequence[float]
    inverted: bool = True
    channel_dropout: Sequence[float] = ()


class Convolved(NamedTuple):
    """The layers of a block of convolution that show what its features are."""

    passage: Passage
    convolution: Convolution
    activation: Activation
    pooling: Pooling | None


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
        self._leak = _column(leak, dtype)
        self._inputs: list[Noise | Dropout | Unflatten] = []  # nothing asks for the gradient by the features
        self._layers: list[Layer] = []
        self.hidden: list[Activation] = []
        self._norms: list[Normalization] = []
        self.blocks: list[Convolved] = []
        for group in architecture.layout:
            self._views[group.name][:] = self._leak if group.start == "leak" else group.start
        self._build(randomness, dtype)

    def _build(self, randomness: Randomness | None, dtype: DType) -> None:
        architecture, rows, chance = self.architecture, self.rows, randomness or Randomness((), (), ())
        features = architecture.units[0]
        if any(chance.input_noise):
            self._inputs.append(Noise(_column(chance.input_noise, dtype), features, rows, NOISE))
        if any(chance.input_dropout):
            rate = _column(chance.input_dropout, dtype)
            self._inputs.append(Dropout(rate, features, rows, INPUT_DROPOUT, chance.inverted))
        blocks = [*zip(architecture.blocks, architecture.passages, strict=True)]
        if blocks:
            self._inputs.append(Unflatten(blocks[0][1].given))
        for number, (block, passage) in enumerate(blocks, start=1):
            parts = self._parts(architecture.names[number - 1])
            convolution = Convolution(*parts, block, passage.given, rows, first=number == 1)
            self._layers.append(convolution)
            self._hide(number, passage.filtered)
            pooling = None
            if block.pooling != NONE and block.pool_size > 1:  # a window of one position leaves maps as they are
                pooling = POOLINGS[block.pooling](self.count, passage.filtered, block.pool_size, rows, dtype)
                self._layers.append(pooling)
            self.blocks.append(Convolved(passage, convolution, self.hidden[-1], pooling))
            if any(chance.channel_dropout):
                rate, part = _column(chance.channel_dropout, dtype), INPUT_DROPOUT + number
                self._layers.append(ChannelDropout(rate, passage.left, rows, part, chance.inverted))
        if blocks:
            self._layers.append(Flatten(blocks[-1][1].left))
        for number in range(len(blocks) + 1, len(architecture.names) + 1):
            parts, first = self._parts(architecture.names[number - 1]), number == len(blocks) + 1
            self._layers.append(Dense(*parts, rows, first=first and not blocks, from_maps=first and bool(blocks)))
            if number < len(architecture.names):
                self._hide(number)
                if any(chance.dropout):
                    rate, part = _column(chance.dropout, dtype), INPUT_DROPOUT + number
                    units = architecture.hidden[number - 1]
                    self._layers.append(Dropout(rate, units, rows, part, chance.inverted))

    def _parts(self, name: str) -> tuple[Array, Array, Array, Array]:
        """A layer's weights and bias, and their gradients."""
        (weights, bias), (by_weights, by_bias) = (
            (views[f"{name}.weights"], views[f"{name}.bias"]) for views in (self._views, self._gradient_views)
        )
        return weights, bias, by_weights, by_bias

    def _hide(self, number: int, maps: Maps | None = None) -> None:
        """Add the activation of a hidden layer and its normalisation, of units or of what filters say of `maps`."""
        architecture, rows, positions = self.architecture, self.rows, 1 if maps is None else maps.positions
        units = architecture.hidden[number - 1]
        site = self._site(f"activation{number}", units, positions * rows, positions)
        self.hidden.append(ACTIVATIONS[architecture.activation](site))
        pair: list[Layer] = [self.hidden[-1]]
        if architecture.normalized:
            kind, units = NORMALIZATIONS[architecture.normalization], architecture.normalized[number - 1]
            by_row = maps is not None and not kind.over_rows
            shape = (units * positions, rows, 1) if by_row else (units, positions * rows, positions)
            norm = kind(self._site(f"norm{number}", *shape))
            self._norms.append(norm)
            layer = ByRow(norm, replace(maps, channels=units)) if maps is not None and by_row else norm
            pair.insert(0 if architecture.place == "before" else 1, layer)
        self._layers += pair

    def _site(self, component: str, units: int, rows: int, positions: int) -> Site:
        """Where a component of a hidden layer stands, with views of the numbers that are its own."""
        architecture = self.architecture
        values, gradients = (
            {
                name.removeprefix(f"{component}."): view
                for name, view in views.items()
                if name.startswith(f"{component}.")
            }
            for views in (self._views, self._gradient_views)
        )
        return Site(
            units=units,
            rows=rows,
            values=values,
            gradients=gradients,
            leak=self._leak,
            pieces=architecture.pieces,
            groups=architecture.groups,
            exponential=architecture.statistics == "exponential",
            positions=positions,
        )

    def begin_epoch(self) -> None:
        """Start the averages that an epoch's batches make up."""
        for norm in self._norms:
            norm.begin_epoch()

    def forward(self, x: Array, draws: Draws | None = None) -> Array:
        """Outputs (count, rows, outputs) of a batch (rows, features) that all share, or (count, rows, features)."""
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
        on_hidden: Callable[[Array], None] | None = None,
    ) -> None:
        """Set `gradients` to those of the batch's mean loss, without any penalty on the weights.

        x and the targets have a first axis over networks, or are shared by all. With `row_weights` (rows,), or
        (count, rows), each row's loss counts so many times. `losses` (count, rows), if given, is
        overwritten with the loss of each row, before its weight. `on_hidden`, if given, is told the gradient
        by each hidden layer's activations (count, rows, units), the last layer's first; it will be overwritten.
        """
        gradient = self.forward(x, draws)
        if losses is not None:
            losses[:] = loss.values(gradient, targets)
        loss.gradient(gradient, targets)
        if row_weights is not None:
            np.multiply(gradient, row_weights[..., None].astype(gradient.dtype), out=gradient)
        for layer in reversed(self._layers):
            if on_hidden is not None and layer in self.hidden:
                on_hidden(gradient)
            gradient = layer.backward(gradient)


def _column(values: Sequence[float], dtype: DType) -> Array:
    """One value a network, so that it broadcasts over rows and units."""
    array: Array = np.empty((len(values), 1, 1), dtype)
    array[:, 0, 0] = values
    return array


def initialize(
    population: Population,
    initializer: str,
    gains: Sequence[float],
    streams: Sequence[Sequence[np.random.Generator]],
    index: Sequence[int],
) -> None:
    """Draw the weights: from `streams`, by layer and then by group of networks, `index` being each network's group.

    All networks of a group multiply the same base draws by their own gain.
    """
    architecture = population.architecture
    layers = zip(architecture.layers(population.values), architecture.fan_outs, streams, strict=True)
    for (weights, _), fan_out, own in layers:
        for group, stream in enumerate(own):
            base = INITIALIZERS[initializer].draw(stream, weights.shape[1], weights.shape[2], fan_out)
            for number in (number for number, its in enumerate(index) if its == group):
                np.multiply(base, np.float32(gains[number]), out=weights[number])
