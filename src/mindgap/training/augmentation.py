"""Augmentation: training images moved and bent at random, by one resampling whatever the number of transforms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Pixels
from mindgap.errors import UserError
from mindgap.nn.arrays import Array
from mindgap.params.augment import Augment

# Points found at a time. Temporary arrays of this size are kept at hand by the allocator; those of a whole batch may be
# given back to the system and asked for again at every step, which takes longer than all arithmetic on them.
_POINTS = 6000


@dataclass(frozen=True)
class Points:
    """Where in the old images each pixel of the new ones is taken from, in pixels down and to the right of the centre.

    Both arrays are float32 and broadcast to (rows, height, width).
    """

    down: Array
    right: Array


def pixel_centres(height: int, width: int) -> Points:
    """The points of images that stay as they are."""
    down = np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)
    right = np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)
    return Points(down[None, :, None], right[None, None, :])


def move(points: Points, down: NDArray[np.floating], right: NDArray[np.floating]) -> Points:
    """Images moved by (rows,) pixels down and to the right."""
    return Points(points.down - _of_images(down), points.right - _of_images(right))


def turn(points: Points, degrees: NDArray[np.floating]) -> Points:
    """Images turned counter-clockwise about their centres by (rows,) degrees."""
    cosine, sine = _of_images(np.cos(np.deg2rad(degrees))), _of_images(np.sin(np.deg2rad(degrees)))
    return Points(
        cosine * points.down + sine * points.right,
        cosine * points.right - sine * points.down,
    )


def mirror(points: Points, mirrored: NDArray[np.bool_]) -> Points:
    """Images mirrored left for right where `mirrored` (rows,) says so."""
    return Points(points.down, points.right * _of_images(np.where(mirrored, -1.0, 1.0)))


def smoothing(size: int, sigma: float) -> Array:
    """A matrix (size, size) that averages along one side of an image with Gaussian weights; outside, values are 0."""
    reach = np.arange(-int(np.ceil(8 * sigma)), int(np.ceil(8 * sigma)) + 1)
    total = np.exp(-(reach**2) / (2 * sigma**2)).sum()
    apart = np.subtract.outer(np.arange(size), np.arange(size))
    weights: Array = np.exp(-(apart**2) / (2 * sigma**2)) / total
    return weights.astype(np.float32)


def resample(images: Array, points: Points) -> Array:
    """New images (rows, height, width, channels), whose pixels are taken at `points` of the old ones of that shape.

    Bilinear: between pixels, the four neighbours weigh by nearness. Outside the image all is 0.
    """
    rows, height, width, channels = images.shape
    # A border of zeros, so that no point needs a question whether it is inside.
    framed = np.zeros((channels, rows, height + 3, width + 3), np.float32)
    framed[:, :, 1 : height + 1, 1 : width + 1] = np.moveaxis(images, 3, 0)
    down = np.clip(points.down + np.float32((height + 1) / 2), 0, height + 1)
    right = np.clip(points.right + np.float32((width + 1) / 2), 0, width + 1)
    top, left = down.astype(np.int32), right.astype(np.int32)
    down, right = down - top, right - left
    first = (np.arange(rows) * ((height + 3) * (width + 3)))[:, None, None]
    index = top * (width + 3) + left + first
    new = np.empty((rows, height, width, channels), np.float32)
    for channel in range(channels):
        pixels = framed[channel].reshape(-1)
        upper = _between(pixels.take(index), pixels[1:].take(index), right)
        pixels = pixels[width + 3 :]
        lower = _between(pixels.take(index), pixels[1:].take(index), right)
        new[..., channel] = _between(upper, lower, down)
    return new


class Transform(Protocol):
    """One kind of change: whether the params ask for it, and its random draw for a batch."""

    @staticmethod
    def asked(params: Augment) -> bool:
        """Whether the params ask for it; otherwise none is made."""
        ...

    def __init__(self, params: Augment, height: int, width: int) -> None: ...

    def draw(self, points: Points, rows: int, random: np.random.Generator) -> Points:
        """The points of `rows` images after this change; all changes so far are in `points`."""
        ...


class Flip:
    """Mirrors each image with probability `flip`."""

    @staticmethod
    def asked(params: Augment) -> bool:
        """Unless its param is 0."""
        return params.flip > 0

    def __init__(self, params: Augment, height: int, width: int) -> None:
        self._probability = params.flip

    def draw(self, points: Points, rows: int, random: np.random.Generator) -> Points:
        """See `mirror`."""
        return mirror(points, random.random(rows) < self._probability)


class Shift:
    """Moves each image by whole pixels, evenly drawn from -shift..shift, in both directions."""

    @staticmethod
    def asked(params: Augment) -> bool:
        """Unless its param is 0."""
        return params.shift > 0

    def __init__(self, params: Augment, height: int, width: int) -> None:
        self._most = params.shift
        if self._most >= min(height, width):
            raise UserError(
                f"augment.shift: {self._most} pixels move images of {height}x{width} out of sight; write less than "
                f"{min(height, width)}."
            )

    def draw(self, points: Points, rows: int, random: np.random.Generator) -> Points:
        """See `move`."""
        down, right = random.integers(-self._most, self._most, (2, rows), endpoint=True)
        return move(points, down, right)


class Rotation:
    """Turns each image by an angle evenly drawn from -rotation..rotation degrees."""

    @staticmethod
    def asked(params: Augment) -> bool:
        """Unless its param is 0."""
        return params.rotation > 0

    def __init__(self, params: Augment, height: int, width: int) -> None:
        self._most = params.rotation

    def draw(self, points: Points, rows: int, random: np.random.Generator) -> Points:
        """See `turn`."""
        return turn(points, random.uniform(-self._most, self._most, rows))


class Elastic:
    """Bends each image: every pixel moves by alpha times noise from -1..1 that a Gaussian of width sigma has smoothed.

    Away from the border the standard deviation of a move, in each direction, is alpha / (sqrt(12 pi) sigma) pixels for
    sigma of a pixel and more. The noise ends with the image, so its border moves less. Source: Simard, Steinkraus and
    Platt (2003), Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis.
    """

    @staticmethod
    def asked(params: Augment) -> bool:
        """Unless its param is 0."""
        return params.elastic_alpha > 0

    def __init__(self, params: Augment, height: int, width: int) -> None:
        self._vertical = np.float32(params.elastic_alpha) * smoothing(height, params.elastic_sigma)
        self._horizontal = smoothing(width, params.elastic_sigma)

    def draw(self, points: Points, rows: int, random: np.random.Generator) -> Points:
        """Points moved by two smooth fields of their own an image."""
        height, width = len(self._vertical), len(self._horizontal)
        noise = random.random((2 * rows * height, width), dtype=np.float32)
        noise *= 2
        noise -= 1
        fields = np.matmul(self._vertical, (noise @ self._horizontal).reshape(2, rows, height, width))
        return Points(points.down + fields[0], points.right + fields[1])


TRANSFORMS: tuple[type[Transform], ...] = (Flip, Shift, Rotation, Elastic)
"""All transforms, in the order in which points pass through them; an image passes in the reverse order."""


class Augmentation:
    """The augmentation of prepared images, equal to that of the raw ones before they are prepared.

    A prepared pixel is pixel / scale + background (see `Pixels`); so the pixels are moved, and then prepared for their
    new places, and what comes in from outside is the background.
    """

    def __init__(self, transforms: Sequence[Transform], pixels: Pixels) -> None:
        self._transforms = transforms
        self._shape, self._background, self._scale = pixels.shape, pixels.background, pixels.scale

    def __call__(self, x: Array, random: np.random.Generator) -> Array:
        """A batch x (rows, features) changed by fresh draws, as a new array."""
        new = np.empty_like(x)
        step = max(1, _POINTS // (self._shape[0] * self._shape[1]))
        for start in range(0, len(x), step):
            new[start : start + step] = self._change(x[start : start + step], random)
        return new

    def _change(self, x: Array, random: np.random.Generator) -> Array:
        height, width, _ = self._shape
        points = pixel_centres(height, width)
        for transform in self._transforms:
            points = transform.draw(points, len(x), random)
        pixels = (x - self._background) * self._scale
        new = resample(pixels.reshape(len(x), *self._shape), points).reshape(x.shape)
        new /= self._scale
        new += self._background
        return new


def augmentation_of(params: Augment | None, pixels: Pixels | None) -> Augmentation | None:
    """What the params ask for; None where they ask for nothing.

    Raises UserError where rows that are no images are to be augmented, and for shifts beyond the image.
    """
    asked = [] if params is None else [transform for transform in TRANSFORMS if transform.asked(params)]
    if not asked or params is None:
        return None
    if pixels is None:
        raise UserError(
            "train.augment: only images can be augmented, and these rows are vectors (so are principal components). "
            "Remove train.augment, or the preprocess.pca that made vectors of images."
        )
    return Augmentation([transform(params, *pixels.shape[:2]) for transform in asked], pixels)


def _of_images(values: NDArray[Any]) -> Array:
    """(rows,) as float32 that broadcasts over pixels."""
    return np.asarray(values, np.float32)[:, None, None]


def _between(start: Array, end: Array, share: Array) -> Array:
    """start + share (end - start), written over `end`; exactly `start` where share is 0."""
    end -= start
    end *= share
    end += start
    return end
