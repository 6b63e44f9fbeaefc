"""Baselines: what one gets without a network, each as the weights and bias of a network without hidden layers."""

import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from mindgap.data.blocks import blocks
from mindgap.data.prepared import Dataset, Split, open_split
from mindgap.data.weighing import ClassWeight, weights_of
from mindgap.nn.arrays import Array
from mindgap.results.baselines import Baselines, Linear
from mindgap.tasks import TASKS

ITERATIONS = 200
# Values of float32 that differ at all differ by more; a rounded mean of equal ones misses them by less.
_CONSTANT = 1e-9


def fit_baselines(data: Path, out: Path, class_weight: ClassWeight = None) -> None:
    """Fit on the training rows, and write `Baselines` and each baseline's weights and bias.

    Classification: `majority`, always the most frequent class; `linear`, softmax regression, fitted by L-BFGS.
    Regression: `mean`, always the mean of the training targets; `linear`, ridge regression on standardised features.
    Both linear ones have an L2 penalty of strength 1; of softmax regression it is said whether it converged within
    200 iterations. They weigh rows as the network does, by the rows' own weights and by `class_weight`.
    """
    dataset, train = Dataset.read(data), open_split(data, "train")
    weighing = weights_of(train, class_weight)
    if weighing is not None:
        weighing = weighing / weighing.mean()
    task = TASKS[dataset.task]
    nothing, iterations = np.zeros((dataset.features, dataset.outputs)), None
    if dataset.target is None:
        counts = np.bincount(train.y, minlength=dataset.outputs)
        always = (counts == counts.max()).astype(np.float64)
        weights, bias, iterations = _softmax_regression(train, dataset.outputs, weighing)
    else:
        always = np.zeros(1)
        weights, bias = _ridge_regression(train, weighing)
    fitted = dict(zip(task.baselines, ((nothing, always), (weights, bias)), strict=True))
    for name, (own, shift) in fitted.items():
        Linear(own.astype(np.float32), shift.astype(np.float32)).write(name, out)
    Baselines(task.baselines, iterations, None if iterations is None else iterations < ITERATIONS).write(out)


def _ridge_regression(train: Split, weighing: Array | None = None) -> tuple[Array, Array]:
    """(Z'Z + I) w = Z'(y - mean y), for z = (x - mean) / scale on all rows, summed up block by block.

    Where rows are weighed, of mean 1, each counts so many times, also in the mean and the scale.
    """
    if weighing is not None:
        return _weighed_ridge(train, weighing)
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
        weights = z.T @ np.linalg.solve(z @ z.T + np.eye(rows), y - bias)
    else:
        squares, products = np.eye(features), np.zeros(features)
        for block in blocks(rows, features):
            z = (train.x[block] - mean) / scale
            squares += z.T @ z
            products += z.T @ (y[block] - bias)
        weights = np.linalg.solve(squares, products)
    weights = weights / scale
    return weights[:, None], np.array([bias - mean @ weights])


def _weighed_ridge(train: Split, weighing: Array) -> tuple[Array, Array]:
    x, y, features = np.asarray(train.x, np.float64), np.asarray(train.y, np.float64), train.x.shape[1]
    mean, bias = np.average(x, axis=0, weights=weighing), np.average(y, weights=weighing)
    scale = np.sqrt(np.average(np.square(x - mean), axis=0, weights=weighing))
    scale[scale <= _CONSTANT * np.abs(mean)] = 1.0
    z = (x - mean) / scale
    weighed = z * weighing[:, None]
    weights = np.linalg.solve(weighed.T @ z + np.eye(features), weighed.T @ (y - bias)) / scale
    return weights[:, None], np.array([bias - mean @ weights])


def _softmax_regression(train: Split, classes: int, row_weights: Array | None) -> tuple[Array, Array, int]:
    model = LogisticRegression(max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(np.asarray(train.x), train.y, row_weights)
    weights, bias = model.coef_.T, model.intercept_
    if classes == 2:  # scikit-learn keeps one logit for two classes, that of the second
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.append(0.0, bias)
    return weights, bias, int(model.n_iter_.max())
