"""The one function that measures networks on a split: training, validation and test alike."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array, Labels
from mindgap.nn.losses import Loss
from mindgap.nn.network import Population

CHUNK = 256
"""Rows measured at a time; fixed, so that a measurement has the same bits wherever it is made."""

Table = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """Means over all rows of a split, float64: loss (in nats if it is cross-entropy) and accuracy, each (count,).

    By hidden layer, each (count, layers): `flat`, the share of activations where the non-linearity passes hardly any
    gradient, and `dead`, the share of units that are flat on every row.
    """

    loss: Table
    accuracy: Table
    flat: Table
    dead: Table


def chunks(rows: int) -> Iterator[slice]:
    """Consecutive slices of at most CHUNK rows."""
    return (slice(start, min(start + CHUNK, rows)) for start in range(0, rows, CHUNK))


def measure(population: Population, x: Array, labels: Labels, loss: Loss) -> Measurement:
    """Measure every network on all rows of x (rows, features) and labels (rows,), nothing left out at random."""
    rows, layers = len(labels), population.hidden
    total = np.zeros(population.count)
    correct = np.zeros(population.count, np.int64)
    flat = [np.zeros((population.count, layer.units)) for layer in layers]
    for chunk in chunks(rows):
        outputs = population.forward(np.ascontiguousarray(x[chunk]))
        values = loss.values(outputs, labels[chunk])
        total += values.astype(np.float64).sum(axis=1)
        correct += (outputs.argmax(axis=2) == labels[chunk]).sum(axis=1)
        for layer, counts in zip(layers, flat, strict=True):
            mask = layer.flat()
            if mask is not None:
                counts += mask.sum(axis=1)
    return Measurement(
        loss=total / rows,
        accuracy=correct / rows,
        flat=_by_layer([counts.mean(axis=1) / rows for counts in flat], population.count),
        dead=_by_layer([(counts == rows).mean(axis=1) for counts in flat], population.count),
    )


def predict(population: Population, x: Array) -> NDArray[np.int64]:
    """The class of each row by each network, (count, rows), in the same chunks as `measure`."""
    return np.concatenate(
        [population.forward(np.ascontiguousarray(x[chunk])).argmax(axis=2) for chunk in chunks(len(x))], axis=1
    )


def _by_layer(columns: list[Table], count: int) -> Table:
    return np.stack(columns, axis=1) if columns else np.zeros((count, 0))
