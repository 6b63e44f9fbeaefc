"""The predictor: a saved model as MLflow loads it, from raw rows to classes or values, without pickle."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.models.file import load_model
from mindgap.models.model import TrainedModel


@dataclass(frozen=True)
class Predictor:
    """A model that says what `mindgap predict` says."""

    model: TrainedModel

    def predict(self, rows: Any, params: Mapping[str, Any] | None = None) -> NDArray[Any]:
        """The class or value of each raw row, (rows,).

        The rows are an array (rows, columns), or a data frame where the data are a table. `params` is part of MLflow's
        interface and not used. Errors as for `TrainedModel.outputs`.
        """
        return self.model.predict(np.asarray(rows) if self.model.preparation.layout is None else rows)


def _load_pyfunc(path: str) -> Predictor:
    """MLflow's entry point."""
    return Predictor(load_model(Path(path)))
