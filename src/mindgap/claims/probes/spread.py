"""Spread: how many of a network's weights lie within so many deviations of their mean."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Real
from mindgap.params.run import RunSpec


class Spread(Probe):
    """`within`: by layer, the share of weights within `deviations` of their own from their mean."""

    deviations: Real = Field(3.0, gt=0, description="How many.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"within": spec.model.layers + 1}

    def look(self, network: Network) -> Mapping[str, list[float]]:
        population = network.population()
        layers = [weights[0] for weights, _ in population.architecture.layers(population.values)]
        return {"within": [float(np.mean(np.abs(own - own.mean()) <= self.deviations * own.std())) for own in layers]}
