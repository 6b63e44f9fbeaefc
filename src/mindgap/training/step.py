"""One step of a population: gradients of a batch, penalties, and the optimiser over cache-sized blocks."""

from collections.abc import Mapping, Sequence

import numpy as np

from mindgap.nn.arrays import Array, Labels
from mindgap.nn.losses import Loss
from mindgap.nn.network import Population
from mindgap.nn.optimizers import OPTIMIZERS

BLOCK = 1 << 15
"""Values of one block: weights, gradient, state and scratch of a block stay in a core's cache."""


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
        self._weight_blocks = _blocks(0, architecture.weights, width)
        self._bias_blocks = _blocks(architecture.weights, architecture.parameters, width)
        self._scratch = np.empty((population.count, width), dtype)

    def step(self, x: Array, labels: Labels, draws: np.random.Generator) -> None:
        """Learn from one batch (rows, features); `draws` feeds whatever is random in training."""
        self.steps += 1
        self._population.differentiate(x, labels, self._loss, draws)
        penalised = bool(self._l2.any())
        for block in self._weight_blocks:
            if penalised:
                scratch = self._scratch[:, : block.stop - block.start]
                gradient = self._population.gradients[:, block]
                np.multiply(self._population.parameters[:, block], self._l2, out=scratch)
                np.add(gradient, scratch, out=gradient)
            self._update(block)
        for block in self._bias_blocks:
            self._update(block)

    def _update(self, block: slice) -> None:
        self._optimizer.update(
            self._population.parameters[:, block],
            self._population.gradients[:, block],
            self.state[:, :, block],
            self._scratch[:, : block.stop - block.start],
            self.steps,
        )


def _blocks(start: int, stop: int, width: int) -> list[slice]:
    return [slice(first, min(first + width, stop)) for first in range(start, stop, width)]
