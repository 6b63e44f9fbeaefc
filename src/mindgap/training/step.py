"""One step of a population: gradients of a batch, penalties, and the optimiser over cache-sized blocks."""

from collections.abc import Mapping, Sequence

import numpy as np

from mindgap.nn.arrays import Array, Labels
from mindgap.nn.losses import Loss
from mindgap.nn.network import Population
from mindgap.nn.optimizers import OPTIMIZERS

BLOCK = 1 << 17
"""Values of one block: few enough that its gradient and scratch stay in cache, and enough to be worth a call."""


class Stepper:
    """Steps a population; owns the optimiser's state (slots, count, parameters), zero at first."""

    def __init__(
        self, population: Population, loss: Loss, optimizer: str, settings: Mapping[str, Sequence[float]]
    ) -> None:
        columns = {name: np.asarray(values, np.float64).reshape(-1, 1) for name, values in settings.items()}
        parameters, architecture = population.parameters, population.architecture
        dtype = parameters.dtype.type
        self._population, self._loss = population, loss
        self._optimizer = OPTIMIZERS[optimizer](columns, dtype)
        self._l2 = columns["l2"].astype(dtype)
        self.state = np.zeros((self._optimizer.slots, *parameters.shape), dtype)
        self.steps = 0
        width = max(1, BLOCK // population.count)
        scratch = np.empty((population.count, min(width, architecture.parameters)), dtype)
        ends = ((0, architecture.weights), (architecture.weights, architecture.parameters))
        self._weights, self._biases = ([self._views(block, scratch) for block in _blocks(*end, width)] for end in ends)

    def step(self, x: Array, labels: Labels, draws: np.random.Generator) -> None:
        """Learn from one batch (rows, features); `draws` feeds whatever is random in training."""
        self.steps += 1
        self._population.differentiate(x, labels, self._loss, draws)
        if self._l2.any():
            for weights, gradient, _, scratch in self._weights:
                np.multiply(weights, self._l2, out=scratch)
                np.add(gradient, scratch, out=gradient)
        for views in (*self._weights, *self._biases):
            self._optimizer.update(*views, self.steps)

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
