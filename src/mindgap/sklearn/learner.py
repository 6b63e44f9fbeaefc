"""A learner: one network of the engine in training, and the plain arrays that outlast it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.streams import EpochDraws
from mindgap.training.batches import Batches, Rows, fewest_rows
from mindgap.training.measure import chunks
from mindgap.training.networks import initialize_runs, loss_of, origins_of, population_of
from mindgap.training.step import stepper_of


def weighed(losses: Array, weights: Array | None) -> float:
    """The sum of losses (rows,), each times its row's weight (rows,)."""
    return float(losses.sum(dtype=np.float64) if weights is None else np.dot(losses, weights))


@dataclass(frozen=True)
class Learned:
    """What training made: the network's values, its optimiser's state, and how far it is."""

    spec: RunSpec
    units: tuple[int, int]
    """Features and outputs."""
    image: tuple[int, int, int] | None
    """(height, width, channels) of the images that rows are."""
    values: Array
    state: Array
    steps: int
    epochs: int
    _idle: list[Population] = field(default_factory=list, init=False, repr=False, compare=False)
    """Networks with buffers to answer with; building one takes longer than a row's answer."""

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: no networks, as their views would no longer be views."""
        return {**self.__dict__, "_idle": []}

    def outputs(self, x: Array) -> Array:
        """The network's outputs (rows, outputs) for x (rows, features), nothing left out at random.

        Threads may call this at once: a network is taken out of the list, in one operation, by one of them alone.
        """
        try:
            population = self._idle.pop()
        except IndexError:
            population = population_of([self.spec], *self.units, 1, self.values.dtype.type, self.image)
        population.values[:] = self.values
        out = np.empty((len(x), self.units[1]), self.values.dtype)
        with np.errstate(all="ignore"):
            for chunk in chunks(len(x), population.architecture):
                out[chunk] = population.forward(np.ascontiguousarray(x[chunk]))[0]
        self._idle.append(population)
        return out


class Learner:
    """A network that learns from rows, epoch by epoch, in the precision of its rows; it begins, or goes on."""

    def __init__(
        self,
        spec: RunSpec,
        rows: Rows,
        outputs: int,
        before: Learned | None = None,
        image: tuple[int, int, int] | None = None,
    ) -> None:
        self._spec, self._units, self._origins = spec, (rows.x.shape[1], outputs), origins_of([spec])
        self._image = image
        asked, fewest = spec.train.batch_size, fewest_rows(spec.model)
        self._batches = Batches([rows], asked, self._origins, fewest)
        dtype = rows.x.dtype.type
        self._losses = np.empty((1, self._batches.size), dtype)
        self._network = population_of([spec], *self._units, self._batches.size, dtype, image)
        self._loss = loss_of([spec])
        self._stepper = stepper_of([spec], self._network, self._loss, self._batches.steps)
        if before is None:
            initialize_runs(self._network, [spec])
            self._epochs = 0
        else:
            self._network.values[:], self._stepper.state[:] = before.values, before.state
            self._stepper.steps, self._epochs = before.steps, before.epochs
            self._stepper.scheduled = before.epochs * self._batches.steps

    def learn(self) -> float:
        """Step through all rows once, in a fresh order; the mean of the rows' losses, each before its batch's step.

        Raises ValueError where the network diverges to what is no number.
        """
        self._epochs += 1
        draws = EpochDraws(self._origins, epoch=self._epochs)
        self._network.begin_epoch()
        total, count = 0.0, 0
        with np.errstate(all="ignore"):  # a network that overflows is found by its numbers
            for batch in self._batches.epoch(self._epochs):
                losses = self._losses[:, : len(batch.x)]
                self._stepper.step(batch.x, batch.targets, draws, batch.weights, losses)
                total += weighed(losses[0], batch.weights)
                count += len(batch.x)
        if not (np.isfinite(total) and np.isfinite(self._network.values).all()):
            raise ValueError(
                f"training diverged in epoch {self._epochs}: its numbers are no longer finite. Scale the features, or "
                f"lower learning_rate (now {self._spec.train.learning_rate:g})."
            )
        return total / count

    def measure(self, rows: Rows) -> float:
        """The mean loss of other rows, nothing left out at random."""
        total = 0.0
        with np.errstate(all="ignore"):
            for chunk in chunks(len(rows.targets), self._network.architecture):
                outputs = self._network.forward(rows.x[chunk])
                losses = self._loss.values(outputs, rows.targets[chunk])[0]
                total += weighed(losses, None if rows.weights is None else rows.weights[chunk])
        return total / len(rows.targets)

    def learned(self) -> Learned:
        """A copy of what training has made so far."""
        values, stepper = self._network.values, self._stepper
        return Learned(
            self._spec, self._units, self._image, values.copy(), stepper.state.copy(), stepper.steps, self._epochs
        )
