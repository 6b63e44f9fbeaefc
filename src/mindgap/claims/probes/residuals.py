"""Residuals: whether a regression's errors of both signs cancel, and how much the largest weigh."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Fraction


class Residuals(Probe):
    """Of the training rows' errors e: `cancel`, |mean e| / mean |e|, 0 where those of both signs cancel and 1 where all
    have one; and `largest_squared`, `largest_absolute`, the shares of all squared and of all absolute errors that are
    due to the largest of them.
    """

    finds: ClassVar[tuple[str, ...]] = ("cancel", "largest_squared", "largest_absolute")

    largest: Fraction = Field(0.1, description="Which share of the rows are the largest.")

    def look(self, network: Network) -> Mapping[str, float]:
        rows = network.split("train")
        said = network.population(rows=len(rows.y)).forward(np.asarray(rows.x, np.float64))[0, :, 0]
        errors = said - np.asarray(rows.y, np.float64)
        sizes = np.sort(np.abs(errors))
        top = sizes[-max(1, round(self.largest * len(sizes))) :]
        return {
            "cancel": float(abs(errors.mean()) / sizes.mean()),
            "largest_squared": float((top**2).sum() / (sizes**2).sum()),
            "largest_absolute": float(top.sum() / sizes.sum()),
        }
