"""Scikit-learn's models for tables, each tuned by random search on the validation rows."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, average_precision_score, balanced_accuracy_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

from mindgap.data.prepared import Split

SCORES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": lambda y, said: accuracy_score(y, said.argmax(axis=1)),
    "balanced_accuracy": lambda y, said: balanced_accuracy_score(y, said.argmax(axis=1)),
    "average_precision": lambda y, said: average_precision_score(y, said[:, 1]),
    "r2": r2_score,
}
"""Scores of targets (rows,) and what is said of them: probabilities (rows, classes), or values (rows,)."""

Draw = Callable[[np.random.Generator], Any]


def log_uniform(low: float, high: float) -> Draw:
    """Draws between two ends, evenly on the logarithmic scale; whole numbers between whole ends."""

    def draw(random: np.random.Generator) -> float:
        value = float(np.exp(random.uniform(np.log(low), np.log(high))))
        return round(value) if isinstance(low, int) else value

    return draw


def choice(*values: Any) -> Draw:
    """Draws one of these."""
    return lambda random: values[int(random.integers(len(values)))]


@dataclass(frozen=True)
class Contender:
    """A kind of model: its scikit-learn class for classes, and for a regression, and what is drawn of its params.

    `seeded` says whether another seed makes another model, `watches` whether validation rows stop it.
    """

    classifier: Callable[..., Any]
    regressor: Callable[..., Any]
    space: Mapping[str, Draw]
    seeded: bool = True
    watches: bool = False


def _ridge(C: float) -> Ridge:
    return Ridge(1 / C)


_WATCHING = {"max_iter": 500, "early_stopping": True, "n_iter_no_change": 20}

CONTENDERS = {
    "MLP": Contender(
        partial(MLPClassifier, max_iter=200),
        partial(MLPRegressor, max_iter=200),
        {
            "hidden_layer_sizes": choice((64,), (128,), (256,), (64, 64), (128, 128)),
            "alpha": log_uniform(1e-6, 1.0),
            "learning_rate_init": log_uniform(1e-4, 3e-2),
            "batch_size": choice(32, 64, 128),
            "early_stopping": choice(False, True),
        },
    ),
    "linear": Contender(
        partial(LogisticRegression, max_iter=1000), _ridge, {"C": log_uniform(1e-4, 1e4)}, seeded=False
    ),
    "trees": Contender(
        partial(HistGradientBoostingClassifier, **_WATCHING),
        partial(HistGradientBoostingRegressor, **_WATCHING),
        {
            "learning_rate": log_uniform(0.02, 0.5),
            "max_leaf_nodes": log_uniform(4, 64),
            "min_samples_leaf": log_uniform(2, 60),
            "l2_regularization": log_uniform(1e-6, 10.0),
            "max_features": choice(0.3, 0.6, 1.0),
        },
        watches=True,
    ),
}
"""Multilayer perceptrons; logistic or ridge regression; gradient-boosted trees."""


@dataclass(frozen=True)
class Task:
    """The rows of a table, prepared as for a network, the training rows' weights, and the name of the score."""

    train: Split
    val: Split
    test: Split
    weights: np.ndarray | None
    score: str


@dataclass(frozen=True)
class Budget:
    """As a study has it: trials, candidates that are trained again, and over how many seeds."""

    trials: int
    candidates: int
    seeds: int


def tuned(name: str, task: Task, budget: Budget, seed: int) -> float:
    """The mean test score of the candidate whose mean over the seeds is the best on the validation rows.

    The candidates are the best of random trials, on the same rows; what knows no seed is trained once.
    """
    contender, random = CONTENDERS[name], np.random.default_rng([seed, sorted(CONTENDERS).index(name)])
    drawn = [{param: draw(random) for param, draw in contender.space.items()} for _ in range(budget.trials)]
    ranked = sorted(drawn, key=lambda params: -_scores(contender, params, task, seed=0)[0])
    replicates = range(1, 1 + (budget.seeds if contender.seeded else 1))
    found = [
        np.mean([_scores(contender, params, task, replicate) for replicate in replicates], axis=0)
        for params in ranked[: budget.candidates]
    ]
    return float(max(found, key=lambda means: means[0])[1])


def _scores(contender: Contender, params: Mapping[str, Any], task: Task, seed: int) -> tuple[float, float]:
    """Fit on the training rows, and measure on validation and on test rows."""
    classes = task.score != "r2"
    own = {"random_state": seed} if contender.seeded else {}
    model = (contender.classifier if classes else contender.regressor)(**params, **own)
    watched = {"X_val": task.val.x, "y_val": task.val.y} if contender.watches else {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="sklearn")
        model.fit(np.asarray(task.train.x), np.asarray(task.train.y), sample_weight=task.weights, **watched)
    say, score = model.predict_proba if classes else model.predict, SCORES[task.score]
    val, test = (score(np.asarray(split.y), say(np.asarray(split.x))) for split in (task.val, task.test))
    return val, test
