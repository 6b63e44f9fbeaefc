"""Monte Carlo: whether a network with dropout errs where its sampled answers disagree."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.nn.information import softmax
from mindgap.params.base import Integer
from mindgap.params.run import RunSpec
from mindgap.streams import EpochDraws, Origins
from mindgap.tasks import Task
from mindgap.training.measure import chunks
from mindgap.words import words


class MonteCarlo(Probe):
    """Of a classifier's validation rows, sampled with dropout as in training (Gal and Ghahramani 2016).

    `errors_by_spread`: the share of wrong answers in each fifth of the rows, from those whose probabilities spread
    least to those that spread most; `spread_tells`: the chance that a wrong row spreads more than a right one (the area
    under the ROC curve; 0.5 where the spread tells nothing, null where no row is wrong, or all are).
    """

    passes: Integer = Field(50, ge=2, le=10_000, description="Samples a row.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"errors_by_spread": 5, "spread_tells": None}

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        if task.name != "classification":
            return words(f"it is about classes, and here is {task.name}")
        units = spec.model.hidden and spec.train.dropout
        if not units and not (spec.model.convolution and spec.train.channel_dropout):
            return words("it samples with dropout of hidden layers, and train.dropout is 0, or there is no such layer")
        return None

    def look(self, network: Network) -> Mapping[str, list[float] | float | None]:
        rows, population = network.split("val"), network.population(dtype=np.float32)
        draws = EpochDraws(Origins([(network.spec.seed, network.spec.replicate)]), epoch=0)
        spread, wrong = np.empty(len(rows.y)), np.empty(len(rows.y), bool)
        for chunk in chunks(len(rows.y), population.architecture):
            x = np.ascontiguousarray(rows.x[chunk])
            samples = np.stack([softmax(population.sample(x, draws)[0].astype(np.float64)) for _ in range(self.passes)])
            spread[chunk] = samples.std(axis=0).mean(axis=1)
            wrong[chunk] = samples.mean(axis=0).argmax(axis=1) != rows.y[chunk]
        order = np.argsort(spread, kind="stable")
        fifths = [float(wrong[part].mean()) for part in np.array_split(order, 5)]
        return {"errors_by_spread": fifths, "spread_tells": _chance(spread[wrong], spread[~wrong])}


def _chance(greater: np.ndarray, less: np.ndarray) -> float | None:
    """The chance that one of the first is greater than one of the second; equal ones count half."""
    if not len(greater) or not len(less):
        return None
    apart = np.sign(greater[:, None] - less[None, :])
    return float((apart.mean() + 1) / 2)
