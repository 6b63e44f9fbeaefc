"""Ravine: an optimiser's path down a surface that is steep across and flat along."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from mindgap.claims.simulations import Simulation
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.params.base import Integer, Real, known
from mindgap.streams import stream

Positive = Annotated[Real, Field(gt=0)]


class Ravine(Simulation):
    """f(w) = (w_1^2 + steepness w_2^2) / 2, from a random point of the circle of radius 10, along noisy gradients.

    The history has, by step: `train_loss`, f(w); `place`, w; `across`, the way gone across the ravine so far;
    `effective_rate`, |step| / |gradient| of each of both coordinates; `step`, the step's length; and, constant,
    `steepness`, the one that was drawn. No step is before the first.
    """

    finds: ClassVar[Mapping[str, int | None]] = {
        "train_loss": None,
        "place": 2,
        "across": None,
        "effective_rate": 2,
        "step": None,
        "steepness": None,
    }

    optimizer: Annotated[str, known(OPTIMIZERS)] = Field("sgd", description="The step rule.")
    learning_rate: Real = Field(0.01, gt=0, description="Its step size.")
    momentum: Real = Field(0.9, ge=0, le=1, description="Its momentum, 1 included; Adam's beta1.")
    beta2: Real = Field(0.999, ge=0, lt=1, description="Decay of the mean square.")
    epsilon: Real = Field(1e-8, gt=0, description="As of trainings.")
    bias_correction: bool = Field(True, description="Adam's.")
    steepness: tuple[Positive, Positive] = Field(
        (50.0, 50.0), description="Curvature across, over that along: drawn between these, uniform in the logarithm."
    )
    noise: Real = Field(0.0, ge=0, description="Deviation of Gaussian noise on each gradient.")
    steps: Integer = Field(500, ge=1, le=100_000, description="Steps.")

    @np.errstate(all="ignore")  # a path that leaves the ravine ends where its loss is no number
    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        random = stream("simulation", seed=seed, replicate=replicate)
        angle, steepness = random.uniform(0, 2 * np.pi), np.exp(random.uniform(*np.log(self.steepness)))
        curvature, weights = np.array([1.0, steepness]), 10 * np.array([[np.cos(angle), np.sin(angle)]])
        settings = ("learning_rate", "momentum", "beta2", "epsilon", "bias_correction")
        columns = {name: np.full((1, 1), float(getattr(self, name))) for name in settings}
        rule = OPTIMIZERS[self.optimizer](columns, np.float64)
        state, scratch = np.zeros((rule.slots, 1, 2)), np.empty((1, 2))
        found: dict[str, list[Any]] = {name: [] for name in self.finds}
        rates: list[float | None] = [None, None]
        across, length = 0.0, None
        for number in range(self.steps + 1):
            loss = _number(curvature @ weights[0] ** 2 / 2)
            place = [_number(weight) for weight in weights[0]]
            now = (loss, place, _number(across), rates, length, float(steepness))
            for name, value in zip(self.finds, now, strict=True):
                found[name].append(value)
            if loss is None or number == self.steps:
                break
            gradient = curvature * weights + self.noise * random.standard_normal((1, 2))
            slope, start = np.abs(gradient[0]), weights.copy()  # the rule may overwrite the gradient
            rule.update(weights, gradient, state, scratch, number + 1, columns["learning_rate"])
            step = np.abs(weights - start)[0]
            rates, length = [_number(way) for way in step / slope], _number(float(np.linalg.norm(step)))
            across += float(step[1])
        return found

    def components(self) -> list[Path]:
        return [OPTIMIZERS.file(self.optimizer)]


def _number(value: float) -> float | None:
    """A number as JSON has it, None for what is none."""
    return float(value) if np.isfinite(value) else None
