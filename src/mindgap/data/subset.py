"""The training rows that a study takes where it takes fewer than there are."""

import numpy as np
from numpy.typing import NDArray

from mindgap.streams import stream


def nested(labels: NDArray[np.int64], count: int, *, seed: int) -> NDArray[np.int64]:
    """The places, ascending, of `count` rows of these classes (rows,): those of a smaller count are among them.

    A class's rows stand in a random order, equal for equal seeds; of its n rows the i-th, from 0, is due at
    (i + 1/2) / n of the whole, and the first at once. So each class has its share, rounded, but at least one row
    (the divisor method of Webster and Sainte-Laguë, in which no class loses a row as the whole grows).
    """
    drawn = stream("train_rows", seed=seed).permutation(len(labels))
    due = np.zeros(len(labels))
    for label in np.unique(labels):
        own = drawn[labels[drawn] == label]
        due[own[1:]] = (np.arange(1, len(own)) + 0.5) / len(own)
    return np.sort(np.argsort(due, kind="stable")[:count])
