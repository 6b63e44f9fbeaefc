"""Gradient noise: how far the gradient of a batch is from that of all training rows."""

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Integer
from mindgap.params.run import RunSpec
from mindgap.streams import EpochDraws, Origins


class GradientNoise(Probe):
    """`gradient_error`: by size of batch the root of the mean of |g_b - g|^2 over batches, over |g|.

    g is the gradient of all training rows, without penalties and dropout.
    """

    sizes: tuple[Annotated[Integer, Field(ge=1)], ...] = Field((1, 32), min_length=1, description="Rows of a batch.")
    batches: Integer = Field(200, ge=1, le=10_000, description="How many batches of each size are drawn.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"gradient_error": len(self.sizes)}

    def look(self, network: Network) -> Mapping[str, list[float | None]]:
        rows, random = network.split("train"), network.random()
        x, y = np.asarray(rows.x, np.float64), np.asarray(rows.y)
        plain = network.without_chance()
        population = plain.population(rows=len(y))
        draws = EpochDraws(Origins([(network.spec.seed, network.spec.replicate)]), epoch=0)

        def gradient(chosen: np.ndarray) -> np.ndarray:
            population.differentiate(x[chosen], y[chosen], plain.loss, draws)
            return np.array(population.gradients[0])

        everything = gradient(np.arange(len(y)))
        length = float(np.linalg.norm(everything))
        errors: list[float | None] = []
        for size in self.sizes:
            drawn = [random.choice(len(y), min(size, len(y)), replace=False) for _ in range(self.batches)]
            squares = [float(np.sum((gradient(chosen) - everything) ** 2)) for chosen in drawn]
            errors.append(float(np.sqrt(np.mean(squares))) / length if length else None)
        return {"gradient_error": errors}
