"""Duplicates: rows that occur in more than one split, where a network could remember instead of understand."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.splits import Splits
from mindgap.data.standardisation import blocks


def count_duplicates(x: NDArray[Any], splits: Splits) -> dict[str, int]:
    """For each pair of splits, the rows of the second whose values all occur identically in a row of the first."""
    train, val, test = (_digests(x, rows) for rows in (splits.train, splits.val, splits.test))
    return {
        "train_val": _shared(val, train),
        "train_test": _shared(test, train),
        "val_test": _shared(test, val),
    }


def _digests(x: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """(rows, 2): sixteen bytes a row, as the rows themselves would need gigabytes."""
    found = bytearray()
    for block in blocks(len(rows), x.shape[1]):
        own = x[rows[block]]
        own += x.dtype.type(0)  # makes -0.0 and 0.0 the same bytes
        for row in own:
            found += hashlib.blake2b(row.data, digest_size=16).digest()
    return np.frombuffer(found, np.uint64).reshape(-1, 2)


def _shared(rows: NDArray[np.uint64], others: NDArray[np.uint64]) -> int:
    """How many of the rows are among the others: by both halves of a digest, which two rows do not share by chance."""
    both = np.isin(rows[:, 0], others[:, 0]) & np.isin(rows[:, 1], others[:, 1])
    return int(np.count_nonzero(both))
