"""Weight noise: how much a training loss changes when the weights do."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Integer, Real
from mindgap.params.run import RunSpec
from mindgap.training.measure import measure


class WeightNoise(Probe):
    """`noise_change`: the mean rise of the training loss when each weight w becomes w (1 + size n), n standard normal;
    `noise_score`: the mean rise of accuracy, below 0 where it falls, or of RMSE.
    """

    size: Real = Field(0.05, gt=0, description="Deviation of the noise, as a share of the weight.")
    draws: Integer = Field(20, ge=1, le=1000, description="How often noise is drawn.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"noise_change": None, "noise_score": None}

    def look(self, network: Network) -> Mapping[str, float | None]:
        noisy, rows = network.population(self.draws + 1, dtype=np.float32), network.split("train")
        weights = noisy.parameters[1:, : noisy.architecture.weights]
        weights *= 1 + self.size * network.random().standard_normal(weights.shape, np.float32)
        found = measure(noisy, rows, network.loss_of(self.draws + 1)).metrics
        score = "accuracy" if "accuracy" in found else "rmse"
        changes = {
            "noise_change": found["loss"][1:] - found["loss"][0],
            "noise_score": found[score][1:] - found[score][0],
        }
        return {name: float(np.mean(own)) if np.isfinite(own).all() else None for name, own in changes.items()}
