"""The source `diabetes`: 442 patients and how far their disease went, which scikit-learn bundles."""

import gzip
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindgap.data.bundled import bundled_file
from mindgap.data.raw import Raw
from mindgap.params.sources.diabetes import Diabetes

_FILES = ("diabetes_data_raw.csv.gz", "diabetes_target.csv.gz")


def digest(data: Diabetes, memory: Path | None = None) -> str:
    """SHA-256 of the two bundled files."""
    return hashlib.sha256(b"".join(bundled_file(name, data.source).read_bytes() for name in _FILES)).hexdigest()


def load(data: Diabetes, seed: int, scratch: Path | None = None) -> Raw:
    """442 rows of 10 measurements in their own units, and the progression of the disease after one year, 25 to 346.

    bmi is the body mass index, bp the average blood pressure, s1 to s6 are measured in the blood serum. The paper says
    no more of sex than its numbers, 1 and 2, and they stay numbers.
    Source: Efron, Hastie, Johnstone and Tibshirani (2004), Least Angle Regression, Annals of Statistics 32, 407-499.
    """
    features, target = (_read(name, data) for name in _FILES)
    return Raw(
        name="diabetes",
        origin="diabetes (data.source)",
        x=features,
        y=target,
        classes=(),
        feature_names=("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        target="disease progression",
    )


def _read(name: str, data: Diabetes) -> NDArray[np.float64]:
    with gzip.open(bundled_file(name, data.source), "rt", encoding="ascii") as file:
        return np.loadtxt(file, dtype=np.float64)
