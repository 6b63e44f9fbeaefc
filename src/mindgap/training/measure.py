"""The one function that measures networks on a split: training, validation and test alike."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mindgap.data.coded import Coded
from mindgap.data.prepared import Split
from mindgap.errors import UserError
from mindgap.metrics import METRICS, Chunk, Measured
from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import Array
from mindgap.nn.losses import Loss
from mindgap.nn.population import Population
from mindgap.tasks import CLASSIFICATION, REGRESSION
from mindgap.words import words

CHUNK, CHUNK_OF_MAPS = 256, 64
"""Rows measured at a time, of dense networks and of those with convolution, whose activations are many times as many.

Both are fixed, so that a measurement has the same bits wherever it is made.
"""

Table = NDArray[np.float64]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True)
class Measurement:
    """What was measured on all rows of a split, float64.

    `metrics` are by name, each (count,): those of the task that the loss and the classes allow, the thorough and the
    final ones where asked for. `by_row` has them as means over rows (count, rows), where these are asked for; see
    `Metric.by_row`. Then there are also `weights` and `counted`; see `Metric`.

    By hidden layer, each (count, layers): `flat`, the share of activations where the non-linearity passes hardly any
    gradient, and `dead`, the share of units that are flat on every row; of filters, at every position as well.
    """

    metrics: dict[str, Table]
    by_row: dict[str, Table]
    weights: dict[str, Table | None]
    counted: dict[str, float | None]
    flat: Table
    dead: Table


def chunk_of(architecture: Architecture) -> int:
    """How many rows of such networks are measured at a time."""
    return CHUNK_OF_MAPS if architecture.blocks else CHUNK


def chunks(rows: int, architecture: Architecture) -> Iterator[slice]:
    """Consecutive slices of at most `chunk_of` rows."""
    size = chunk_of(architecture)
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def outputs_by_chunk(population: Population, *x: Array | Coded) -> Iterator[tuple[slice, Array]]:
    """Slices of the rows x (rows, features), and their outputs (count, chunk, outputs), which the next overwrite.

    x is one array for all networks, or one for each, of equal shapes.
    """
    # A slice of a memory map takes longer than its copy.
    plain = [own if isinstance(own, Coded) else np.asarray(own) for own in x]
    slices = chunks(len(plain[0]), population.architecture)
    return ((chunk, population.forward(together([own[chunk] for own in plain]))) for chunk in slices)


@np.errstate(all="ignore")  # a network that overflows is found by its numbers
def measure(
    population: Population,
    split: Split | Sequence[Split],
    loss: Loss,
    *,
    thorough: bool = False,
    final: bool = False,
    asked: Collection[str] = (),
    by_row: bool = False,
    thresholds: Table | None = None,
    outputs: Array | None = None,
) -> Measurement:
    """Measure every network on all rows of a split, nothing left out at random; `thorough` adds what is dearer.

    So does `final` what training leaves out, and `asked` some of it by name: a UserError where that cannot be measured.
    With `thresholds` (count,) networks decide between two classes by them, see `Chunk`.
    The split is one for all, or there is one for each network, of equal shapes. `outputs` (count, rows, outputs), if
    given, are overwritten with what the networks say.
    """
    splits = [split] if isinstance(split, Split) else split
    targets, units = together([own.y for own in splits]), np.array([own.unit for own in splits])
    rows, count, layers = targets.shape[-1], population.count, population.hidden
    task = CLASSIFICATION if targets.dtype.kind == "i" else REGRESSION
    measured = Measured(count, population.architecture.units[-1], targets, units, loss, splits[0].tolerance)
    _refuse_impossible(asked, task.metrics, measured)
    metrics = {
        name: METRICS[name](measured)
        for name in task.metrics
        if _there(name, measured)
        and (name in asked or ((thorough or not METRICS[name].thorough) and (final or not METRICS[name].final)))
    }
    tables = {name: np.empty((count, rows)) for name in metrics if by_row}
    flat, looks = [np.zeros((count, layer.units)) for layer in layers], [rows * layer.positions for layer in layers]
    for rows_of_chunk, found in outputs_by_chunk(population, *(own.x for own in splits)):
        chunk = Chunk(found, targets[..., rows_of_chunk], loss, thresholds)
        for name, metric in metrics.items():
            added = metric.add(chunk)
            if by_row:
                tables[name][:, rows_of_chunk] = added
        if outputs is not None:
            outputs[:, rows_of_chunk] = found
        for layer, counts in zip(layers, flat, strict=True):
            mask = layer.flat()
            if mask is not None:
                counts += mask.sum(axis=1)
    return Measurement(
        metrics={name: metric.value(rows) for name, metric in metrics.items()},
        by_row={name: metrics[name].by_row(table) for name, table in tables.items()},
        weights={name: metrics[name].weights() for name in tables},
        counted={name: metrics[name].counted() for name in tables},
        flat=_by_layer([counts.mean(axis=1) / each for counts, each in zip(flat, looks, strict=True)], count),
        dead=_by_layer([(counts == each).mean(axis=1) for counts, each in zip(flat, looks, strict=True)], count),
    )


def _there(name: str, measured: Measured) -> bool:
    """Whether a metric is of what is measured."""
    kind = METRICS[name]
    tolerated = measured.tolerance is not None or not kind.tolerant
    return kind.applies(measured.loss) and kind.classes in (None, measured.outputs) and tolerated


def _refuse_impossible(asked: Collection[str], own: Collection[str], measured: Measured) -> None:
    for name in asked:
        if name not in own or not _there(name, measured):
            needed = words("train.loss whose outputs are probabilities")
            if METRICS[name].classes:
                needed = words(f"two classes, and these data have {measured.outputs}")
            elif METRICS[name].tolerant:
                needed = words("data.tolerance")
            raise UserError(
                f"{name} needs {needed}: leave it out of train.metrics, and choose another search.objective and "
                "train.early_stopping.metric where it is asked for there"
            )


def together(arrays: Sequence[NDArray[T]]) -> NDArray[T]:
    """One array for all networks as it is, or one for each, stacked; contiguous."""
    return np.ascontiguousarray(arrays[0]) if len(arrays) == 1 else np.stack(arrays)


def _by_layer(columns: list[Table], count: int) -> Table:
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0))
