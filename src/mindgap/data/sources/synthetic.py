"""The source `synthetic`: points in the plane whose classes no line can separate, and a curve to be fitted."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mindgap.data.raw import Raw
from mindgap.params.sources.synthetic import Synthetic
from mindgap.streams import stream

Points = NDArray[np.float64]
Figure = Callable[[NDArray[np.int64], int, np.random.Generator], Points]


def digest(data: Synthetic, memory: Path | None = None) -> str:
    """A constant: params, seed and code, which are hashed elsewhere, determine the points."""
    return hashlib.sha256(b"mindgap synthetic").hexdigest()


def load(data: Synthetic, seed: int, scratch: Path | None = None) -> Raw:
    """A sine, or `rows` points (rows, 2) in classes of equal size (within one), with Gaussian noise on both."""
    generator = stream("synthetic", seed=seed)
    if data.kind == "sine":
        return sine(data, generator)
    y = np.arange(data.rows, dtype=np.int64) % data.classes
    x = FIGURES[data.kind](y, data.classes, generator)
    x = x + data.noise * generator.standard_normal(x.shape)
    return Raw(
        name=data.kind,
        origin=_origin(data),
        x=x,
        y=y,
        classes=tuple(str(label) for label in range(data.classes)),
        feature_names=("x", "y"),
    )


def sine(data: Synthetic, generator: np.random.Generator) -> Raw:
    """`rows` values x, uniform in -1..1 (rows, 1), and y = sin(2 pi x) with Gaussian noise: two waves."""
    x = generator.uniform(-1.0, 1.0, (data.rows, 1))
    y = np.sin(2 * np.pi * x[:, 0]) + data.noise * generator.standard_normal(data.rows)
    return Raw(name=data.kind, origin=_origin(data), x=x, y=y, classes=(), feature_names=("x",))


def moons(y: NDArray[np.int64], classes: int, generator: np.random.Generator) -> Points:
    """Two half circles of radius 1, the second turned over and moved to (1, 0.5)."""
    angle = np.pi * generator.random(len(y))
    upper = _polar(np.ones(len(y)), angle)
    points: Points = np.where(y[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
    return points


def spirals(y: NDArray[np.int64], classes: int, generator: np.random.Generator) -> Points:
    """Arms of one full turn each, evenly set: radius t, angle 2 pi (t + class / classes), t uniform in 0.1..1."""
    radius = generator.uniform(0.1, 1.0, len(y))
    angle = 2 * np.pi * (radius + y / classes)
    return _polar(radius, angle)


def xor(y: NDArray[np.int64], classes: int, generator: np.random.Generator) -> Points:
    """The square -1..1: class 0 where both coordinates have the same sign, class 1 where they differ."""
    x = generator.random((len(y), 2))
    side = np.where(generator.random(len(y)) < 0.5, -1.0, 1.0)
    points: Points = x * np.column_stack([side, np.where(y == 0, side, -side)])
    return points


def circles(y: NDArray[np.int64], classes: int, generator: np.random.Generator) -> Points:
    """Two rings around the origin: class 0 of radius 1, class 1 of radius 0.5."""
    angle = 2 * np.pi * generator.random(len(y))
    radius = np.where(y == 0, 1.0, 0.5)
    return _polar(radius, angle)


def _origin(data: Synthetic) -> str:
    return f"synthetic {data.kind} (data.source)"


def _polar(radius: NDArray[np.float64], angle: NDArray[np.float64]) -> Points:
    points: Points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return points


FIGURES: dict[str, Figure] = {"moons": moons, "spirals": spirals, "xor": xor, "circles": circles}
