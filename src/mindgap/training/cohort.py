"""Training of runs: those that can go together form a cohort, and each leaves it when its own time has come."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mindgap.data.arrays import Split
from mindgap.nn.arrays import Array
from mindgap.nn.losses import LOSSES
from mindgap.nn.network import Architecture, Population, initialize
from mindgap.params.run import EarlyStopping, RunSpec
from mindgap.streams import stream
from mindgap.training.measure import CHUNK, measure
from mindgap.training.result import History, RunResult, Status
from mindgap.training.step import Stepper

DIVERGED = 3.0
"""A training loss above this multiple of its first value will not come back (CS231n, lecture 6)."""

OnEpoch = Callable[[int, int], None]
"""Told the epoch that ended and how many networks go on."""


def train_runs(
    specs: Sequence[RunSpec], train: Split, val: Split, classes: int, on_epoch: OnEpoch = lambda epoch, alive: None
) -> list[RunResult]:
    """Train runs on the same data; the results come in the order of the specs.

    How the runs fall into cohorts, and so which others are trained, changes no bit of a run's result.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, spec in enumerate(specs):
        groups.setdefault(spec.cohort(), []).append(number)
    results: dict[int, RunResult] = {}
    for members in groups.values():
        cohort = _Cohort([specs[number] for number in members], train, val, classes)
        results.update(zip(members, cohort.run(on_epoch), strict=True))
    return [results[number] for number in range(len(specs))]


def population_of(specs: Sequence[RunSpec], features: int, classes: int, rows: int) -> Population:
    """Networks for runs of one cohort, not initialised, with buffers for batches of `rows` rows."""
    model = specs[0].model
    architecture = Architecture((features, *model.hidden, classes), model.activation)
    return Population(architecture, settings_of(specs), max(rows, CHUNK))


def initialize_runs(population: Population, specs: Sequence[RunSpec]) -> None:
    """Draw the first weights of runs of one cohort: one stream a layer, scaled by each run's gain."""
    first = specs[0]
    streams = [
        stream("init", seed=first.seed, replicate=first.replicate, epoch=layer)
        for layer in range(len(population.architecture.shapes))
    ]
    gains = settings_of(specs)["init_gain"]
    initialize(population.architecture, first.model.init, gains, streams, population.parameters)


def settings_of(specs: Sequence[RunSpec]) -> dict[str, list[float]]:
    """The values that differ between runs of one cohort, by name, one a run."""
    rows = [spec.settings() for spec in specs]
    return {name: [row[name] for row in rows] for name in rows[0]}


class _Member:
    """One run on its way: its history, and the weights to keep."""

    def __init__(self, stopping: EarlyStopping | None) -> None:
        self.history = History()
        self._stopping = stopping
        self._best = np.inf
        self.kept_epoch = 0
        self.kept: Array = np.empty(0, np.float32)

    def improves(self, epoch: int) -> bool:
        """Whether this epoch's weights are the ones to keep so far; without early stopping the last always are."""
        if self._stopping is None:
            self.kept_epoch = epoch
            return True
        value = getattr(self.history, self._stopping.metric)[-1]
        cost = np.inf if value is None else -value if self._stopping.metric == "val_accuracy" else value
        if epoch > 0 and not cost < self._best - self._stopping.min_delta:
            return False
        self._best, self.kept_epoch = cost, epoch
        return True

    def waited_enough(self, epoch: int) -> bool:
        """Whether patience with a run that no longer improves has come to its end."""
        return self._stopping is not None and epoch - self.kept_epoch >= self._stopping.patience

    def diverged(self) -> bool:
        """Whether the training loss is no number, or above DIVERGED times its first value."""
        first, last = self.history.train_loss[0], self.history.train_loss[-1]
        return first is None or last is None or last > DIVERGED * first


