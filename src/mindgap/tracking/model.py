"""The model: the tuned network packed as an MLflow model, with signature, input example and its own code."""

import shutil
from importlib.metadata import version
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
from mlflow.models import Model as Description
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from numpy.typing import NDArray

from mindgap.data.preparation import Preparation
from mindgap.data.prepared import open_features, variant
from mindgap.data.raw import Column
from mindgap.models.file import save_model
from mindgap.models.model import winning_model
from mindgap.params.run import RunSpec
from mindgap.store.fingerprint import PACKAGE, reached

EXAMPLES = 3
NEEDED = ("mlflow", "numpy", "pydantic")
"""The libraries that it takes to load the model."""


def pack_model(folder: Path, prepare: Path, train: Path, description: Description) -> None:
    """Write the model of a study to the new folder `folder`, from the folders of its stages `prepare` and `train`.

    The code that it takes goes with it, so that the model loads where mindgap is not installed, and its data are the
    file that `mindgap predict` reads, so that nothing is unpickled and both say the same.
    """
    model = winning_model(prepare, train)
    data = folder.with_name("model.npz")
    save_model(model, data)
    answer = DataType.string if model.target is None else DataType.double
    code = folder.with_name("code") / PACKAGE.name
    for file in _code():
        copy = code / file.relative_to(PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    prepared = variant(prepare, RunSpec(**model.spec, seed=0).preprocess.transform)
    x = open_features(prepared, "train")[:EXAMPLES]
    mlflow.pyfunc.save_model(
        folder,
        loader_module="mindgap.tracking.predictor",
        data_path=str(data),
        code_paths=[str(code)],
        signature=ModelSignature(_inputs(model.preparation), Schema([ColSpec(answer)])),
        input_example=_example(model.preparation, x),
        pip_requirements=[f"{name}=={version(name)}" for name in NEEDED],
        mlflow_model=description,
    )


def _code() -> list[Path]:
    """The files that a model needs, and no others: on a server each is a request."""
    components = (PACKAGE / "nn").rglob("*.py")  # found by name, not by import
    return reached([PACKAGE / "tracking/predictor.py", *components], without=())


def _inputs(preparation: Preparation) -> Schema:
    columns = preparation.encoding.columns
    if columns is None:
        return Schema([TensorSpec(np.dtype(np.float64), (-1, len(preparation.standardisation.mean)))])
    return Schema([ColSpec(_type(column.column), column.column.name) for column in columns])


def _type(column: Column) -> DataType:
    return DataType.double if column.categories is None and column.role is None else DataType.string


def _example(preparation: Preparation, x: NDArray[np.float32]) -> NDArray[np.float64] | pd.DataFrame:
    """Prepared rows as they were before, up to rounding and what left-out components held."""
    features, columns = np.round(preparation.restore(x), 6), preparation.encoding.columns
    if columns is None:
        return np.round(features * preparation.encoding.divisor, 4) + 0.0  # never -0
    cells, start = {}, 0
    for column in columns:
        count = len(column.feature_names)
        cells[column.column.name] = column.cells(features[:, start : start + count])
        start += count
    return pd.DataFrame(cells)
