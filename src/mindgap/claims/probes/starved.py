"""Starved: which hidden units get no gradient to speak of."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Fraction
from mindgap.params.run import RunSpec
from mindgap.streams import EpochDraws, Origins
from mindgap.tasks import Task
from mindgap.words import words

TOGETHER = 64
"""Copies of the network, each of which takes a row at a time."""


class Starved(Probe):
    """`starved`: by hidden layer, the share of units that get at most `least` of what the median unit gets, of those
    that get any gradient; 1 where none does.

    What a unit gets is the root of the mean square, over all training rows, of the gradient of a row's loss by its
    bias. A dead ReLU unit gets none; one that leaks gets some, which may be as good as none.
    """

    least: Fraction = Field(0.01, description="Which share of the median unit's counts as none.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"starved": spec.model.layers}

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        if spec.model.over_rows:
            return words(
                f"it looks at a row at a time, which says nothing under {spec.model.normalization} normalisation"
            )
        return None

    def look(self, network: Network) -> Mapping[str, list[float]]:
        rows, calm = network.split("train"), network.without_chance()
        squares = [np.zeros(()) for _ in range(network.spec.model.layers)]
        for start in range(0, len(rows.y), TOGETHER):
            x, y = (np.asarray(part[start : start + TOGETHER])[:, None] for part in (rows.x, rows.y))
            copies = calm.population(len(y), rows=1)
            draws = EpochDraws(Origins([(network.spec.seed, network.spec.replicate)] * len(y)), epoch=0)
            copies.differentiate(x.astype(np.float64), y, calm.loss_of(len(y)), draws)
            hidden = copies.architecture.layers(copies.gradients)[:-1]
            squares = [total + (bias**2).sum(axis=(0, 1)) for total, (_, bias) in zip(squares, hidden, strict=True)]
        return {"starved": [self._share(np.sqrt(own / len(rows.y))) for own in squares]}

    def _share(self, got: np.ndarray) -> float:
        return float(np.mean(got <= self.least * np.median(got[got > 0]))) if got.any() else 1.0