class _Cohort:
    """Runs that share architecture, batches and optimiser, trained as one population."""

    def __init__(self, specs: Sequence[RunSpec], train: Split, val: Split, classes: int) -> None:
        self._train, self._val, self._classes = train, val, classes
        self._specs = list(specs)
        self._first = specs[0]
        self._loss = LOSSES["softmax_cross_entropy"]()
        self._batch = min(self._first.train.batch_size, len(train.y))
        self._populate()
        initialize_runs(self._population, self._specs)

    def _populate(self) -> None:
        features = self._train.x.shape[1]
        self._population = population_of(self._specs, features, self._classes, self._batch)
        optimizer = self._first.train.optimizer
        self._stepper = Stepper(self._population, self._loss, optimizer, settings_of(self._specs))

    def run(self, on_epoch: OnEpoch) -> list[RunResult]:
        """Train all runs to their ends."""
        stopping = self._first.train.early_stopping
        members = [_Member(stopping) for _ in self._specs]
        results: dict[int, RunResult] = {}
        alive = list(range(len(members)))
        nothing = np.full((len(alive), len(self._population.architecture.shapes)), np.nan)
        ratios, norms = nothing, nothing
        epochs = self._first.train.epochs
        for epoch in range(epochs + 1):
            with np.errstate(all="ignore"):  # a network that overflows is found by its loss
                if epoch > 0:
                    ratios, norms = self._train_epoch(epoch)
                self._record([members[number] for number in alive], ratios, norms)
            staying = []
            for row, number in enumerate(alive):
                member = members[number]
                diverged = member.diverged()
                if not diverged and member.improves(epoch):
                    member.kept = self._population.parameters[row].copy()
                if diverged or member.waited_enough(epoch) or epoch == epochs:
                    status: Status = "diverged" if diverged else "finished" if epoch == epochs else "stopped_early"
                    results[number] = RunResult(status, member.kept_epoch, member.history, member.kept)
                else:
                    staying.append(row)
            on_epoch(epoch, len(staying))
            if not staying:
                break
            if len(staying) < len(alive):
                self._keep(staying)
                alive = [alive[row] for row in staying]
        return [results[number] for number in range(len(members))]

    def _train_epoch(self, epoch: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Step through all rows in a fresh order; update ratios and gradient norms (count, layers) of one step."""
        seed, replicate = self._first.seed, self._first.replicate
        rows = len(self._train.y)
        order = stream("shuffle", seed=seed, replicate=replicate, epoch=epoch).permutation(rows)
        draws = stream("dropout", seed=seed, replicate=replicate, epoch=epoch)
        batch = np.empty((self._batch, self._train.x.shape[1]), np.float32)
        last_full = (rows // self._batch - 1) * self._batch
        for start in range(0, rows, self._batch):
            chosen = order[start : start + self._batch]
            x = batch[: len(chosen)]
            np.take(self._train.x, chosen, axis=0, out=x, mode="clip")
            if start == last_full:
                before = self._population.parameters.copy()
            self._stepper.step(x, self._train.y[chosen], draws)
            if start == last_full:
                ratios, norms = self._step_sizes(before)
        return ratios, norms

    def _step_sizes(self, before: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        split = self._population.architecture.split
        after, gradients = self._population.parameters, self._population.gradients
        layers = list(zip(split(before), split(after - before), split(gradients), strict=True))
        ratios = [_norms(change) / _norms(weights) for (weights, _), (change, _), _ in layers]
        return np.stack(ratios, axis=1), np.stack([_norms(gradient) for *_, (gradient, _) in layers], axis=1)

    def _record(self, members: Sequence[_Member], ratios: NDArray[np.float64], norms: NDArray[np.float64]) -> None:
        train = measure(self._population, self._train.x, self._train.y, self._loss)
        val = measure(self._population, self._val.x, self._val.y, self._loss)
        for row, member in enumerate(members):
            history = member.history
            history.train_loss.append(_finite(train.loss[row]))
            history.train_accuracy.append(_finite(train.accuracy[row]))
            history.val_loss.append(_finite(val.loss[row]))
            history.val_accuracy.append(_finite(val.accuracy[row]))
            for values, by_layer in (
                (history.update_ratio, ratios),
                (history.gradient_norm, norms),
                (history.flat, train.flat),
                (history.dead, train.dead),
            ):
                values.append([_finite(value) for value in by_layer[row]])

    def _keep(self, rows: Sequence[int]) -> None:
        """Let all but the given rows go; those that stay notice nothing."""
        parameters, state, steps = self._population.parameters[rows], self._stepper.state[:, rows], self._stepper.steps
        self._specs = [self._specs[row] for row in rows]
        self._populate()
        self._population.parameters[:] = parameters
        self._stepper.state[:] = state
        self._stepper.steps = steps


def _norms(layers: Array) -> NDArray[np.float64]:
    """The Euclidean norm of each network's layer (count, in, out), one product a network."""
    return np.sqrt([np.dot(flat, flat) for flat in (layer.ravel() for layer in layers)]).astype(np.float64)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
