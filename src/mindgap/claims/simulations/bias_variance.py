"""Bias and variance: one capacity, trained on many sets that were drawn alike."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from mindgap.claims.simulations import Simulation
from mindgap.data.prepared import Split
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.losses import LOSSES
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.nn.schedules import SCHEDULES
from mindgap.params.base import Integer, Real
from mindgap.params.run import RunSpec
from mindgap.streams import stream
from mindgap.training.cohort import train_runs
from mindgap.training.networks import population_of


class BiasVariance(Simulation):
    """y = sin(2 pi x) + noise, x uniform in -1 .. 1: networks of tanh units, each trained on rows of its own by Adam.

    Over 200 places x, f_s(x) being the network of the set s and f(x) the truth (Geman, Bienenstock and Doursat 1992):
    `bias`, the mean of (mean_s f_s - f)^2, less variance / sets, which the mean of so few has still in it; `variance`,
    the mean of the variance of f_s over sets; `noise`, that of y; `error`, the mean of (f_s - y)^2 over new y; `train`,
    the same of the rows that they learned; `sum`, bias + variance + noise; and `curves`, the first sets' f_s. There
    is one step.
    """

    hidden: tuple[Annotated[Integer, Field(ge=1, le=1000)], ...] = Field((16,), description="The capacity.")
    rows: Integer = Field(40, ge=5, le=100_000, description="Rows of a set.")
    sets: Integer = Field(10, ge=2, le=1000, description="Sets of a replicate.")
    noise: Real = Field(0.3, ge=0, description="Deviation of the noise.")
    epochs: Integer = Field(300, ge=1, le=100_000, description="Epochs of each training.")
    learning_rate: Real = Field(0.01, gt=0, description="Adam's.")

    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        random = stream("simulation", seed=seed, replicate=replicate)
        places = np.linspace(-1, 1, 200)
        truth, shape = np.sin(2 * np.pi * places), (self.sets, self.rows)
        x = random.uniform(-1, 1, shape)
        y = np.sin(2 * np.pi * x) + self.noise * random.standard_normal(shape)
        new = truth + self.noise * random.standard_normal((self.sets, len(places)))
        said = np.stack([self._said(own, its, places, seed, replicate) for own, its in zip(x, y, strict=True)])
        there, learned = said[:, : len(places)], said[:, len(places) :]
        variance = float(there.var(axis=0, ddof=1).mean())
        bias = float(np.mean((there.mean(axis=0) - truth) ** 2)) - variance / self.sets
        found = {
            "bias": bias,
            "variance": variance,
            "noise": self.noise**2,
            "sum": bias + variance + self.noise**2,
            "error": float(np.mean((there - new) ** 2)),
            "train": float(np.mean((learned - y) ** 2)),
        }
        return {**{name: [value] for name, value in found.items()}, "curves": [there[:5].round(4).tolist()]}

    def _said(self, x: np.ndarray, y: np.ndarray, places: np.ndarray, seed: int, replicate: int) -> np.ndarray:
        """What a network that learned these rows says of all places, and of the rows."""
        rows = Split(x[:, None].astype(np.float32), y.astype(np.float32), 1.0)
        spec = self._spec(seed, replicate)
        (result,) = train_runs([spec], rows, rows, 1)
        asked = np.concatenate([places, x])[:, None]
        network = population_of([spec], 1, 1, len(asked), np.float64)
        network.values[:] = result.parameters
        return network.forward(asked)[0, :, 0].copy()

    def _spec(self, seed: int, replicate: int) -> RunSpec:
        model = {"hidden": self.hidden, "activation": "tanh", "init": "xavier"}
        train = {"loss": "mse", "optimizer": "adam", "learning_rate": self.learning_rate, "batch_size": 10}
        return RunSpec.model_validate(
            {"model": model, "train": {**train, "epochs": self.epochs}, "seed": seed, "replicate": replicate}
        )

    def components(self) -> list[Path]:
        return [
            ACTIVATIONS.file("tanh"),
            INITIALIZERS.file("xavier"),
            LOSSES.file("mse"),
            OPTIMIZERS.file("adam"),
            SCHEDULES.file("constant"),
        ]
