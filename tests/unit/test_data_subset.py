"""Tests of the training rows that are kept where fewer are asked for: hand-worked numbers."""

import numpy as np

from mindgap.data.subset import nested


def test_classes_take_turns_by_their_share() -> None:
    # The second of two rows is due at 3/4 of the whole; of six, those after the first at 3/12, 5/12, 7/12, 9/12, 11/12.
    labels = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    counts = [np.bincount(labels[nested(labels, count, seed=0)]).tolist() for count in (2, 3, 4, 5, 8)]
    assert counts == [[1, 1], [1, 2], [1, 3], [1, 4], [2, 6]]


def test_another_seed_keeps_other_rows() -> None:
    labels = np.arange(100) % 2
    one, two, again = (nested(labels, 20, seed=seed).tolist() for seed in (0, 1, 0))
    assert one == again
    assert one != two
