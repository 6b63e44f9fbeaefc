"""The source `digits`: the 8x8 handwritten digits that scikit-learn bundles."""

import gzip
import hashlib
from pathlib import Path

import numpy as np

from mindgap.data.bundled import bundled_file
from mindgap.data.raw import Raw
from mindgap.params.sources.digits import Digits

_FILE = "digits.csv.gz"


def digest(data: Digits, memory: Path | None = None) -> str:
    """SHA-256 of the bundled file."""
    return hashlib.sha256(bundled_file(_FILE, data.source).read_bytes()).hexdigest()


def load(data: Digits, seed: int, scratch: Path | None = None) -> Raw:
    """1,797 rows of 64 pixels 0..16, so the divisor is 16, and their digits 0..9.

    Source: Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI.
    """
    with gzip.open(bundled_file(_FILE, data.source), "rt", encoding="ascii") as file:
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
