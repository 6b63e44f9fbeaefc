"""Weighing: how much each training row counts in the loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Split
from mindgap.errors import UserError

ClassWeight = str | Sequence[Sequence[Any]] | None
"""Balanced, or pairs of a class and its weight."""

Weights = NDArray[np.float64]


def weights_of(train: Split, class_weight: ClassWeight) -> Weights | None:
    """The weight of each row times that of its class, (rows,); None where all count alike.

    Of n rows and K classes, "balanced" gives the n_c rows of class c the weight n / (K n_c) each, as scikit-learn does.
    Weights by name are 1 for classes that are not named. Raises UserError for a name that no class has.
    """
    if class_weight is None:
        return train.weights
    by_class: Weights = _by_class(train, class_weight)[train.y]
    return by_class if train.weights is None else np.asarray(by_class * train.weights, np.float64)


def _by_class(train: Split, class_weight: str | Sequence[Sequence[Any]]) -> Weights:
    counts = np.bincount(train.y)
    if isinstance(class_weight, str):
        there = np.count_nonzero(counts)
        return np.divide(len(train.y) / there, counts, out=np.zeros(len(counts)), where=counts > 0)
    named = {str(pair[0]): float(pair[1]) for pair in class_weight}
    for name in named:
        if name not in train.classes:
            raise UserError(
                f"train.class_weight: there is no class {name!r}. There are: {', '.join(train.classes[:20])}"
                f"{' ...' if len(train.classes) > 20 else ''}."
            )
    return np.array([named.get(name, 1.0) for name in train.classes])
