"""Overfitting: the epoch from which validation loss gets worse by more than it varies, while training loss falls."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, studentized_range

Curves = NDArray[np.float64]

PARTS = 5
"""A run's epochs are compared in so many parts, or in fewer where that would leave less than 3 epochs to one."""

RISE = 0.01
"""A rise of the loss below this share of its least value is none that matters, however certain it is."""


def overfitting_epoch(histories: Sequence[Mapping[str, Sequence[float | None]]]) -> int | None:
    """The epoch after which the validation loss, a mean over the seeds, only gets worse; None if there is no such.

    The epochs that all seeds have are cut into parts of equal length. There is overfitting if the last part's mean lies
    above the least part's by more than the range of as many means that differ by noise alone, in 95 of 100 cases
    (Tukey's studentised range), and by RISE of it, while the training loss fell. The noise of a part's mean is that
    from epoch to epoch, or what the seeds' rises and falls differ by if that is more. The epoch is the one after
    the least of the loss as smoothed over a tenth of the epochs.
    """
    train, val = (_curves(histories, f"{split}_loss") for split in ("train", "val"))
    epochs = min(train.shape[1], val.shape[1])
    count = min(PARTS, epochs // 3)
    if count < 2:
        return None
    parts = np.array_split(np.arange(epochs), count)
    means = np.stack([val[:, part].mean(axis=1) for part in parts], axis=1)
    least = int(means.mean(axis=0).argmin())
    first, last = means.mean(axis=0)[[least, -1]]
    noise, freedom = _noise(val, means, least)
    enough = max(_range(count, freedom) * noise, RISE * first)
    learned = train[:, parts[-1]].mean() < train[:, parts[least]].mean()
    return _least(val.mean(axis=0)) + 1 if last - first > enough and learned else None


def _curves(histories: Sequence[Mapping[str, Sequence[float | None]]], name: str) -> Curves:
    """A history's values (seeds, epochs), as far as all seeds ran and all values are finite."""
    epochs = min(len(history[name]) for history in histories)
    table = np.array([history[name][:epochs] for history in histories], dtype=np.float64)
    finite = np.isfinite(table).all(axis=0)
    return table[:, : epochs if finite.all() else int(finite.argmin())]


def _noise(val: Curves, means: Curves, least: int) -> tuple[float, int]:
    """The standard error of a part's mean over the seeds, and its degrees of freedom; val (seeds, epochs), means
    (seeds, parts), of which seeds are compared from the least on: before it, they fall each at its own pace.
    """
    (seeds, epochs), count = val.shape, means.shape[1]
    if seeds == 1:  # a lone curve does not tell for how long its noise lasts: taken as through half a part
        halves = np.array([half.mean() for half in np.array_split(val[0], 2 * count)])
        return _scatter(halves), len(halves)
    each = _scatter(val.mean(axis=0)) / sqrt(epochs / count)
    rising = means[:, least:]
    apart = rising - rising.mean(axis=1, keepdims=True) - rising.mean(axis=0) + rising.mean()
    freedom = max((seeds - 1) * (rising.shape[1] - 1), 1)
    between = sqrt(float(np.square(apart).sum()) / freedom / seeds)
    return (between, freedom) if between > each else (each, epochs)


def _scatter(curve: Curves) -> float:
    """The noise of a curve (points,), from its second differences, which no trend moves, by their median, which no jump
    moves; without its first quarter, where it falls.
    """
    bends = np.abs(np.diff(curve[len(curve) // 4 :], 2))
    return float(np.median(bends)) / (float(norm.ppf(0.75)) * sqrt(6))


@cache
def _range(count: int, freedom: int) -> float:
    """What the range of so many equal means stays below in 95 of 100 cases, in standard errors."""
    return float(studentized_range.ppf(0.95, count, freedom))


def _least(curve: Curves) -> int:
    """Where a curve (epochs,) is least once smoothed."""
    reach = max(1, len(curve) // 20)
    smooth = np.convolve(np.pad(curve, reach, mode="edge"), np.full(2 * reach + 1, 1.0), "valid")
    return int(smooth.argmin())
