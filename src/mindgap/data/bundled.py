"""A file that scikit-learn bundles: where it lies."""

import importlib.util
from pathlib import Path

from mindgap.errors import UserError


def bundled_file(name: str, source: str) -> Path:
    """The path of a file among scikit-learn's data sets, of which a `source` is read; UserError where it is missing."""
    # Found without importing scikit-learn, which takes over a second.
    package = importlib.util.find_spec("sklearn")
    if package is not None and package.origin is not None:
        path = Path(package.origin).parent / "datasets" / "data" / name
        if path.is_file():
            return path
    raise UserError(
        f"data.source: {source} comes with scikit-learn, whose file datasets/data/{name} is not installed here. "
        "Install scikit-learn again, or choose another data.source."
    )
