"""Information: cross-entropy and Kullback-Leibler divergence of the predictions, each by its own definition."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field
from scipy.special import log_softmax, rel_entr

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Integer
from mindgap.params.run import RunSpec
from mindgap.tasks import Task
from mindgap.words import words


class Information(Probe):
    """Means over the first training rows, in float64, of targets t and predicted probabilities p.

    `cross_entropy`: -sum_k t_k log p_k; `divergence`: sum_k t_k log(t_k / p_k), 0 where t_k is, and null where a p_k is
    too small for a number. Targets are smoothed as in training.
    """

    rows: Integer = Field(1000, ge=1, le=100_000, description="Training rows, at most.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"cross_entropy": None, "divergence": None}

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        return None if task.name == "classification" else words(f"it is about classes, and here is {task.name}")

    def look(self, network: Network) -> Mapping[str, float | None]:
        split, y = network.split("train"), np.asarray(network.split("train").y[: self.rows])
        population = network.population(rows=len(y))
        logs = log_softmax(population.forward(np.asarray(split.x[: self.rows], np.float64))[0], axis=1)
        smoothing, classes = network.spec.train.label_smoothing, logs.shape[1]
        targets = (1 - smoothing) * np.eye(classes)[y] + smoothing / classes
        divergence = float(rel_entr(targets, np.exp(logs)).sum(axis=1).mean())
        return {
            "cross_entropy": float(-(targets * logs).sum(axis=1).mean()),
            "divergence": divergence if np.isfinite(divergence) else None,
        }
