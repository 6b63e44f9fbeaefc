"""The prepared data set, as later stages read it: memory-mapped arrays and their description."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

SplitName = Literal["train", "val", "test"]


@dataclass(frozen=True)
class Split:
    """One split's rows: `x` float32 (rows, features), `y` int64 (rows,) class indices; both read-only memory maps."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]


@dataclass(frozen=True)
class Dataset:
    """What dataset.json says.

    `class_counts` are rows of each class by split; `duplicates` are, for "train_val", "train_test" and "val_test", the
    rows of the second split that occur identically in the first; `unseen_categories` are cells by split whose category
    the training rows lack; `image_shape` is (height, width, channels), None where the rows are no images.
    """

    name: str
    task: str
    classes: tuple[str, ...]
    features: int
    feature_names: tuple[str, ...] | None
    image_shape: tuple[int, int, int] | None
    rows: dict[str, int]
    class_counts: dict[str, list[int]]
    duplicates: dict[str, int]
    constant_features: int
    unseen_categories: dict[str, int]


def open_split(directory: Path, split: SplitName) -> Split:
    """Map one split of a prepared data set; nothing is read until it is used."""
    return Split(x=_map(directory / f"x_{split}.npy"), y=_map(directory / f"y_{split}.npy"))


def open_dataset(directory: Path) -> Dataset:
    """Read the description of a prepared data set."""
    fields: dict[str, Any] = json.loads((directory / "dataset.json").read_text(encoding="utf-8"))
    for name in ("classes", "feature_names", "image_shape"):
        if fields[name] is not None:
            fields[name] = tuple(fields[name])
    return Dataset(**fields)


@dataclass(frozen=True)
class Pixels:
    """How prepared rows are images: a prepared pixel is pixel / scale + background, both float32 (features,).

    Pixels lie in 0..1 (or are as they came, see Raw); `shape` is (height, width, channels).
    """

    shape: tuple[int, int, int]
    background: NDArray[np.float32]
    scale: NDArray[np.float32]


def open_pixels(directory: Path) -> Pixels | None:
    """How the rows of a prepared data set are images; None if they are none."""
    shape = open_dataset(directory).image_shape
    if shape is None:
        return None
    with np.load(directory / "preprocessing.npz", allow_pickle=False) as arrays:
        mean, scale = arrays["mean"], arrays["scale"]
    return Pixels(shape, (-mean / scale).astype(np.float32), scale.astype(np.float32))


def _map(path: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
