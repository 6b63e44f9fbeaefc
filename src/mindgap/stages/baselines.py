"""Baselines: what one gets without a network, each as the weights and bias of a network without hidden layers."""

import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from mindgap.data.prepared import Dataset, Split, open_split
from mindgap.nn.arrays import Array
from mindgap.results.baselines import Baselines, Linear
from mindgap.tasks import TASKS

ITERATIONS = 200


def fit_baselines(data: Path, out: Path) -> None:
    """Fit on the training rows, and write `Baselines` and each baseline's weights and bias.

    Classification: `majority`, always the most frequent class; `linear`, softmax regression, fitted by L-BFGS.
    Regression: `mean`, always the mean of the training targets; `linear`, ridge regression on standardised features.
    Both linear ones have an L2 penalty of strength 1; of softmax regression it is said whether it converged within
    200 iterations.
    """
    dataset, train = Dataset.read(data), open_split(data, "train")
    task = TASKS[dataset.task]
    nothing, iterations = np.zeros((dataset.features, dataset.outputs)), None
    if dataset.target is None:
        counts = np.bincount(train.y, minlength=dataset.outputs)
        always = (counts == counts.max()).astype(np.float64)
        weights, bias, iterations = _softmax_regression(train, dataset.outputs)
    else:
        always = np.zeros(1)
        weights, bias = _ridge_regression(train)
    fitted = dict(zip(task.baselines, ((nothing, always), (weights, bias)), strict=True))
    for name, (own, shift) in fitted.items():
        Linear(own.astype(np.float32), shift.astype(np.float32)).write(name, out)
    Baselines(task.baselines, iterations, None if iterations is None else iterations < ITERATIONS).write(out)


def _ridge_regression(train: Split) -> tuple[Array, Array]:
    x = train.x.astype(np.float64)
    scale = x.std(axis=0)
    scale[scale == 0] = 1.0
    model = Ridge().fit(x / scale, train.y.astype(np.float64))
    return (model.coef_ / scale)[:, None], np.array([model.intercept_])


def _softmax_regression(train: Split, classes: int) -> tuple[Array, Array, int]:
    model = LogisticRegression(max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train.x, train.y)
    weights, bias = model.coef_.T, model.intercept_
    if classes == 2:  # scikit-learn keeps one logit for two classes, that of the second
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.append(0.0, bias)
    return weights, bias, int(model.n_iter_.max())
