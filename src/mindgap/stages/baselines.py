"""Baselines: what one gets without a network, each as the weights and bias of a network without hidden layers."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from mindgap.data.blocks import blocks
from mindgap.data.prepared import Dataset, Split, open_split, variant
from mindgap.data.weighing import ClassWeight, Weights
from mindgap.metrics import METRICS
from mindgap.nn.arrays import Array
from mindgap.nn.losses import LOSSES
from mindgap.nn.population import Population
from mindgap.results.baselines import Baselines, Linear, Tuned
from mindgap.stages.beside import as_said
from mindgap.stages.rivals import network_of, row_weights
from mindgap.tasks import TASKS, Task, cost
from mindgap.training.measure import measure

ITERATIONS = 200

STRENGTHS = (1e-4, 1e4)
"""Ends of the strengths of a penalty that are tried."""

# Values of float32 that differ at all differ by more; a rounded mean of equal ones misses them by less.
_CONSTANT = 1e-9


class _Linear(NamedTuple):
    """A linear baseline, and how many iterations it took, if it was fitted by such."""

    fitted: Linear
    iterations: int | None


def fit_baselines(
    data: Path, out: Path, class_weight: ClassWeight = None, tuning: Mapping[str, Any] | None = None
) -> None:
    """Fit on the training rows, and write `Baselines` and each linear baseline's weights and bias.

    Classification: `majority`, always the most frequent class; `linear`, softmax regression, fitted by L-BFGS.
    Regression: `mean`, always the mean of the training targets; `linear`, ridge regression on standardised features.
    Both linear ones have an L2 penalty of strength 1; of softmax regression it is said whether it converged within
    200 iterations. They weigh rows as the network does, by the rows' own weights and by `class_weight`.

    With `tuning`, which has the trials of `linear` and of `trees`, the `objective` and the `seed`, the strength is the
    one that validation rows ask for, and settings of boosted trees are found likewise. Where it has `transforms`, each
    strength is tried with each of them.
    """
    dataset, train, tuned = Dataset.read(data), open_split(data, "train"), dict[str, Tuned]()
    weighing, task = row_weights(train, class_weight), TASKS[dataset.task]
    if tuning and tuning["linear"]:
        linear, tuned["linear"] = _tuned_linear(data, dataset, weighing, tuning)
    else:
        linear = _linear(dataset, train, weighing, 1.0)
    if tuning and tuning["trees"]:
        tuned["trees"] = _tuned_trees(dataset, train, weighing, open_split(data, "val"), tuning)
    counts = np.ones(1) if dataset.target else np.bincount(train.y, minlength=dataset.outputs)
    always = np.zeros(1) if dataset.target else counts == counts.max()
    nothing = Linear(np.zeros((dataset.features, dataset.outputs), np.float32), always.astype(np.float32))
    for name, own in zip(task.baselines, (nothing, linear.fitted), strict=True):
        own.write(name, out)
    converged = None if linear.iterations is None else linear.iterations < ITERATIONS
    Baselines(task.baselines, linear.iterations, converged, tuned, class_weight).write(out)


def _linear(dataset: Dataset, train: Split, weighing: Weights | None, strength: float) -> _Linear:
    iterations = None
    if dataset.target is None:
        weights, bias, iterations = _softmax_regression(train, dataset.outputs, weighing, strength)
    else:
        weights, bias = _ridge_regression(train, weighing, strength)
    return _Linear(Linear(weights.astype(np.float32), bias.astype(np.float32)), iterations)


def _tuned_linear(
    data: Path, dataset: Dataset, weighing: Weights | None, tuning: Mapping[str, Any]
) -> tuple[_Linear, Tuned]:
    """That of the strength which the validation rows ask for, of 1 and others at equal distances in the logarithm, and
    of the transform."""
    strengths, tried = [1.0, *np.geomspace(*STRENGTHS, tuning["linear"] - 1).tolist()], list[dict[str, Any]]()
    found, reached = list[_Linear](), list[_Reached]()
    for asked in [{"transform": name} for name in tuning.get("transforms", ())] or [{}]:
        folder = variant(data, asked.get("transform"))
        train, val = open_split(folder, "train"), open_split(folder, "val")
        own = [_linear(dataset, train, weighing, strength) for strength in strengths]
        reached += [_reached(network_of(o.fitted), val, TASKS[dataset.task], tuning["objective"]) for o in own]
        tried += [{"strength": strength, **asked} for strength in strengths]
        found += own
    best = _best(reached, tuning["objective"])
    return found[best], Tuned(len(found), tried[best], reached[best].value)


def _tuned_trees(
    dataset: Dataset, train: Split, weighing: Weights | None, val: Split, tuning: Mapping[str, Any]
) -> Tuned:
    from mindgap.stages.trees import grow, settings  # no study waits for it that has no trees

    network, grown, reached = as_said(dataset.outputs), [], []
    for params in settings(tuning["trees"], tuning["seed"]):
        own, said = grow(params, train, weighing, val, dataset.outputs)
        grown.append(own)
        reached.append(_reached(network, replace(val, x=said), TASKS[dataset.task], tuning["objective"]))
    best = _best(reached, tuning["objective"])
    return Tuned(len(grown), grown[best], reached[best].value)


class _Reached(NamedTuple):
    """What a baseline reaches on the validation rows: the objective, and the loss of the task."""

    value: float
    loss: float


def _reached(network: Population, val: Split, task: Task, objective: str) -> _Reached:
    name = objective.removeprefix("val_")
    loss = LOSSES[task.loss](dict.fromkeys(LOSSES[task.loss].settings, np.zeros((1, 1))))
    found = measure(network, val, loss, asked=[name] if METRICS[name].final else []).metrics
    return _Reached(float(found[name][0]), float(found["loss"][0]))


def _best(reached: Sequence[_Reached], objective: str) -> int:
    """The place of the best value; of equals that of the least loss, and of these the first."""
    return min(range(len(reached)), key=lambda place: (cost(objective, reached[place].value), reached[place].loss))


def _ridge_regression(train: Split, weighing: Array | None = None, strength: float = 1.0) -> tuple[Array, Array]:
    """(Z'Z + strength I) w = Z'(y - mean y), for z = (x - mean) / scale on all rows, summed up block by block.

    Where rows are weighed, of mean 1, each counts so many times, also in the mean and the scale.
    """
    if weighing is not None:
        return _weighed_ridge(train, weighing, strength)
    rows, features = train.x.shape
    mean, scale = np.zeros(features), np.zeros(features)
    for block in blocks(rows, features):
        mean += train.x[block].sum(axis=0, dtype=np.float64) / rows
    for block in blocks(rows, features):
        scale += np.square(train.x[block] - mean).sum(axis=0) / rows
    scale = np.sqrt(scale)
    scale[scale <= _CONSTANT * np.abs(mean)] = 1.0
    weights: Array
    y = np.asarray(train.y, np.float64)
    bias = y.mean()
    if features > rows:  # the other form of the same equations: one for each row, and not one for each feature
        z = (np.asarray(train.x) - mean) / scale
        weights = z.T @ np.linalg.solve(z @ z.T + strength * np.eye(rows), y - bias)
    else:
        squares, products = strength * np.eye(features), np.zeros(features)
        for block in blocks(rows, features):
            z = (train.x[block] - mean) / scale
            squares += z.T @ z
            products += z.T @ (y[block] - bias)
        weights = np.linalg.solve(squares, products)
    weights = weights / scale
    return weights[:, None], np.array([bias - mean @ weights])


def _weighed_ridge(train: Split, weighing: Array, strength: float) -> tuple[Array, Array]:
    x, y, features = np.asarray(train.x, np.float64), np.asarray(train.y, np.float64), train.x.shape[1]
    mean, bias = np.average(x, axis=0, weights=weighing), np.average(y, weights=weighing)
    scale = np.sqrt(np.average(np.square(x - mean), axis=0, weights=weighing))
    scale[scale <= _CONSTANT * np.abs(mean)] = 1.0
    z = (x - mean) / scale
    weighed = z * weighing[:, None]
    weights = np.linalg.solve(weighed.T @ z + strength * np.eye(features), weighed.T @ (y - bias)) / scale
    return weights[:, None], np.array([bias - mean @ weights])


def _softmax_regression(
    train: Split, classes: int, weighing: Array | None, strength: float
) -> tuple[Array, Array, int]:
    model = LogisticRegression(C=1 / strength, max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(np.asarray(train.x), train.y, weighing)
    weights, bias = model.coef_.T, model.intercept_
    if classes == 2:  # scikit-learn keeps one logit for two classes, that of the second
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.append(0.0, bias)
    return weights, bias, int(model.n_iter_.max())
