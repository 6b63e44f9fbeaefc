"""Two weights: where a penalty moves the least of a bowl."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from mindgap.claims.simulations import Simulation
from mindgap.params.base import Integer, Real
from mindgap.streams import stream


class TwoWeights(Simulation):
    """f(w) = (w - c)' A (w - c) / 2 + penalty, A a random bowl whose axes lie askew, by proximal steps from c.

    c has a large and a small part, (1, u) with u uniform in -0.4 .. 0.4. A step is w <- P(w - rate A (w - c)), where P
    solves min_v (v - w)^2 / 2 + rate penalty(v): it sets to 0 what is below rate l1 and takes that off the rest, or
    divides by 1 + rate l2 (Beck and Teboulle 2009).

    The history has, by step: `place`, w; `zeros`, the share of weights that are 0; `norm`, |w| / |c|; and, constant,
    `bowl`, (c_1, c_2, A_11, A_12, A_22).
    """

    finds: ClassVar[Mapping[str, int | None]] = {"place": 2, "zeros": None, "norm": None, "bowl": 5}

    penalty: Literal["none", "l1", "l2"] = Field("none", description="The sum of |w|, or of w^2 / 2, or nothing.")
    size: Real = Field(0.5, ge=0, description="What the penalty is multiplied by.")
    steps: Integer = Field(300, ge=1, le=100_000, description="Steps.")

    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        random = stream("simulation", seed=seed, replicate=replicate)
        least = np.array([1.0, random.uniform(-0.4, 0.4)])
        angle, stretch = random.uniform(0, np.pi), random.uniform(0.5, 1.5, 2)
        axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        bowl = (axes * stretch) @ axes.T
        rate, weights = 0.5, least.copy()
        found: dict[str, list[Any]] = {"place": [], "zeros": [], "norm": [], "bowl": []}
        for _ in range(self.steps + 1):
            found["place"].append(weights.tolist())
            found["zeros"].append(float(np.mean(weights == 0)))
            found["norm"].append(float(np.linalg.norm(weights) / np.linalg.norm(least)))
            found["bowl"].append([*least.tolist(), bowl[0, 0], bowl[0, 1], bowl[1, 1]])
            weights = self._nearest(weights - rate * bowl @ (weights - least), rate * self.size)
        return found

    def _nearest(self, weights: np.ndarray, size: float) -> np.ndarray:
        if self.penalty == "l1":
            return np.maximum(weights - size, 0) + np.minimum(weights + size, 0)
        return weights / (1 + size) if self.penalty == "l2" else weights
