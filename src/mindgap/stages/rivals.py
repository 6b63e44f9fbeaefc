"""The baselines that were fitted, as they are measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mindgap.data.prepared import Dataset, Split, open_split
from mindgap.data.weighing import ClassWeight, Weights, weights_of
from mindgap.nn.population import Population
from mindgap.results.baselines import Baselines, Linear
from mindgap.stages.beside import Beside, as_said, linear_network


def network_of(linear: Linear) -> Population:
    """A linear baseline as a network without hidden layers."""
    return linear_network(linear.weights, linear.bias)


def row_weights(train: Split, class_weight: ClassWeight) -> Weights | None:
    """How much each training row counts, in the mean 1; None where all count alike."""
    found = weights_of(train, class_weight)
    return None if found is None else np.asarray(found / found.mean())


def baselines_of(data: Path, folder: Path) -> dict[str, Beside]:
    """The baselines in a folder by name, the trivial one first; trees are fitted once more, to the same bits."""
    fitted = Baselines.read(folder)
    transforms = {name: tuned.params.get("transform") for name, tuned in fitted.tuned.items()}
    found = {
        name: Beside(network_of(linear), transform=transforms.get(name))
        for name, linear in Baselines.read_all(folder).items()
    }
    if "trees" in fitted.tuned:
        from mindgap.stages.trees import fit_trees, scores  # scikit-learn's: no study waits for it that has no trees

        train, outputs = open_split(data, "train"), Dataset.read(data).outputs
        trees = fit_trees(fitted.tuned["trees"].params, train, row_weights(train, fitted.class_weight))
        found["trees"] = Beside(as_said(outputs), lambda split: replace(split, x=scores(trees, split, outputs)))
    return found
