"""Baselines: what one gets without a network, from scikit-learn."""

import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from mindgap.data.arrays import open_dataset, open_split
from mindgap.store import write_json

ITERATIONS = 200


def fit_baselines(data: Path, out: Path) -> None:
    """Fit on the training rows: the most frequent class, and a linear classifier as weights (features, classes).

    The linear classifier is softmax regression with an L2 penalty of strength 1, fitted by L-BFGS. Writes
    `linear.npz` and `baselines.json`, which says whether it converged within 200 iterations.
    """
    train = open_split(data, "train")
    classes = len(open_dataset(data).classes)
    model = LogisticRegression(max_iter=ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train.x, train.y)
    weights, bias = model.coef_.T, model.intercept_
    if classes == 2:  # scikit-learn keeps one logit for two classes, that of the second
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.append(0.0, bias)
    np.savez(out / "linear.npz", weights=weights.astype(np.float32), bias=bias.astype(np.float32))
    iterations = int(model.n_iter_.max())
    summary = {
        "majority": int(np.bincount(train.y, minlength=classes).argmax()),
        "iterations": iterations,
        "converged": iterations < ITERATIONS,
    }
    write_json(out / "baselines.json", summary)
