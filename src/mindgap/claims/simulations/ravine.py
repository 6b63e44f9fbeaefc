"""Ravine: an optimiser's path down a surface that is steep across and flat along."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from mindgap.claims.simulations import Simulation
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.params.base import Integer, Real
from mindgap.params.run import known
from mindgap.streams import stream


class Ravine(Simulation):
    """f(w) = (w_1^2 + steepness w_2^2) / 2, from a random point of the circle of radius 10, along noisy gradients.

    The history has, by step: `train_loss`, f(w); `place`, w; `across`, the way gone across the ravine so far;
    `effective_rate`, |step| / |gradient| of each of both coordinates; and `step`, the step's length. No step is before
    the first.
    """

    optimizer: Annotated[str, known(OPTIMIZERS)] = Field("sgd", description="The step rule.")
    learning_rate: Real = Field(0.01, gt=0, description="Its step size.")
    momentum: Real = Field(0.9, ge=0, le=1, description="Its momentum, 1 included; Adam's beta1.")
    beta2: Real = Field(0.999, ge=0, lt=1, description="Decay of the mean square.")
    epsilon: Real = Field(1e-8, gt=0, description="As of trainings.")
    steepness: Real = Field(50.0, gt=0, description="Curvature across, over that along.")
    noise: Real = Field(0.0, ge=0, description="Deviation of Gaussian noise on each gradient.")
    steps: Integer = Field(500, ge=1, le=100_000, description="Steps.")

    @np.errstate(all="ignore")  # a path that leaves the ravine ends where its loss is no number
    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        random = stream("simulation", seed=seed, replicate=replicate)
        angle, curvature = random.uniform(0, 2 * np.pi), np.array([1.0, self.steepness])
        weights = 10 * np.array([[np.cos(angle), np.sin(angle)]])
        names = ("learning_rate", "momentum", "beta2", "epsilon")
        rule = OPTIMIZERS[self.optimizer]({name: np.full((1, 1), getattr(self, name)) for name in names}, np.float64)
        state, scratch = np.zeros((rule.slots, 1, 2)), np.empty((1, 2))
        found: dict[str, list[Any]] = {"train_loss": [], "place": [], "across": [], "effective_rate": [], "step": []}
        across = 0.0
        rate: list[float | None] | None = None
        length: float | None = None
        for number in range(self.steps + 1):
            value = float(curvature @ weights[0] ** 2 / 2)
            loss = value if np.isfinite(value) else None
            for name, value in zip(found, (loss, weights[0].tolist(), across, rate, length), strict=True):
                found[name].append(value)
            if loss is None or number == self.steps:
                break
            gradient = curvature * weights + self.noise * random.standard_normal((1, 2))
            steep, start = np.abs(gradient[0]), weights.copy()
            rule.update(weights, gradient, state, scratch, number + 1, np.full((1, 1), self.learning_rate))
            step = weights - start
            length, across = float(np.linalg.norm(step)), across + abs(float(step[0, 1]))
            rate = [float(way / own) if own else None for way, own in zip(np.abs(step[0]), steep, strict=True)]
        return found

    def components(self) -> list[Path]:
        return [OPTIMIZERS.file(self.optimizer)]
