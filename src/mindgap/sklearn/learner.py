"""A learner: one network of the engine in training, and the plain arrays that outlast it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from mindgap.nn.arrays import Array, DType
from mindgap.nn.losses import Targets
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.streams import EpochDraws, stream
from mindgap.training.measure import CHUNK, chunks
from mindgap.training.networks import initialize_runs, loss_of, randomness_of, settings_of
from mindgap.training.step import Stepper


@dataclass(frozen=True)
class Rows:
    """Rows to learn from or to measure: x (rows, features), their targets, and weights (rows,) of mean 1, or None."""

    x: Array
    targets: Targets
    weights: Array | None

    @classmethod
    def of(cls, x: Array, targets: Targets, weights: Array | None) -> Self:
        """Rows with weights of any scale."""
        return cls(x, targets, None if weights is None else weights / weights.mean())

    def weigh(self, losses: Array, chosen: slice | Targets) -> float:
        """The sum of the losses (chosen rows,), each times its row's weight."""
        return float(losses.sum(dtype=np.float64) if self.weights is None else np.dot(losses, self.weights[chosen]))


@dataclass(frozen=True)
class Learned:
    """What training made: the network's values, its optimiser's state, and how far it is; no views, so it pickles."""

    spec: RunSpec
    units: tuple[int, int]
    """Features and outputs."""
    values: Array
    state: Array
    steps: int
    epochs: int

    def outputs(self, x: Array) -> Array:
        """The network's outputs (rows, outputs) for x (rows, features), nothing left out at random.

        Buffers are made anew, so that threads may call this at once.
        """
        population = _network(self.spec, self.units, CHUNK, self.values.dtype.type)
        population.values[:] = self.values
        out = np.empty((len(x), self.units[1]), self.values.dtype)
        with np.errstate(all="ignore"):
            for chunk in chunks(len(x)):
                out[chunk] = population.forward(np.ascontiguousarray(x[chunk]))[0]
        return out


class Learner:
    """A network that learns from rows, epoch by epoch, in the precision of its rows; it begins, or goes on."""

    def __init__(self, spec: RunSpec, rows: Rows, outputs: int, before: Learned | None = None) -> None:
        count, features = rows.x.shape
        train, settings = spec.train, settings_of([spec])
        self._spec, self._rows, self._units = spec, rows, (features, outputs)
        self._batch = count if train.batch_size is None else min(train.batch_size, count)
        dtype = rows.x.dtype.type
        self._x, self._losses = np.empty((self._batch, features), dtype), np.empty((1, self._batch), dtype)
        self._network = _network(spec, self._units, max(self._batch, CHUNK), dtype)
        self._loss = loss_of([spec])
        steps = -(-count // self._batch)
        self._stepper = Stepper(
            self._network, self._loss, train.optimizer, settings, train.schedule, train.epochs, steps
        )
        if before is None:
            initialize_runs(self._network, [spec])
            self._epochs = 0
        else:
            self._network.values[:], self._stepper.state[:] = before.values, before.state
            self._stepper.steps, self._epochs = before.steps, before.epochs
            self._stepper.scheduled = before.epochs * steps

    def learn(self) -> float:
        """Step through all rows once, in a fresh order; the mean of the rows' losses, each before its batch's step.

        Raises ValueError where the network diverges to what is no number.
        """
        rows, count = self._rows, len(self._rows.targets)
        self._epochs += 1
        order = stream("shuffle", seed=self._spec.seed, epoch=self._epochs).permutation(count)
        draws = EpochDraws(seed=self._spec.seed, replicate=0, epoch=self._epochs)
        self._network.begin_epoch()
        total = 0.0
        with np.errstate(all="ignore"):  # a network that overflows is found by its numbers
            for start in range(0, count, self._batch):
                chosen = order[start : start + self._batch]
                x, losses = self._x[: len(chosen)], self._losses[:, : len(chosen)]
                np.take(rows.x, chosen, axis=0, out=x, mode="clip")
                weights = None if rows.weights is None else rows.weights[chosen]
                self._stepper.step(x, rows.targets[chosen], draws, weights, losses)
                total += rows.weigh(losses[0], chosen)
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
            for chunk in chunks(len(rows.targets)):
                outputs = self._network.forward(rows.x[chunk])
                total += rows.weigh(self._loss.values(outputs, rows.targets[chunk])[0], chunk)
        return total / len(rows.targets)

    def learned(self) -> Learned:
        """A copy of what training has made so far."""
        values, stepper = self._network.values, self._stepper
        return Learned(self._spec, self._units, values.copy(), stepper.state.copy(), stepper.steps, self._epochs)


def _network(spec: RunSpec, units: tuple[int, int], rows: int, dtype: DType) -> Population:
    leak = settings_of([spec])["leak"]
    return Population(spec.model.architecture(*units), leak, rows, randomness_of([spec]), dtype)
