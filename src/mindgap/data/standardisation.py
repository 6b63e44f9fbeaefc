"""Standardisation: the mean that is subtracted and the scale that divides, fitted on training rows only."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import ahead, blocks
from mindgap.data.raw import Raw
from mindgap.errors import UserError
from mindgap.params.preprocess import Center, Preprocess

Features = NDArray[np.float64]


@dataclass(frozen=True)
class Standardisation:
    """z = (x - mean) / scale, with mean and scale float64 of shape (features,)."""

    mean: Features
    scale: Features

    def apply(self, x: Features) -> Features:
        """(rows, features); a feature that is constant in training becomes exactly 0 if centred."""
        with np.errstate(over="ignore"):
            z = x - self.mean
            z /= self.scale
            return z


def refuse_impossible_centring(raw: Raw, center: Center) -> None:
    """UserError where the mean image or channel means are asked for, and the rows are no images."""
    if center in ("image", "channel") and raw.image_shape is None:
        raise UserError(
            f"preprocess.center: {center} needs images, but the rows of {raw.origin} are vectors. "
            "Write preprocess.center: feature or none."
        )


def fit_standardisation(
    read: Callable[[slice], Features], rows: int, preprocess: Preprocess, image_shape: tuple[int, int, int] | None
) -> tuple[Standardisation, int]:
    """Fit on `rows` training rows, which `read` gives block by block as (rows, features); and count constant features.

    center `feature`: each feature's mean. `image`: the mean image, an array of the image's shape as in AlexNet, which
    for flattened images are the same numbers. `channel`: one mean for each channel over all pixels, as in VGG (both:
    Stanford CS231n, Neural Networks Part 2). scale `feature`: sqrt(mean((x - mean)^2)) of each feature, and 1 where
    the feature is constant. Sums are in float64, and infinite where values are too large for them.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _fit(read, rows, preprocess, image_shape)


def _fit(
    read: Callable[[slice], Features], rows: int, preprocess: Preprocess, image_shape: tuple[int, int, int] | None
) -> tuple[Standardisation, int]:
    features = read(slice(0, 1)).shape[1]
    lowest, highest, total = np.full(features, np.inf), np.full(features, -np.inf), np.zeros(features)
    for x in ahead(map(read, blocks(rows, features))):
        lowest, highest = np.minimum(lowest, x.min(axis=0)), np.maximum(highest, x.max(axis=0))
        total += x.sum(axis=0)
    constant = lowest == highest
    # The rounded mean of equal values can miss them by a last bit; the difference must be exactly 0.
    feature_mean = np.where(constant, lowest, total / rows)

    scale = np.ones(features)
    if preprocess.scale == "feature":
        squares = np.zeros(features)
        for x in ahead(map(read, blocks(rows, features))):
            squares += np.square(x - feature_mean).sum(axis=0)
        scale = np.where(constant, 1.0, np.sqrt(squares / rows))
        # A spread too small for float64 to square would divide by 0.
        scale[scale == 0.0] = 1.0
    mean = _center(feature_mean, preprocess.center, image_shape)
    return Standardisation(mean, scale), int(np.count_nonzero(constant))


def _center(feature_mean: Features, center: Center, image_shape: tuple[int, int, int] | None) -> Features:
    if center == "none":
        return np.zeros_like(feature_mean)
    if center == "channel" and image_shape is not None:
        by_channel = feature_mean.reshape(-1, image_shape[2]).mean(axis=0)
        return np.tile(by_channel, image_shape[0] * image_shape[1])
    return feature_mean
