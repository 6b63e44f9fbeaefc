"""The one function that measures networks on a split: training, validation and test alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Split
from mindgap.nn.arrays import Array
from mindgap.nn.information import entropy, softmax
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.population import Population

CHUNK = 256
"""Rows measured at a time; fixed, so that a measurement has the same bits wherever it is made."""

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """What was measured on all rows of a split, float64.

    `metrics` are by name, each (count,): those of `METRICS` for the task. Where asked for, and the loss is
    cross_entropy, also `entropy`, that of the predicted distributions, and `divergence`, KL(target || predicted): the
    loss less the targets' own entropy, which is 0 without label smoothing; both are means over the rows, in nats.

    By hidden layer, each (count, layers): `flat`, the share of activations where the non-linearity passes hardly any
    gradient, and `dead`, the share of units that are flat on every row.
    """

    metrics: dict[str, Table]
    flat: Table
    dead: Table


def chunks(rows: int) -> Iterator[slice]:
    """Consecutive slices of at most CHUNK rows."""
    return (slice(start, min(start + CHUNK, rows)) for start in range(0, rows, CHUNK))


def outputs_by_chunk(population: Population, x: Array) -> Iterator[tuple[slice, Array]]:
    """Slices of the rows x (rows, features), and their outputs (count, chunk, outputs), which the next overwrite."""
    return ((chunk, population.forward(np.ascontiguousarray(x[chunk]))) for chunk in chunks(len(x)))


@np.errstate(all="ignore")  # a network that overflows is found by its numbers
def measure(
    population: Population, split: Split, loss: Loss, *, thorough: bool = False, answers: NDArray[Any] | None = None
) -> Measurement:
    """Measure every network on all rows of a split, nothing left out at random; `thorough` adds what is dearer.

    `answers` (count, rows), if given, is overwritten with each row's class, or its standardised value.
    """
    rows, count, layers = len(split.y), population.count, population.hidden
    classes = split.y.dtype.kind == "i"
    parts: list[_Metrics] = [_Accuracy(count) if classes else _Errors(count, split)]
    least = None
    if thorough and loss.probabilities:
        least = loss.target_entropy(population.architecture.units[-1])
        parts.append(_Entropy(count))
    parts.append(_MeanLoss(count, loss, least))
    flat = [np.zeros((count, layer.units)) for layer in layers]
    for chunk, outputs in outputs_by_chunk(population, split.x):
        for part in parts:
            part.add(outputs, split.y[chunk])
        if answers is not None:
            answers[:, chunk] = outputs.argmax(axis=2) if classes else outputs[..., 0]
        for layer, counts in zip(layers, flat, strict=True):
            mask = layer.flat()
            if mask is not None:
                counts += mask.sum(axis=1)
    return Measurement(
        metrics={name: values for part in parts for name, values in part.means(rows).items()},
        flat=_by_layer([counts.mean(axis=1) / rows for counts in flat], count),
        dead=_by_layer([(counts == rows).mean(axis=1) for counts in flat], count),
    )


class _Metrics(Protocol):
    """Sums over rows that come in chunks, and the metrics that follow from them."""

    def add(self, outputs: Array, targets: Targets) -> None:
        """Add the rows of outputs (count, chunk, outputs), which stay as they are."""

    def means(self, rows: int) -> dict[str, Table]:
        """The metrics of all `rows` rows, each (count,)."""


class _MeanLoss:
    """The mean loss and, where the least that it can be is given, (count,), what it is above that: the divergence."""

    def __init__(self, count: int, loss: Loss, least: Table | None) -> None:
        self._loss, self._least, self._total = loss, least, np.zeros(count)

    def add(self, outputs: Array, targets: Targets) -> None:
        self._total += self._loss.values(outputs, targets).astype(np.float64).sum(axis=1)

    def means(self, rows: int) -> dict[str, Table]:
        mean = self._total / rows
        return {"loss": mean} if self._least is None else {"loss": mean, "divergence": mean - self._least}


class _Accuracy:
    """The share of rows whose largest output is that of their class."""

    def __init__(self, count: int) -> None:
        self._correct = np.zeros(count, np.int64)

    def add(self, outputs: Array, targets: Targets) -> None:
        self._correct += (outputs.argmax(axis=2) == targets).sum(axis=1)

    def means(self, rows: int) -> dict[str, Table]:
        return {"accuracy": self._correct / rows}


class _Errors:
    """With d the output minus the target: rmse = sqrt(mean d^2) and mae = mean |d|, both in the user's units, and
    r2 = 1 - sum d^2 / sum (target - mean of the split's targets)^2, the share of the variance that is explained."""

    def __init__(self, count: int, split: Split) -> None:
        targets = split.y.astype(np.float64)
        self._unit, self._spread = split.unit, float(np.square(targets - targets.mean()).sum())
        self._squares, self._distances = np.zeros(count), np.zeros(count)

    def add(self, outputs: Array, targets: Targets) -> None:
        difference = outputs[..., 0].astype(np.float64) - targets
        self._squares += np.square(difference).sum(axis=1)
        self._distances += np.abs(difference).sum(axis=1)

    def means(self, rows: int) -> dict[str, Table]:
        return {
            "rmse": np.sqrt(self._squares / rows) * self._unit,
            "mae": self._distances / rows * self._unit,
            "r2": 1 - self._squares / self._spread,
        }


class _Entropy:
    """How undecided a network is: the entropy of its softmax."""

    def __init__(self, count: int) -> None:
        self._total = np.zeros(count)

    def add(self, outputs: Array, targets: Targets) -> None:
        self._total += entropy(softmax(outputs.astype(np.float64))).sum(axis=1)

    def means(self, rows: int) -> dict[str, Table]:
        return {"entropy": self._total / rows}


def _by_layer(columns: list[Table], count: int) -> Table:
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0))
