"""Baselines: what one gets without a network, each as the weights and bias of a network without hidden layers."""

import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from mindgap.data.prepared import Split, open_dataset, open_split
from mindgap.nn.arrays import Array
from mindgap.store.results import write_json

ITERATIONS = 200


def fit_baselines(data: Path, out: Path) -> None:
    """Fit on the training rows, and write each baseline's weights (features, outputs) and bias (outputs,).

    Classification: `majority`, always the most frequent class; `linear`, softmax regression, fitted by L-BFGS.
    Regression: `mean`, always the mean of the training targets; `linear`, ridge regression on standardised features.
    Both linear ones have an L2 penalty of strength 1. Writes `<name>.npz` and `baselines.json`, which names them, and says of softmax regression
    whether it converged within 200 iterations.
    """
    dataset, train = open_dataset(data), open_split(data, "train")
    nothing = np.zeros((dataset.features, dataset.outputs))
    if dataset.task == "classification":
        counts = np.bincount(train.y, minlength=dataset.outputs)
        weights, bias, iterations = _softmax_regression(train, dataset.outputs)
        fitted = {"majority": (nothing, counts == counts.max()), "linear": (weights, bias)}
        summary = {"iterations": iterations, "converged": iterations < ITERATIONS}
    else:
        fitted = {"mean": (nothing, np.zeros(1)), "linear": _ridge_regression(train)}
        summary = {}
    for name, (weights, bias) in fitted.items():
        np.savez(out / f"{name}.npz", weights=weights.astype(np.float32), bias=bias.astype(np.float32))
    write_json(out / "baselines.json", {"names": list(fitted), **summary})


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
