"""What all tests share: one BLAS thread, as the workflow's jobs have, set before NumPy is imported."""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from mindgap.data.arrays import Split  # noqa: E402

settings.register_profile("mindgap", deadline=None, derandomize=True)
settings.load_profile("mindgap")


def blobs(rows: int, features: int, classes: int, seed: int = 0) -> Split:
    """Gaussian clouds around random centres, one a class."""
    random = np.random.default_rng([seed, rows])
    centres = np.random.default_rng(seed).normal(size=(classes, features))
    labels = np.arange(rows) % classes
    x = centres[labels] + random.normal(size=(rows, features))
    return Split(x.astype(np.float32), labels.astype(np.int64))


@pytest.fixture
def train() -> Split:
    return blobs(90, 5, 3)


@pytest.fixture
def val() -> Split:
    return blobs(30, 5, 3)
