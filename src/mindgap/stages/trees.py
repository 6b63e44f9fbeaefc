"""Gradient-boosted trees, scikit-learn's by histograms: a baseline that is fitted anew wherever it is asked for."""

from itertools import islice
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from mindgap.data.blocks import blocks
from mindgap.data.prepared import Split
from mindgap.data.weighing import Weights
from mindgap.nn.arrays import Array
from mindgap.streams import stream

Trees = Any
"""A HistGradientBoostingClassifier or HistGradientBoostingRegressor: scikit-learn has no types."""

MOST_TREES, PATIENCE = 400, 20
"""Rounds at most, each of a tree a class; and how many without a lower validation loss end them."""

LEAST_LOGIT = -50.0
"""What a class has that no training row is of."""

OWN: dict[str, Any] = {
    "learning_rate": 0.1,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "l2_regularization": 0.0,
    "max_features": 1.0,
}
"""Scikit-learn's own settings, which are the first trial."""


def settings(trials: int, seed: int) -> list[dict[str, Any]]:
    """What is tried: scikit-learn's own settings, then random ones; a trial is the same however many there are.

    The ranges are about those of Grinsztajn, Oyallon and Varoquaux (2022), around scikit-learn's own.
    """
    own = [OWN, *(_drawn(seed, number) for number in range(1, trials))][:trials]
    return [{**params, "random_state": seed % 2**32} for params in own]


def _drawn(seed: int, number: int) -> dict[str, Any]:
    rate, leaves, least, penalty, features = stream("trees", seed=seed, part=number).random(5).tolist()
    return {
        "learning_rate": _between(0.03, 0.4, rate),
        "max_leaf_nodes": round(_between(4, 64, leaves)),
        "min_samples_leaf": round(_between(2, 60, least)),
        "l2_regularization": _between(1e-3, 30, penalty),
        "max_features": 0.3 + 0.7 * features,
    }


def _between(low: float, high: float, place: float) -> float:
    """What lies at a place between 0 and 1 of a logarithmic range."""
    return exp(log(low) + place * log(high / low))


def grow(
    params: dict[str, Any], train: Split, weights: Weights | None, val: Split, outputs: int
) -> tuple[dict[str, Any], Array]:
    """The same params with the number of rounds, `max_iter`, at which the loss of the validation rows is least.

    And what these trees say of the validation rows, see `scores`.
    """
    stopping = {"max_iter": MOST_TREES, "early_stopping": True, "n_iter_no_change": PATIENCE, "tol": 0}
    trees, x, y = _made(train, {**params, **stopping}), np.asarray(val.x), np.asarray(val.y)
    known = np.isin(y, train.y) if y.dtype.kind == "i" else np.ones(len(y), bool)
    with threadpool_limits(1):
        trees.fit(np.asarray(train.x), np.asarray(train.y), weights, X_val=x[known], y_val=y[known])
        rounds = max(1, int(np.argmax(trees.validation_score_)))
        regresses = isinstance(trees, HistGradientBoostingRegressor)
        staged = trees.staged_predict(x) if regresses else trees.staged_decision_function(x)
        said = next(islice(staged, rounds - 1, None))
    return {**params, "max_iter": rounds}, _as_outputs(trees, said, outputs)


def fit_trees(params: dict[str, Any], train: Split, weights: Weights | None) -> Trees:
    """The trees of params that `grow` gave: equal arguments give equal bits, as there is one thread."""
    trees = _made(train, {**params, "early_stopping": False})
    with threadpool_limits(1):
        trees.fit(np.asarray(train.x), np.asarray(train.y), weights)
    return trees


def _made(train: Split, params: dict[str, Any]) -> Trees:
    classes = train.y.dtype.kind == "i"
    return (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(**params)


def scores(trees: Trees, split: Split, outputs: int) -> Array:
    """What trees say of a split's rows, float32 (rows, outputs): logits of the classes, or the standardised value."""
    found = np.empty((len(split.y), outputs), np.float32)
    regresses = isinstance(trees, HistGradientBoostingRegressor)
    with threadpool_limits(1):
        for block in blocks(len(split.y), split.x.shape[1]):
            x = np.asarray(split.x[block])
            found[block] = _as_outputs(trees, trees.predict(x) if regresses else trees.decision_function(x), outputs)
    return found


def _as_outputs(trees: Trees, said: NDArray[np.float64], outputs: int) -> Array:
    if isinstance(trees, HistGradientBoostingRegressor):
        return said[:, None].astype(np.float32)
    if said.ndim == 1:  # scikit-learn gives one logit for two classes, that of the second
        said = np.stack([np.zeros_like(said), said], axis=1)
    found = np.full((len(said), outputs), LEAST_LOGIT, np.float32)
    found[:, trees.classes_] = said
    return found
