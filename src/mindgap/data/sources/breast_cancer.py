"""The source `breast_cancer`: measures of cells of benign and malignant tumours, which scikit-learn bundles."""

import hashlib
from pathlib import Path

import numpy as np

from mindgap.data.bundled import bundled_file
from mindgap.data.raw import Raw
from mindgap.params.sources.breast_cancer import BreastCancer

_FILE = "breast_cancer.csv"
_MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
_OVER_CELLS = ("mean {}", "{} error", "worst {}")


def digest(data: BreastCancer, memory: Path | None = None) -> str:
    """SHA-256 of the bundled file."""
    return hashlib.sha256(bundled_file(_FILE, data.source).read_bytes()).hexdigest()


def load(data: BreastCancer, seed: int, scratch: Path | None = None) -> Raw:
    """569 rows of ten measures of the cells in an image: their means, standard errors, and means of the three worst.

    Source: Street, Wolberg and Mangasarian (1993), Nuclear feature extraction for breast tumor diagnosis, UCI.
    """
    with bundled_file(_FILE, data.source).open(encoding="ascii") as file:
        classes = file.readline().strip().split(",")[2:]  # after the numbers of rows and columns
        table = np.loadtxt(file, delimiter=",", dtype=np.float64)
    return Raw(
        name="breast_cancer",
        origin="breast_cancer (data.source)",
        x=np.ascontiguousarray(table[:, :-1]),
        y=table[:, -1].astype(np.int64),
        classes=tuple(classes),
        feature_names=tuple(pattern.format(measure) for pattern in _OVER_CELLS for measure in _MEASURES),
    )
