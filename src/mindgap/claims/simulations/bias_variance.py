"""Bias and variance: one capacity, trained on many sets that were drawn alike."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from mindgap.claims.simulations import Simulation
from mindgap.data.prepared import Split
from mindgap.metrics import METRICS
from mindgap.params.base import Integer, Real
from mindgap.params.run import RunSpec
from mindgap.streams import stream
from mindgap.tasks import REGRESSION
from mindgap.training.cohort import Data, train_each
from mindgap.training.networks import population_of

OTHERS = 1 << 32
"""Networks by which the error is measured have numbers from here, which no others reach."""


class BiasVariance(Simulation):
    """y = sin(2 pi x) + noise, x uniform in -1 .. 1: networks of tanh units, each trained by Adam on rows of its own
    and from first weights of its own.

    Over 200 places x, f_s(x) being the network of the set s and f(x) the truth (Geman, Bienenstock and Doursat 1992):
    `bias`, the mean of (mean_s f_s - f)^2, less variance / sets, which the mean of so few has still in it; `variance`,
    the mean of the variance of f_s over sets; `noise`, that of y; `train`, the mean of (f_s - y)^2 over the rows that
    they learned; `sum`, bias + variance + noise; `error`, the mean of (f_s - y)^2 over new y and networks that learned
    other sets; `unexplained`, the share of the error that the sum leaves, below 0 where it is too large; and
    `curves`, the first sets' f_s. There is one step.
    """

    finds: ClassVar[Mapping[str, int | None]] = dict.fromkeys(
        ("bias", "variance", "noise", "sum", "error", "unexplained", "train"), None
    )

    hidden: tuple[Annotated[Integer, Field(ge=1, le=1000)], ...] = Field((16,), description="The capacity.")
    rows: Integer = Field(20, ge=5, le=100_000, description="Rows of a set.")
    sets: Integer = Field(10, ge=2, le=1000, description="Sets of a replicate.")
    others: Integer = Field(6, ge=1, le=1000, description="Other sets of a replicate, by which the error is measured.")
    noise: Real = Field(0.3, ge=0, description="Deviation of the noise.")
    epochs: Integer = Field(400, ge=1, le=100_000, description="Epochs of each training.")
    learning_rate: Real = Field(0.02, gt=0, description="Adam's.")
    init_gain: Real = Field(3.0, gt=0, description="Multiplies the first weights: larger ones bend more sharply.")

    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        random = stream("simulation", seed=seed, replicate=replicate)
        places = np.linspace(-1, 1, 200)
        truth = np.sin(2 * np.pi * places)
        drawn = [self._rows(random, sets) for sets in (self.sets, self.others)]
        new = truth + self.noise * random.standard_normal((self.others, len(places)))
        x, y = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
        firsts = ((replicate * self.sets, self.sets), (OTHERS + replicate * self.others, self.others))
        said = self._said(x, y, places, seed, [first + number for first, count in firsts for number in range(count)])
        if said is None:  # one of the networks diverged
            return {name: [None] for name in (*self.finds, "curves")}
        there, others = said[: self.sets, : len(places)], said[self.sets :, : len(places)]
        variance = float(there.var(axis=0, ddof=1).mean())
        bias = float(np.mean((there.mean(axis=0) - truth) ** 2)) - variance / self.sets
        total = bias + variance + self.noise**2
        error = float(np.mean((others - new) ** 2))
        found = {
            "bias": bias,
            "variance": variance,
            "noise": self.noise**2,
            "sum": total,
            "error": error,
            "unexplained": (error - total) / error,
            "train": float(np.mean((said[: self.sets, len(places) :] - y[: self.sets]) ** 2)),
        }
        return {**{name: [value] for name, value in found.items()}, "curves": [there[:5].round(4).tolist()]}

    def _rows(self, random: np.random.Generator, sets: int) -> tuple[np.ndarray, np.ndarray]:
        """Places and noisy values (sets, rows)."""
        x = random.uniform(-1, 1, (sets, self.rows))
        return x, np.sin(2 * np.pi * x) + self.noise * random.standard_normal(x.shape)

    def _said(
        self, x: np.ndarray, y: np.ndarray, places: np.ndarray, seed: int, numbers: Sequence[int]
    ) -> np.ndarray | None:
        """What the networks of these numbers that learned the rows x, y (sets, rows) say of all places, and of their
        rows; None where one diverged.
        """
        sets = [
            Split(own[:, None].astype(np.float32), its.astype(np.float32), 1.0) for own, its in zip(x, y, strict=True)
        ]
        specs = [self._spec(seed, number) for number in numbers]
        results = train_each([(Data(rows, rows, 1, None), spec) for rows, spec in zip(sets, specs, strict=True)])
        if not all(result.parameters.size for result in results):
            return None
        asked = np.concatenate([np.broadcast_to(places, (len(x), len(places))), x], axis=1)[..., None]
        networks = population_of(specs, 1, 1, asked.shape[1], np.float64)
        networks.values[:] = np.stack([result.parameters for result in results])
        return np.array(networks.forward(asked)[..., 0])

    def _spec(self, seed: int, replicate: int) -> RunSpec:
        model = {"hidden": self.hidden, "activation": "tanh", "init": "xavier", "init_gain": self.init_gain}
        train = {
            "loss": "mse",
            "optimizer": "adam",
            "learning_rate": self.learning_rate,
            "batch_size": 10,
            "divergence": None,
        }
        return RunSpec.model_validate(
            {"model": model, "train": {**train, "epochs": self.epochs}, "seed": seed, "replicate": replicate}
        )

    def components(self) -> list[Path]:
        return [*self._spec(0, 0).components(), *map(METRICS.file, REGRESSION.metrics)]

    @property
    def trainings(self) -> int:
        return self.sets + self.others
