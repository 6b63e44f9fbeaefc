"""Spread: how many of a network's weights lie within so many deviations of their mean."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Real


class Spread(Probe):
    """`within`: by dense layer, the share of weights within `deviations` of their own from their mean."""

    finds: ClassVar[tuple[str, ...]] = ("within",)

    deviations: Real = Field(3.0, gt=0, description="How many.")

    def look(self, network: Network) -> Mapping[str, list[float]]:
        population = network.population()
        layers = [weights[0] for weights, _ in population.architecture.dense(population.values)]
        return {"within": [float(np.mean(np.abs(own - own.mean()) <= self.deviations * own.std())) for own in layers]}
