"""Deciding: what validation rows say of outputs, the temperature of probabilities and the threshold of a class."""

from collections.abc import Mapping
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Split
from mindgap.errors import UserError
from mindgap.metrics import Table
from mindgap.nn.arrays import Array
from mindgap.nn.information import softmax
from mindgap.nn.population import Population
from mindgap.training.measure import outputs_by_chunk

Aim = str | Mapping[str, float]
"""f1, balanced_accuracy, or the costs of one `missed` and of one `false_alarm`."""

HOTTEST = 100.0
"""A temperature lies between this and one in so many."""

HALVINGS = 50


def outputs_of(networks: Population, split: Split) -> Array:
    """The networks' outputs on a split, (count, rows, outputs)."""
    found = np.empty((networks.count, len(split.y), networks.architecture.units[-1]), np.float32)
    for rows, outputs in outputs_by_chunk(networks, split.x):
        found[:, rows] = outputs
    return found


def temperature(outputs: Array, labels: NDArray[np.int64]) -> float:
    """The T > 0 whose softmax(z / T) has the least log loss, for outputs z (rows, classes) (Guo et al. 2017).

    Nothing else changes: each row's largest output stays the largest. The slope of the loss by 1 / T is the mean over
    rows of what z is expected to be, less what it is for the row's class. It only rises, so halving finds its 0.
    """
    z = outputs.astype(np.float64)
    z -= z.max(axis=1, keepdims=True)
    own = z[np.arange(len(z)), labels].mean()
    low, high = -log(HOTTEST), log(HOTTEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        expected = (softmax(z * exp(-middle)) * z).sum(axis=1).mean()
        low, high = (middle, high) if expected > own else (low, middle)
    return exp((low + high) / 2)


def cool(networks: Population, temperatures: list[float]) -> None:
    """Divide all outputs by their network's temperature: its last layer's weights and bias, in place."""
    for part in networks.architecture.layers(networks.values)[-1]:
        part /= np.asarray(temperatures, part.dtype).reshape(-1, *[1] * (part.ndim - 1))


def thresholds_of(networks: Population, split: Split, aim: Aim) -> Table:
    """For each network the margin above which a row is best taken for the second of two classes, (count,).

    A margin is the second output minus the first. Raises UserError where there are not two classes.
    """
    outputs = outputs_of(networks, split).astype(np.float64)
    refuse_all_but_two(outputs.shape[2])
    return np.array([threshold(own[:, 1] - own[:, 0], split.y == 1, aim) for own in outputs])


def refuse_all_but_two(classes: int) -> None:
    """UserError where a threshold is asked for, and there are not two classes."""
    if classes != 2:
        raise UserError(
            f"final.threshold is of two classes, and these data have {classes}; write final.threshold: null, or gather "
            "the classes by data.merge"
        )


def threshold(margins: Table, found: NDArray[np.bool_], aim: Aim) -> float:
    """The margin that does best for an aim, of margins (rows,) and whether each row is of the second class, (rows,).

    Tried are 0 and what lies halfway between neighbours, and beyond all; of equals, the one nearest to 0.
    """
    ordered = np.unique(margins)
    cuts = np.concatenate([[ordered[0] - 1], (ordered[1:] + ordered[:-1]) / 2, [ordered[-1] + 1], [0.0]])
    own, others = np.sort(margins[found]), np.sort(margins[~found])
    right = len(own) - np.searchsorted(own, cuts, "right")
    wrong = len(others) - np.searchsorted(others, cuts, "right")
    reached = gain(right, wrong, len(own), len(others), aim)
    best = np.flatnonzero(reached >= reached.max() - 1e-12)
    return float(cuts[best[np.argmin(np.abs(cuts[best]))]])


def gain(right: Any, wrong: Any, own: int, others: int, aim: Aim) -> Table:
    """What is reached where so many rows of the second class, and so many others, are taken for it; more is better."""
    if aim == "f1":
        return np.asarray(2 * right / np.maximum(right + wrong + own, 1), np.float64)
    if aim == "balanced_accuracy":
        return np.asarray(right / max(own, 1) - wrong / max(others, 1), np.float64)
    if isinstance(aim, str):
        raise ValueError(aim)
    return np.asarray(-(aim["missed"] * (own - right) + aim["false_alarm"] * wrong), np.float64)


def as_probability(margin: float) -> float:
    """The probability of the second class at a margin, where outputs are logits."""
    return float(1 / (1 + np.exp(-margin)))
