"""What all tests share: one BLAS thread, as the workflow's jobs have, set before NumPy is imported."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from mindgap.data.prepared import Split  # noqa: E402
from mindgap.store.results import write_json  # noqa: E402

settings.register_profile("mindgap", deadline=None, derandomize=True)
settings.load_profile("mindgap")


def blobs(rows: int, features: int, classes: int, seed: int = 0) -> Split:
    """Gaussian clouds around random centres, one a class."""
    random = np.random.default_rng([seed, rows])
    centres = np.random.default_rng(seed).normal(size=(classes, features))
    labels = np.arange(rows) % classes
    x = centres[labels] + random.normal(size=(rows, features))
    return Split(x.astype(np.float32), labels.astype(np.int64))


TARGET = {"name": "price", "mean": 100.0, "scale": 20.0, "splits": {}}


def curve(rows: int, seed: int = 0, noise: float = 0.1) -> Split:
    """A standardised target that is a smooth function of three features, with noise, in units of 20."""
    random = np.random.default_rng([seed, rows])
    x = random.normal(size=(rows, 3))
    y = np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + noise * random.normal(size=rows)
    return Split(x.astype(np.float32), y.astype(np.float32), TARGET["scale"])


def write_data(folder: Path, splits: dict[str, Split], target: dict[str, Any] | None = None) -> None:
    """A prepared data set, as far as later stages read it."""
    for name, split in splits.items():
        np.save(folder / f"x_{name}.npy", split.x)
        np.save(folder / f"y_{name}.npy", split.y)
        np.save(folder / f"rows_{name}.npy", np.arange(len(split.y))[::-1])
    labels = splits["train"].y
    names = ("name", "feature_names", "image_shape", "rows", "class_counts", "duplicates", "unseen_categories")
    fields = {
        **dict.fromkeys(names),
        "task": "regression" if target else "classification",
        "classes": [] if target else [str(label) for label in np.unique(labels)],
        "target": target,
        "identifiers": [],
        "features": splits["train"].x.shape[1],
        "constant_features": 0,
    }
    write_json(folder / "dataset.json", fields)


class FixedDraws:
    """The same draws for each part at each call, see `mindgap.nn.arrays.Draws`."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def uniform(self, part: int, rows: int, units: int) -> np.ndarray:
        return np.random.default_rng([self._seed, part]).random((rows, units), dtype=np.float32)

    def normal(self, part: int, rows: int, units: int) -> np.ndarray:
        return np.random.default_rng([self._seed, part]).standard_normal((rows, units), dtype=np.float32)


@pytest.fixture
def train() -> Split:
    return blobs(90, 5, 3)


@pytest.fixture
def val() -> Split:
    return blobs(30, 5, 3)
