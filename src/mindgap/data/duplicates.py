"""Duplicates: rows that occur in more than one split, where a network could remember instead of understand."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.splits import Splits


def count_duplicates(x: NDArray[Any], splits: Splits) -> dict[str, int]:
    """For each pair of splits, the rows of the second whose values all occur identically in a row of the first."""
    train, val, test = (_digests(x, rows) for rows in (splits.train, splits.val, splits.test))
    in_train, in_val = set(train), set(val)
    return {
        "train_val": sum(row in in_train for row in val),
        "train_test": sum(row in in_train for row in test),
        "val_test": sum(row in in_val for row in test),
    }


def _digests(x: NDArray[Any], rows: NDArray[np.int64]) -> list[bytes]:
    # Sixteen bytes a row: the rows themselves would need gigabytes. Adding 0 makes -0.0 and 0.0 the same bytes.
    return [hashlib.blake2b((x[row] + x.dtype.type(0)).tobytes(), digest_size=16).digest() for row in rows]
