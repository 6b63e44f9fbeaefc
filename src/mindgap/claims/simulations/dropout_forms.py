"""Dropout's forms: whether what a unit gives in training is, in the mean, what it gives in use."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from mindgap.claims.simulations import Simulation
from mindgap.nn.layers import Dropout
from mindgap.params.base import Integer, Real
from mindgap.streams import EpochDraws, Origins, stream


class DropoutForms(Simulation):
    """A layer of random positive activations, dropped out so many times.

    The history has one step: `off`, |mean over draws - in use| / |in use| over all rows and units as a vector; and
    `scale`, the mean activation in use over that without dropout: 1 for the inverted form, 1 - rate for the vanilla.
    """

    finds: ClassVar[Mapping[str, int | None]] = {"off": None, "scale": None}

    form: Literal["inverted", "vanilla", "unscaled"] = Field(
        "inverted", description="As `dropout_form`; unscaled: nothing is scaled, in training or in use, which is wrong."
    )
    rate: Real = Field(0.5, ge=0, lt=1, description="Share that is left out.")
    draws: Integer = Field(10_000, ge=2, le=1_000_000, description="How often.")

    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        rows, units = 4, 32
        random = stream("simulation", seed=seed, replicate=replicate)
        x = np.abs(random.standard_normal((1, rows, units)))
        layer = Dropout(np.full((1, 1, 1), self.rate), units, rows, 1, self.form == "inverted")
        draws = EpochDraws(Origins([(seed, replicate)]), epoch=0)
        total = np.zeros_like(x)
        for _ in range(self.draws):
            total += layer.forward(x, draws)
        used = x if self.form == "unscaled" else layer.forward(x, None).copy()
        off = float(np.linalg.norm(total / self.draws - used) / np.linalg.norm(used))
        return {"off": [off], "scale": [float(used.mean() / x.mean())]}
