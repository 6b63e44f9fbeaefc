"""One step of a population: gradients of a batch, penalties, and the optimiser over cache-sized blocks."""

from collections.abc import Mapping, Sequence

import numpy as np

from mindgap.nn.arrays import Array, Draws, flush
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.network import Population
from mindgap.nn.optimizers import FLUSH_EVERY, OPTIMIZERS
from mindgap.nn.schedules import SCHEDULES, Factor, warmed_up

BLOCK = 1 << 17
"""Values of one block: few enough that its gradient and scratch stay in cache, and enough to be worth a call."""


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
        self._schedule, self._epochs, self._steps_per_epoch = SCHEDULES[schedule], epochs, steps_per_epoch
        l1, l2 = (self._settings[name].astype(dtype) for name in ("l1", "l2"))
        self._penalties = [(size, sign) for size, sign in ((l2, False), (l1, True)) if size.any()]
        self._clips, self._bounds = (np.isfinite(self._settings[name]).any() for name in ("clip_norm", "max_norm"))
        self._decays = self._settings["weight_decay"].any()
        self._steady = schedule == "constant" and not self._settings["warmup_epochs"].any()
        self.state = np.zeros((self._optimizer.slots, *parameters.shape), dtype)
        self.steps = self.scheduled = 0
        width = max(1, BLOCK // population.count)
        scratch = np.empty((population.count, min(width, architecture.parameters)), dtype)
        ends = ((0, architecture.weights), (architecture.weights, architecture.parameters))
        self._weights, self._others = ([self._views(block, scratch) for block in _blocks(*end, width)] for end in ends)

    def step(
        self,
        x: Array,
        targets: Targets,
        draws: Draws,
        row_weights: Array | None = None,
        losses: Array | None = None,
    ) -> None:
        """Learn from one batch (rows, features); `draws` feeds whatever is random in training.

        `row_weights` (rows,) and `losses` (count, rows), which is overwritten, are those of `Population.differentiate`.
        """
        rate = self._rate()
        self.steps += 1
        self.scheduled += 1
        self._population.differentiate(x, targets, self._loss, draws, row_weights, losses)
        self._penalise()
        if self._clips:
            self._clip()
        if self._decays:
            kept = (1 - rate * self._settings["weight_decay"]).astype(self.state.dtype)
            for weights, *_ in self._weights:
                np.multiply(weights, kept, out=weights)
        for views in (*self._weights, *self._others):
            self._optimizer.update(*views, self.steps, rate)
        if self._bounds:
            self._bound()
        if self.steps % FLUSH_EVERY == 0:  # weights without a gradient decay as well, by penalty or weight decay
            for weights, *_ in self._weights:
                flush(weights, 1e-20)

    def _rate(self) -> Factor:
        """The learning rates (count, 1) of the step to come."""
        if self._steady:
            return self._settings["learning_rate"]
        gone = self.scheduled / self._steps_per_epoch
        return self._settings["learning_rate"] * warmed_up(self._schedule, gone, self._settings, self._epochs)

    def _penalise(self) -> None:
        """Add the penalties' gradients."""
        for size, sign in self._penalties:
            for weights, gradient, _, scratch in self._weights:
                toward = np.sign(weights, out=scratch) if sign else weights
                np.multiply(toward, size, out=scratch)
                np.add(gradient, scratch, out=gradient)

    def _clip(self) -> None:
        """Scale each network's whole gradient down to its bound (Pascanu et al. 2013)."""
        gradients = self._population.gradients
        norms = np.sqrt([[np.dot(row, row)] for row in gradients]).astype(np.float64)
        shrink = np.minimum(1, self._settings["clip_norm"] / np.maximum(norms, 1e-30))
        np.multiply(gradients, shrink.astype(gradients.dtype), out=gradients)

    def _bound(self) -> None:
        """Scale each unit's incoming weights, a column of W, down to the bound (Srivastava et al. 2014)."""
        bound = self._settings["max_norm"][..., None]
        for weights, _ in self._population.architecture.dense(self._population.parameters):
            ones = np.ones((1, weights.shape[1]), weights.dtype)
            norms = np.sqrt(np.matmul(ones, weights * weights))
            np.multiply(weights, np.minimum(1, bound / np.maximum(norms, 1e-30)).astype(weights.dtype), out=weights)

    def _views(self, block: slice, scratch: Array) -> tuple[Array, Array, Array, Array]:
        """A block of parameters, gradient and state, and as much scratch."""
        population = self._population
        size = block.stop - block.start
        return (
            population.parameters[:, block],
            population.gradients[:, block],
            self.state[:, :, block],
            scratch[:, :size],
        )


def _blocks(start: int, stop: int, width: int) -> list[slice]:
    return [slice(first, min(first + width, stop)) for first in range(start, stop, width)]
