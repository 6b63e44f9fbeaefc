"""The predictor: a saved model as MLflow loads it, from raw rows to classes or values, without pickle."""

import tempfile
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
        columns, layout = self.model.preparation.encoding.columns, self.model.preparation.layout
        if columns is None or layout is None:
            return self.model.predict(np.asarray(rows))
        # By way of a file, so that there is one reading of cells, and one answer. A word for what is missing, as a
        # line without any cell would be no row.
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.csv"
            names = [column.column.name for column in columns]
            rows[names].to_csv(path, sep=layout.delimiter, header=layout.header, index=False, na_rep="NA")
            return self.model.predict(path)


def _load_pyfunc(path: str) -> Predictor:
    """MLflow's entry point."""
    return Predictor(load_model(Path(path)))
