"""Gradient noise: how far the gradient of a batch is from that of all training rows."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Integer
from mindgap.streams import EpochDraws, Origins
from mindgap.training.batches import batch_size


class GradientNoise(Probe):
    """`gradient_error`: |g_b - g| / |g|, the median over batches of the run's own size; g is that of all training rows,
    without penalties and dropout.
    """

    finds: ClassVar[tuple[str, ...]] = ("gradient_error",)

    batches: Integer = Field(30, ge=1, le=10_000, description="How many batches are drawn.")

    def look(self, network: Network) -> Mapping[str, float | None]:
        rows, random = network.split("train"), network.random()
        x, y = np.asarray(rows.x, np.float64), np.asarray(rows.y)
        plain = network.without_chance()
        population = plain.population(rows=len(y))
        draws = EpochDraws(Origins([(network.spec.seed, network.spec.replicate)]), epoch=0)

        def gradient(chosen: np.ndarray) -> np.ndarray:
            population.differentiate(x[chosen], y[chosen], plain.loss, draws)
            return np.array(population.gradients[0])

        everything, size = gradient(np.arange(len(y))), batch_size(network.spec.train.batch_size, len(y))
        length = float(np.linalg.norm(everything))
        drawn = [random.choice(len(y), size, replace=False) for _ in range(self.batches)]
        apart = [float(np.linalg.norm(gradient(chosen) - everything)) for chosen in drawn]
        return {"gradient_error": float(np.median(apart)) / length if length else None}
