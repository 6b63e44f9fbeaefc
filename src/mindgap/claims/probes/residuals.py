"""Residuals: whether a regression's errors of both signs cancel, and how much the largest weigh."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.params.base import Fraction
from mindgap.params.run import RunSpec
from mindgap.tasks import Task
from mindgap.words import words


class Residuals(Probe):
    """Of the training rows' errors e: `cancel`, |mean e| / mean |e|, 0 where those of both signs cancel and 1 where all
    have one; and `largest_squared`, `largest_absolute`, the shares of all squared and of all absolute errors that are
    due to the largest of them.
    """

    largest: Fraction = Field(0.1, description="Which share of the rows are the largest.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return dict.fromkeys(("cancel", "largest_squared", "largest_absolute"), None)

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        return None if task.name == "regression" else words(f"it is about errors of numbers, and here is {task.name}")

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
