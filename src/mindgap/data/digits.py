"""The source `digits`: the 8x8 handwritten digits that scikit-learn bundles."""

import gzip
import hashlib
import importlib.util
from pathlib import Path

import numpy as np

from mindgap.data.raw import Raw
from mindgap.errors import UserError
from mindgap.params.data import Digits


def digest(data: Digits) -> str:
    """SHA-256 of the bundled file."""
    return hashlib.sha256(_bundled().read_bytes()).hexdigest()


def load(data: Digits, seed: int) -> Raw:
    """1,797 rows of 64 pixels 0..16, so the divisor is 16, and their digits 0..9.

    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI.
    """
    with gzip.open(_bundled(), "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    return Raw(
        name="digits",
        origin="digits (data.source)",
        x=np.ascontiguousarray(table[:, :-1]),
        y=table[:, -1].astype(np.int64),
        classes=tuple("0123456789"),
        divisor=16.0,
        image_shape=(8, 8, 1),
    )


def _bundled() -> Path:
    # Found without importing scikit-learn, which takes over a second.
    package = importlib.util.find_spec("sklearn")
    if package is not None and package.origin is not None:
        path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
        if path.is_file():
            return path
    raise UserError(
        "data.source: digits comes with scikit-learn, whose file datasets/data/digits.csv.gz is not installed here. "
        "Install scikit-learn again, or choose another data.source."
    )
