"""The model: the tuned network packed as an MLflow model, with signature, input example and its own code."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from numpy.typing import NDArray

from mindgap.params.run import RunSpec
from mindgap.tracking.classifier import FILES
from mindgap.training.networks import randomness_of

PACKAGE = Path(__file__).parents[1]
EXAMPLES = 3


def save_model(folder: Path, stages: dict[str, Path], description: Model) -> None:
    """Write the model to the new folder `folder`: the winner's network of the first seed.

    One network, as that is what the study measured; an average over seeds would be another classifier, of untested
    accuracy. Its first seed, as choosing the best would favour luck. The package's code goes with it, so that the model
    loads where mindgap is not installed, and its data are .npz and .json files, so that nothing is unpickled.
    """
    data = folder.with_name("classifier")
    data.mkdir()
    prepared, dataset = stages["prepare"], _read(stages["prepare"] / "dataset.json")
    run = RunSpec(**_read(stages["evaluate"] / "evaluation.json")["spec"], seed=0)
    about = {
        "architecture": asdict(run.model.architecture(dataset["features"], len(dataset["classes"]))),
        "leak": run.settings()["leak"],
        "randomness": asdict(randomness_of([run])),
        "classes": dataset["classes"],
    }
    (data / "classifier.json").write_text(json.dumps(about, sort_keys=True, indent=1) + "\n", encoding="utf-8")
    for source in (stages["train"] / "model.npz", prepared / "preprocessing.npz", prepared / "preprocessing.json"):
        shutil.copyfile(source, data / source.name)
    assert sorted(path.name for path in data.iterdir()) == sorted(FILES)
    code = folder.with_name("code") / PACKAGE.name
    shutil.copytree(PACKAGE, code, ignore=shutil.ignore_patterns("__pycache__"))
    columns = _read(prepared / "preprocessing.json")["columns"]
    mlflow.pyfunc.save_model(
        folder,
        loader_module="mindgap.tracking.classifier",
        data_path=str(data),
        code_paths=[str(code)],
        signature=ModelSignature(_inputs(columns, dataset["features"]), Schema([ColSpec(DataType.string)])),
        input_example=_example(prepared, columns),
        pip_requirements=[f"mlflow=={mlflow.__version__}", f"numpy=={np.__version__}"],
        mlflow_model=description,
    )


def _inputs(columns: list[dict[str, Any]] | None, features: int) -> Schema:
    if columns is None:
        return Schema([TensorSpec(np.dtype(np.float64), (-1, features))])
    types = {"number": DataType.double, "category": DataType.string}
    return Schema([ColSpec(types[column["kind"]], column["name"]) for column in columns])


def _example(prepared: Path, columns: list[dict[str, Any]] | None) -> NDArray[np.float64] | pd.DataFrame:
    """The first training rows as they were before preprocessing, up to rounding."""
    x = np.load(prepared / "x_train.npy", mmap_mode="r", allow_pickle=False)[:EXAMPLES].astype(np.float64)
    with np.load(prepared / "preprocessing.npz", allow_pickle=False) as statistics:
        features = np.round(x * statistics["scale"] + statistics["mean"], 6)
    if columns is None:
        return np.round(features * _read(prepared / "preprocessing.json")["divisor"], 4) + 0.0  # never -0
    cells, start = {}, 0
    for column in columns:
        categories = column["categories"]
        if categories is None:
            cells[column["name"]] = features[:, start]
        else:
            chosen = features[:, start : start + len(categories)].argmax(axis=1)
            cells[column["name"]] = np.array(categories, dtype=object)[chosen]
        start += 1 if categories is None else len(categories)
    return pd.DataFrame(cells)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
