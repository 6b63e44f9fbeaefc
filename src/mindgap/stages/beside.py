"""What stands beside the networks in an evaluation, each as a linear network of what it sees of the rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mindgap.data.prepared import Split
from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import Array
from mindgap.nn.ensemble import together
from mindgap.nn.population import Population
from mindgap.training.measure import CHUNK, outputs_by_chunk


def _itself(split: Split) -> Split:
    return split


@dataclass(frozen=True)
class Beside:
    """A linear `network`, and what it `sees` of a split: the rows themselves, or what something else says of them.

    Rows are transformed for it by `transform`, if it was tuned to one, or else as the study has them.
    """

    network: Population
    sees: Callable[[Split], Split] = _itself
    transform: str | None = None


def linear_network(weights: Array, bias: Array) -> Population:
    """A network without hidden layers, of weights (features, outputs) and bias (outputs,)."""
    population = Population(Architecture(weights.shape), [0.0], CHUNK)
    population.values[0] = np.concatenate([weights.ravel(), bias])
    return population


def as_said(outputs: int) -> Population:
    """The network that says what it sees."""
    return linear_network(np.eye(outputs, dtype=np.float32), np.zeros(outputs, np.float32))


def ensemble_of(networks: Population, *, probabilities: bool) -> Beside:
    """What networks say together, see `together`."""
    outputs = networks.architecture.units[-1]

    def sees(split: Split) -> Split:
        said = np.empty((len(split.y), outputs), np.float32)
        for rows, found in outputs_by_chunk(networks, split.x):
            said[rows] = together(found, probabilities=probabilities)
        return replace(split, x=said)

    return Beside(as_said(outputs), sees)
