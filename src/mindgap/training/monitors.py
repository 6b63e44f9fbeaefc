"""Monitors of what goes on inside: activations by layer, sparse weights, copied units, and how hard the loss pulls."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.population import Population
from mindgap.training.measure import outputs_by_chunk

BINS = 20

NEAR_ZERO = 1e-3
"""A weight below this, in size, counts as zero."""


def watch(population: Population, x: Sequence[Array], targets: Targets, loss: Loss) -> list[dict[str, Any]]:
    """For each network, by layer: what its hidden activations and its weights look like.

    x is one array (rows, features) for all networks, or one for each; so are the targets, (rows,) or (count, rows).
    activation_mean and activation_std are over all rows and units of a hidden layer; activation_histogram counts
    activations in 20 equal bins between the least and the greatest, given by activation_range. sparsity is the share
    of a dense layer's weights below 1e-3; copies the share of a hidden layer's units whose incoming weights and bias
    another unit has too (to five digits of their size), as after an all-equal initialisation.

    Where the targets are classes, two numbers of the norm of the gradient of a row's loss by its outputs: pull
    is its mean over the rows that are classified correctly, None if none is, and settled the share of all rows at
    which it is exactly 0, as the hinge loss has it beyond its margin and cross-entropy nowhere.
    """
    found: list[dict[str, Any]] = [{} for _ in range(population.count)]
    activations: list[list[Array]] = [[] for _ in population.hidden]
    correct, pulls = [], []
    for rows, outputs in outputs_by_chunk(population, *x):
        for layer, parts in zip(population.hidden, activations, strict=True):
            parts.append(layer.output.copy())
        if targets.dtype.kind == "i":
            correct.append(outputs.argmax(axis=2) == targets[..., rows])
            loss.gradient(outputs, targets[..., rows])
            pulls.append(outputs.shape[1] * np.linalg.norm(outputs.astype(np.float64), axis=2))
    layers = [np.concatenate(parts, axis=1) for parts in activations]
    dense = population.architecture.layers(population.values)
    for number, network in enumerate(found):
        own = [layer[number].ravel().astype(np.float64) for layer in layers]
        ends = [(float(values.min()), float(values.max())) for values in own]
        network["activation_mean"] = [float(values.mean()) for values in own]
        network["activation_std"] = [float(values.std()) for values in own]
        network["activation_range"] = [list(pair) for pair in ends]
        network["activation_histogram"] = [_histogram(values, *pair) for values, pair in zip(own, ends, strict=True)]
        network["sparsity"] = [float((np.abs(weights[number]) < NEAR_ZERO).mean()) for weights, _ in dense]
        network["copies"] = [_copies(weights[number], bias[number]) for weights, bias in dense[:-1]]
        if pulls:
            right, sizes = (np.concatenate(parts, axis=1)[number] for parts in (correct, pulls))
            network["pull"] = float(sizes[right].mean()) if right.any() else None
            network["settled"] = float((sizes == 0).mean())
    return found


def _histogram(values: Array, low: float, high: float) -> list[int] | None:
    """Counts in equal bins from the least value to the greatest, all in the middle if these are equal."""
    if not np.isfinite([low, high]).all():
        return None
    if low == high:  # NumPy refuses to part such a range where its end is large
        return [0] * (BINS // 2) + [len(values)] + [0] * (BINS - BINS // 2 - 1)
    counts: list[int] = np.histogram(values, bins=BINS, range=(low, high))[0].tolist()
    return counts


def _copies(weights: Array, bias: Array) -> float:
    """The share of units (columns) that another unit equals."""
    columns = np.concatenate([weights, bias]).T.astype(np.float64)
    size = np.abs(columns).max()
    _, counts = np.unique(np.round(columns / (size or 1.0), 5), axis=0, return_counts=True)
    return float(counts[counts > 1].sum() / len(columns))
