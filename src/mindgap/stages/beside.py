"""What stands beside the networks in an evaluation, each as a linear network of what it sees of the rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mindgap.data.prepared import Dataset, Split, open_split
from mindgap.data.weighing import ClassWeight, Weights, weights_of
from mindgap.nn.architecture import Architecture
from mindgap.nn.ensemble import together
from mindgap.nn.population import Population
from mindgap.results.baselines import Baselines, Linear
from mindgap.training.measure import CHUNK, outputs_by_chunk


def _itself(split: Split) -> Split:
    return split


@dataclass(frozen=True)
class Beside:
    """A linear `network`, and what it `sees` of a split: the rows themselves, or what something else says of them."""

    network: Population
    sees: Callable[[Split], Split] = _itself


def network_of(linear: Linear) -> Population:
    """A linear baseline as a network without hidden layers."""
    population = Population(Architecture(linear.weights.shape), [0.0], CHUNK)
    population.values[0] = np.concatenate([linear.weights.ravel(), linear.bias])
    return population


def as_said(outputs: int) -> Population:
    """The network that says what it sees."""
    return network_of(Linear(np.eye(outputs, dtype=np.float32), np.zeros(outputs, np.float32)))


def row_weights(train: Split, class_weight: ClassWeight) -> Weights | None:
    """How much each training row counts, in the mean 1; None where all count alike."""
    found = weights_of(train, class_weight)
    return None if found is None else np.asarray(found / found.mean())


def baselines_of(data: Path, folder: Path) -> dict[str, Beside]:
    """The baselines in a folder by name, the trivial one first; trees are fitted once more, to the same bits."""
    fitted = Baselines.read(folder)
    found = {name: Beside(network_of(linear)) for name, linear in Baselines.read_all(folder).items()}
    if "trees" in fitted.tuned:
        from mindgap.stages.trees import fit_trees, scores  # scikit-learn's: no study waits for it that has no trees

        train, outputs = open_split(data, "train"), Dataset.read(data).outputs
        trees = fit_trees(fitted.tuned["trees"].params, train, row_weights(train, fitted.class_weight))
        found["trees"] = Beside(as_said(outputs), lambda split: replace(split, x=scores(trees, split, outputs)))
    return found


def ensemble_of(networks: Population, *, probabilities: bool) -> Beside:
    """What networks say together, see `together`."""
    outputs = networks.architecture.units[-1]

    def sees(split: Split) -> Split:
        said = np.empty((len(split.y), outputs), np.float32)
        for rows, found in outputs_by_chunk(networks, split.x):
            said[rows] = together(found, probabilities=probabilities)
        return replace(split, x=said)

    return Beside(as_said(outputs), sees)
