"""One step of a population: gradients of a batch, penalties, and the optimiser over cache-sized blocks."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array, Draws, flush
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.optimizers import FLUSH_EVERY, OPTIMIZERS
from mindgap.nn.population import Population
from mindgap.nn.schedules import SCHEDULES, Column, warmed_up
from mindgap.params.run import RunSpec
from mindgap.training.networks import settings_of

BLOCK = 1 << 17
"""Values of one block: few enough that its gradient and scratch stay in cache, and enough to be worth a call."""

Table = NDArray[np.float64]


class Block(NamedTuple):
    """Columns of the parameters that are updated together.

    `whole` has the block's parameters, gradient and state, and as much scratch, each (count, block), but the state
    (slots, count, block). `weights` has parameters, gradient and scratch of those columns that are weights; they are
    the first.
    """

    whole: tuple[Array, Array, Array, Array]
    weights: tuple[Array, Array, Array]


class Watched(NamedTuple):
    """What is seen of a step.

    By dense layer, (count, layers): the norm of the weights' change over their norm before, and the norm of their
    gradient with penalties, before it is clipped. By hidden layer (count, layers), or (count, 0) where nobody asked:
    the deviation, over rows and units, of the gradient of the batch's mean loss by the layer's activations.
    """

    update_ratio: Table
    gradient_norm: Table
    backprop_std: Table


class Stepper:
    """Steps a population; owns the optimiser's state (slots, count, parameters), zero at first.

    `steps` counts those of the optimiser, and `scheduled` those that the schedule has behind it, which may be more.

    A step is: the batch's gradient, plus l1 sign(w) + l2 w for the weights; scaled down to `clip_norm` if longer;
    weights times 1 - lr weight_decay; the optimiser's rule; and each unit's incoming weights scaled to `max_norm`.
    """

    def __init__(
        self,
        population: Population,
        loss: Loss,
        optimizer: str,
        settings: Mapping[str, Sequence[float]],
        schedule: str = "constant",
        epochs: int = 1,
        steps_per_epoch: int = 1,
    ) -> None:
        self._settings = {name: np.asarray(values, np.float64).reshape(-1, 1) for name, values in settings.items()}
        parameters, architecture = population.parameters, population.architecture
        dtype = parameters.dtype.type
        self._population, self._loss = population, loss
        self._optimizer = OPTIMIZERS[optimizer](self._settings, dtype)
        self._schedule, self._steps_per_epoch = SCHEDULES[schedule](self._settings, epochs), steps_per_epoch
        l1, l2 = (self._settings[name].astype(dtype) for name in ("l1", "l2"))
        self._penalties = [
            (size, sign, bool(size.all()) or size != 0) for size, sign in ((l2, False), (l1, True)) if size.any()
        ]
        self._clips, self._bounds = (np.isfinite(self._settings[name]).any() for name in ("clip_norm", "max_norm"))
        self._decays = self._settings["weight_decay"].any()
        self._steady = self._schedule.steady and not self._settings["warmup_epochs"].any()
        self._dense = architecture.layers(parameters)
        self.state = np.zeros((self._optimizer.slots, *parameters.shape), dtype)
        self.steps = self.scheduled = 0
        width = max(1, BLOCK // population.count)
        scratch = np.empty((population.count, min(width, architecture.parameters)), dtype)
        starts = np.cumsum([0, *(fan_in * fan_out for fan_in, fan_out in architecture.shapes)]).tolist()
        ends = ((0, architecture.parameters), *pairwise([*starts, architecture.parameters]))
        self._blocks, *self._layers, self._others = (
            [self._block(slice(first, min(first + width, stop)), scratch) for first in range(start, stop, width)]
            for start, stop in ends
        )

    def step(
        self,
        x: Array,
        targets: Targets,
        draws: Draws,
        row_weights: Array | None = None,
        losses: Array | None = None,
    ) -> None:
        """Learn from one batch, which all networks share or each has its own; `draws` feeds what is random in training.

        All arguments are those of `Population.differentiate`; it overwrites `losses`.
        """
        rate = self._begin()
        self._population.differentiate(x, targets, self._loss, draws, row_weights, losses)
        if self._clips:
            self._penalise(self._blocks)
            self._clip()
        self._update(self._blocks, rate, penalised=bool(self._clips))
        self._bound([weights for weights, _ in self._dense])
        self._flush()

    def look(
        self, x: Array, targets: Targets, draws: Draws, row_weights: Array | None = None, *, thorough: bool
    ) -> Watched:
        """What is seen of a batch without a step; sets the population's gradients, and moves averages of its layers."""
        deviations: list[Table] = []
        see = (lambda gradient: deviations.insert(0, _deviations(gradient))) if thorough else None
        self._population.differentiate(x, targets, self._loss, draws, row_weights, on_hidden=see)
        self._penalise(self._blocks)
        gradients = self._population.architecture.layers(self._population.gradients)
        lengths = np.stack([norms(gradient) for gradient, _ in gradients], axis=1)
        spread = np.stack(deviations, axis=1) if deviations else np.zeros((len(lengths), 0))
        return Watched(np.full_like(lengths, np.nan), lengths, spread)

    def watched_step(
        self, x: Array, targets: Targets, draws: Draws, row_weights: Array | None = None, *, thorough: bool = False
    ) -> Watched:
        """The same as `step`, and what is seen of it; only where it is `thorough`, of hidden layers as well."""
        rate, seen, ratios = self._begin(), self.look(x, targets, draws, row_weights, thorough=thorough), []
        if self._clips:
            self._clip()
        for blocks, (weights, _) in zip(self._layers, self._dense, strict=True):
            before = weights.copy()
            length = norms(before)
            self._update(blocks, rate, penalised=True)
            self._bound([weights])
            ratios.append(norms(np.subtract(weights, before, out=before)) / length)
            del before  # one layer's at a time, as it may be large
        self._update(self._others, rate, penalised=True)
        self._flush()
        return seen._replace(update_ratio=np.stack(ratios, axis=1))

    def penalties(self) -> Table:
        """What the penalties add to each network's loss, (count,): l1 sum |w| + l2/2 sum w^2."""
        total = np.zeros(len(self._population.parameters))
        for weights, _ in self._dense:
            for row, own in enumerate(weights):  # one network's at a time, as they may be large
                sizes = own.astype(np.float64).ravel()
                np.abs(sizes, out=sizes)
                total[row] += self._settings["l1"][row, 0] * sizes.sum()
                total[row] += self._settings["l2"][row, 0] / 2 * np.square(sizes, out=sizes).sum()
        return total

    def _begin(self) -> Column:
        """Count a step; its learning rates (count, 1)."""
        rate = self._rate()
        self.steps += 1
        self.scheduled += 1
        return rate

    def _update(self, blocks: Sequence[Block], rate: Column, *, penalised: bool) -> None:
        """Decay weights, and step along their gradients, block by block, as what is in cache is soonest done with."""
        kept = (1 - rate * self._settings["weight_decay"]).astype(self.state.dtype) if self._decays else None
        for block in blocks:
            if not penalised:
                self._penalise([block])
            if kept is not None:
                np.multiply(block.weights[0], kept, out=block.weights[0])
            self._optimizer.update(*block.whole, self.steps, rate)

    def _flush(self) -> None:
        """Round off weights that are tiny: those without a gradient decay by penalty or weight decay."""
        for weights, *_ in (block.weights for block in self._blocks) if self.steps % FLUSH_EVERY == 0 else ():
            flush(weights, 1e-20)

    def _rate(self) -> Column:
        """The learning rates (count, 1) of the step to come."""
        if self._steady:
            return self._settings["learning_rate"]
        warmup = self._settings["warmup_epochs"]
        return self._settings["learning_rate"] * warmed_up(
            self._schedule, self.scheduled, self._steps_per_epoch, warmup
        )

    def _penalise(self, blocks: Sequence[Block]) -> None:
        """Add the penalties' gradients."""
        for weights, gradient, scratch in (block.weights for block in blocks):
            for size, sign, there in self._penalties:
                toward = np.sign(weights, out=scratch) if sign else weights
                np.multiply(toward, size, out=scratch)
                np.add(gradient, scratch, out=gradient, where=there)  # where there is none, 0 times inf is no number

    def _clip(self) -> None:
        """Scale each network's whole gradient down to its bound (Pascanu et al. 2013)."""
        gradients = self._population.gradients
        shrink = _shrink(self._settings["clip_norm"], norms(gradients)[:, None])
        np.multiply(gradients, shrink.astype(gradients.dtype), out=gradients)

    def _bound(self, layers: Sequence[Array]) -> None:
        """Scale each unit's incoming weights, a column of W (count, in, out), to the bound (Srivastava et al. 2014)."""
        bound = self._settings["max_norm"][..., None]
        for weights in layers if self._bounds else ():
            ones = np.ones((1, weights.shape[1]), weights.dtype)
            lengths = np.sqrt(np.matmul(ones, weights * weights))
            np.multiply(weights, _shrink(bound, lengths).astype(weights.dtype), out=weights)

    def _block(self, columns: slice, scratch: Array) -> Block:
        population = self._population
        parameters, gradient = population.parameters[:, columns], population.gradients[:, columns]
        scratch = scratch[:, : columns.stop - columns.start]
        weights = slice(max(0, population.architecture.weights - columns.start))
        return Block(
            (parameters, gradient, self.state[:, :, columns], scratch),
            (parameters[:, weights], gradient[:, weights], scratch[:, weights]),
        )


def stepper_of(specs: Sequence[RunSpec], population: Population, loss: Loss, steps: int) -> Stepper:
    """What steps the networks of runs of one cohort, so many times in an epoch."""
    train = specs[0].train
    return Stepper(population, loss, train.optimizer, settings_of(specs), train.schedule, train.epochs, steps)


def _shrink(bounds: Table, lengths: Array) -> Table:
    """What scales lengths down to their bounds: 1 where there is none, whatever the length."""
    return np.where(np.isinf(bounds), 1, np.minimum(1, bounds / np.maximum(lengths, 1e-30)))


def _deviations(layers: Array) -> Table:
    """The standard deviation of all values of each network's layer (count, ...), as float64."""
    return np.array([layer.astype(np.float64).std() for layer in layers])


def norms(layers: Array) -> Table:
    """The Euclidean norm of each network's layer (count, ...), one product a network."""
    return np.sqrt([np.dot(flat, flat) for flat in (layer.ravel() for layer in layers)]).astype(np.float64)
