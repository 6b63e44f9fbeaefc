"""Corruption: training rows that are made wrong or incomplete on purpose, to see what a network makes of them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mindgap.data.raw import Raw
from mindgap.errors import UserError
from mindgap.streams import stream

Rows = NDArray[np.int64]

FAR = 10.0
"""Standard deviations of the training targets by which an outlier is moved."""


def with_label_noise(raw: Raw, train: Rows, share: float, *, seed: int) -> Raw:
    """The same rows with another class, each as likely, for a share of the training labels, rounded.

    Equal seeds and training rows give equal draws, and those of a smaller share are among those of a larger one. Raises
    UserError where the share is no row, and where a class has no training row left.
    """
    random = stream("label_noise", seed=seed)
    chosen = _chosen(raw, train, share, "label_noise", random)
    steps = random.integers(1, len(raw.classes), len(train))[: len(chosen)]
    y = raw.y.copy()
    y[chosen] = (y[chosen] + steps) % len(raw.classes)
    lost = np.flatnonzero(np.bincount(y[train], minlength=len(raw.classes)) == 0)
    if len(lost):
        raise UserError(
            f"{raw.origin}: data.label_noise: {share:g} leaves class {raw.classes[lost[0]]!r} without a training row. "
            "Write a smaller share, or train on more rows."
        )
    return replace(raw, y=y)


def with_outliers(raw: Raw, train: Rows, share: float, *, seed: int) -> Raw:
    """The same rows with a share of the training targets, rounded, moved upwards by FAR of their standard deviations.

    All are moved to one side: moved to both, they would pull a squared error to and fro, and on average nowhere.
    Equal seeds and training rows give equal draws, and those of a smaller share are among those of a larger one. Raises
    UserError where the share is no row.
    """
    chosen = _chosen(raw, train, share, "outliers", stream("outliers", seed=seed))
    y = raw.y.astype(np.float64)
    y[chosen] += FAR * raw.y[train].std()
    return replace(raw, y=y)


def with_blanks(raw: Raw, train: Rows, share: float, *, seed: int) -> Raw:
    """The same rows, of which each cell of a training row is missing with the chance `share`.

    In a table it is NaN, and imputed like any missing cell; elsewhere it has the mean of those of its feature that are
    left. Equal seeds and training rows give equal draws, and those of a smaller share are among those of a larger one.
    Raises UserError where a feature has no cell left.
    """
    missing = stream("blanks", seed=seed).random((len(train), raw.x.shape[1])) < share
    lost = np.flatnonzero(missing.all(axis=0))
    if len(lost):
        raise UserError(
            f"{raw.origin}: data.blanks: {share:g} leaves nothing of feature {lost[0]} (counted from 0) in "
            f"{len(train)} training rows. Write a smaller share, or train on more rows."
        )
    x = raw.x.astype(np.result_type(raw.x, np.float32))
    cells = x[train]
    filling = np.nan if raw.columns else cells.mean(axis=0, where=~missing)
    x[train] = np.where(missing, filling, cells)
    return replace(raw, x=x)


def _chosen(raw: Raw, train: Rows, share: float, param: str, random: np.random.Generator) -> Rows:
    """The first of all training rows in random order, as many as the share is."""
    count = int(np.floor(share * len(train) + 0.5))
    if not count:
        raise UserError(
            f"{raw.origin}: data.{param}: {share:g} of {len(train)} training rows is none. Write 0, or at least "
            f"{1 / len(train):.2g}."
        )
    found: Rows = random.permutation(train)[:count]
    return found
