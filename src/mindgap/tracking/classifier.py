"""The classifier: the tuned network as MLflow loads it, from raw feature rows to classes, without pickle."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.architecture import Architecture
from mindgap.nn.network import Population, Randomness
from mindgap.training.measure import CHUNK, predict

FILES = ("model.npz", "preprocessing.npz", "preprocessing.json", "classifier.json")
"""What a classifier's folder holds. classifier.json has `architecture`, `leak`, `randomness` and `classes`,
the rest is the stages'."""


@dataclass(frozen=True)
class Classifier:
    """The winner's network of the first seed, with the preprocessing that its training rows gave."""

    network: Population
    classes: tuple[str, ...]
    preparation: dict[str, Any]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def predict(self, rows: Any, params: Mapping[str, Any] | None = None) -> NDArray[np.str_]:
        """The class of each raw row, (rows,): an array (rows, features), or a data frame where the data are a table.

        `params` is part of MLflow's interface and not used.
        """
        x = (self._features(rows) - self.mean) / self.scale
        chosen: NDArray[np.str_] = np.array(self.classes)[predict(self.network, x.astype(np.float32))[0]]
        return chosen

    def _features(self, rows: Any) -> NDArray[np.float64]:
        columns = self.preparation["columns"]
        if columns is None:
            return np.asarray(rows, dtype=np.float64) / float(self.preparation["divisor"])
        return np.concatenate([_encode(column, rows[column["name"]].to_numpy()) for column in columns], axis=1)


def _encode(column: Mapping[str, Any], cells: NDArray[Any]) -> NDArray[np.float64]:
    """One table column's cells (rows,) as features (rows, 1 or categories); a missing cell counts as `imputed`."""
    missing = np.array([cell is None or cell != cell for cell in cells], dtype=bool)
    if missing.any() and column["imputed"] is None:
        raise ValueError(
            f"column {column['name']!r} has {missing.sum()} missing cells, and the network was trained on rows "
            "without any (data.missing: refuse); give a value in every row"
        )
    filled = np.where(missing, column["imputed"], cells)
    if column["categories"] is None:
        return filled.astype(np.float64)[:, None]
    return np.stack([filled == category for category in column["categories"]], axis=1).astype(np.float64)


def _load_pyfunc(folder: str) -> Classifier:
    """MLflow's entry point: read the files named in `FILES`."""
    path = Path(folder)
    description = json.loads((path / "classifier.json").read_text(encoding="utf-8"))
    with np.load(path / "model.npz", allow_pickle=False) as model:
        values = model["parameters"]
    described = description["architecture"]
    architecture = Architecture(**{**described, "units": tuple(described["units"])})
    network = Population(architecture, [description["leak"]], CHUNK, Randomness(**description["randomness"]))
    network.values[:] = values[:1]
    with np.load(path / "preprocessing.npz", allow_pickle=False) as statistics:
        mean, scale = statistics["mean"], statistics["scale"]
    preparation = json.loads((path / "preprocessing.json").read_text(encoding="utf-8"))
    return Classifier(network, tuple(description["classes"]), preparation, mean, scale)
