"""Duplicates: rows that occur in more than one split, where a network could remember instead of understand."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import CACHED, blocks
from mindgap.data.splits import Splits

_MIXING = np.uint64(0xD6E8FEB86659FD93)


def count_duplicates(x: NDArray[Any], splits: Splits) -> dict[str, int]:
    """For each pair of splits, the rows of the second whose values all occur identically in a row of the first."""
    digests = _digests(x)
    train, val, test = (digests[rows] for rows in (splits.train, splits.val, splits.test))
    return {
        "train_val": _shared(val, train),
        "train_test": _shared(test, train),
        "val_test": _shared(test, val),
    }


def _digests(x: NDArray[Any]) -> NDArray[np.uint64]:
    """(rows, 2): sixteen bytes a row, as the rows themselves would need gigabytes.

    Each half is sum_j f(w_j) r_j modulo 2^64 over the row's 64-bit words w, for random odd r and a mixing f that is one
    to one (of a whole number, float64 has only the first bits). Source: multilinear hashing, Carter and Wegman (1979),
    Universal Classes of Hash Functions.
    """
    width = -(-x.shape[1] * x.itemsize // 16) * 2
    odd = np.random.default_rng(0).integers(0, 2**64, (2, width), np.uint64) | np.uint64(1)
    found = np.empty((len(x), 2), np.uint64)
    for block in blocks(len(x), width, CACHED):
        own = x[block]
        words = np.zeros((len(own), width), np.uint64)
        # Adding 0 makes -0.0 and 0.0 the same bytes.
        np.add(own, x.dtype.type(0), out=words.view(x.dtype)[:, : x.shape[1]])
        words ^= words >> np.uint64(32)
        words *= _MIXING
        words ^= words >> np.uint64(29)
        np.einsum("rw,hw->rh", words, odd, out=found[block])
    return found


def _shared(rows: NDArray[np.uint64], others: NDArray[np.uint64]) -> int:
    """How many of the rows are among the others: by both halves of a digest, which two rows do not share by chance."""
    alike = rows[_among(rows[:, 0], others[:, 0])]
    return int(np.count_nonzero(_among(alike[:, 1], others[:, 1])))


def _among(values: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if not len(others):
        return np.zeros(len(values), np.bool_)
    ordered = np.sort(others)
    found: NDArray[np.bool_] = ordered[np.searchsorted(ordered, values).clip(max=len(others) - 1)] == values
    return found
