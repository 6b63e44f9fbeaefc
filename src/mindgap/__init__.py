"""mindgap: a reproducible laboratory for multilayer perceptrons."""

from importlib import import_module
from pathlib import Path
from typing import Any


def load_model(path: str | Path) -> Any:
    """The `mindgap.models.model.TrainedModel` of a saved file: `load_model("model.npz").predict(frame)`."""
    # By its name, as an import would make the code of models that of every result.
    return import_module("mindgap.models.file").load_model(Path(path))
