"""What all tests share: one BLAS thread, as the workflow's jobs have, set before NumPy is imported."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from mindgap.data.prepared import Dataset, Split, Target, array_path  # noqa: E402

settings.register_profile("mindgap", deadline=None, derandomize=True)
settings.load_profile("mindgap")


def blobs(rows: int, features: int, classes: int, seed: int = 0) -> Split:
    """Gaussian clouds around random centres, one a class."""
    random = np.random.default_rng([seed, rows])
    centres = np.random.default_rng(seed).normal(size=(classes, features))
    labels = np.arange(rows) % classes
    x = centres[labels] + random.normal(size=(rows, features))
    return Split(x.astype(np.float32), labels.astype(np.int64))


TARGET = Target("price", mean=100.0, scale=20.0, splits={})


def curve(rows: int, seed: int = 0, noise: float = 0.1) -> Split:
    """A standardised target that is a smooth function of three features, with noise, in units of 20."""
    random = np.random.default_rng([seed, rows])
    x = random.normal(size=(rows, 3))
    y = np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + noise * random.normal(size=rows)
    return Split(x.astype(np.float32), y.astype(np.float32), TARGET.scale)


def write_data(folder: Path, splits: dict[str, Split], target: Target | None = None, **own: Any) -> None:
    """A prepared data set, as the stage `prepare` would leave it."""
    for name, split in splits.items():
        np.save(array_path(folder, "x", name), split.x)
        np.save(array_path(folder, "y", name), split.y)
        np.save(array_path(folder, "rows", name), np.arange(len(split.y))[::-1])
    train = splits["train"]
    Dataset(
        name="test",
        task="classification" if target is None else "regression",
        classes=tuple(map(str, np.unique(train.y))) if target is None else (),
        features=train.x.shape[1],
        feature_names=None,
        image_shape=None,
        rows={name: len(split.y) for name, split in splits.items()},
        class_counts={},
        duplicates={},
        constant_features=0,
        unseen_categories={},
        identifiers=(),
        target=target,
        **own,
    ).write(folder)


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
