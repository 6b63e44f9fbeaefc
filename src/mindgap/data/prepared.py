"""The prepared data set, as later stages read it: memory-mapped arrays and their description."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mindgap.data.coded import Coded
from mindgap.params.base import TaskName, TransformName
from mindgap.store.documents import Document, read_arrays, write_arrays

SplitName = Literal["train", "val", "test"]

_PIXELS, _BY_PIXEL = "pixels.npz", ("background", "scale")


@dataclass(frozen=True)
class Split:
    """One split's rows: `x` float32 (rows, features) and `y` (rows,), both read-only memory maps, or `x` is `Coded`.

    `y` is int64 class indices, of which these are the `classes`, or, for regression, the standardised target in
    float32, of which 1 is `unit` in the user's units, in which it may be off by the `tolerance`. Training rows may
    have `weights` float64 (rows,).
    """

    x: NDArray[np.float32] | Coded
    y: NDArray[Any]
    unit: float = 1.0
    classes: tuple[str, ...] = ()
    weights: NDArray[np.float64] | None = None
    tolerance: float | None = None


@dataclass(frozen=True)
class Target:
    """What a regression predicts: its name, and its mean and standard deviation on the training rows.

    `splits` are, for "train", "val" and "test", the values' "mean", "std", "least" and "greatest". All numbers are in
    the user's units.
    """

    name: str
    mean: float
    scale: float
    splits: dict[str, dict[str, float]]

    def standardise(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """(value - mean) / scale, rounded to float32: what a network is trained on, of the same shape."""
        with np.errstate(over="ignore"):
            standardised: NDArray[np.float32] = ((values - self.mean) / self.scale).astype(np.float32)
        return standardised

    def restore(self, standardised: NDArray[Any]) -> NDArray[np.float64]:
        """What standardised values of any shape are in the user's units."""
        values: NDArray[np.float64] = standardised.astype(np.float64) * self.scale + self.mean
        return values


@dataclass(frozen=True)
class Dataset(Document):
    """What a prepared data set is: the stage `prepare` writes it.

    `class_counts` are rows of each class by split; `duplicates` are, for "train_val", "train_test" and "val_test", the
    rows of the second split that occur identically in the first; `unseen_categories` are cells by split whose category
    the training rows lack, and `identifiers` the columns where that is more than half of the validation cells;
    `image_shape` is (height, width, channels), None where the rows are no images. Where `task`
    is regression, there is a `target`, and `classes` and `class_counts` are empty; otherwise `target` is None. Of each
    class a split has the same share, but for the test split where that is `test_given` by the source, and for training
    rows of which `wrong_targets` have a label or a target that was made wrong on purpose, and for rows that are
    `split_by` the groups or the times of a column. Training rows count by the column `weight`, if there is one. A
    regression may be off by the `tolerance`, in the user's units. Columns of numbers are transformed as `transform`
    says, see `variant`.
    """

    FILE = "dataset.json"

    name: str
    task: TaskName
    classes: tuple[str, ...]
    features: int
    feature_names: tuple[str, ...] | None
    image_shape: tuple[int, int, int] | None
    rows: dict[str, int]
    class_counts: dict[str, list[int]]
    duplicates: dict[str, int]
    constant_features: int
    unseen_categories: dict[str, int]
    identifiers: tuple[str, ...]
    target: Target | None
    test_given: bool = False
    wrong_targets: int = 0
    split_by: tuple[Literal["group", "time"], str] | None = None
    weight: str | None = None
    tolerance: float | None = None
    transform: TransformName = "none"

    @property
    def outputs(self) -> int:
        """Outputs of a network: one a class, or one for a target."""
        return len(self.classes) if self.target is None else 1


def variant(directory: Path, transform: str | None) -> Path:
    """The folder of the prepared data set whose numbers are transformed so; None: as the study has it.

    Where a search goes through transforms, each variant of a prepared data set is a whole one, with the same rows in
    the same order: that of the study in the folder itself, others in folders of their names in there.
    """
    if transform is None or transform == Dataset.read(directory).transform:
        return directory
    return directory / transform


def array_path(directory: Path, array: Literal["x", "y", "rows", "groups", "weights"], split: str) -> Path:
    """The file of one of a split's arrays."""
    return directory / f"{array}_{split}.npy"


def table_path(directory: Path) -> Path:
    """The file of the table of coded rows."""
    return directory / "x_table.npy"


def is_coded(directory: Path) -> bool:
    """Whether a prepared data set holds its rows as codes, see `Coded`."""
    return table_path(directory).is_file()


def open_split(directory: Path, split: SplitName) -> Split:
    """Map one split of a prepared data set; of its rows, nothing is read until it is used."""
    dataset = Dataset.read(directory)
    target, weights = dataset.target, array_path(directory, "weights", split)
    return Split(
        x=open_features(directory, split),
        y=_map(array_path(directory, "y", split)),
        unit=1.0 if target is None else target.scale,
        classes=dataset.classes,
        weights=_map(weights) if weights.is_file() else None,
        tolerance=dataset.tolerance,
    )


def open_features(directory: Path, split: SplitName) -> NDArray[np.float32] | Coded:
    """The rows of a split alone, as it has them."""
    x = _map(array_path(directory, "x", split))
    return Coded(np.asarray(x), np.asarray(_map(table_path(directory)))) if is_coded(directory) else x


def open_rows(directory: Path, split: SplitName) -> NDArray[np.int64]:
    """The numbers, counted from 0, that a split's rows have in the source."""
    return _map(array_path(directory, "rows", split))


def open_groups(directory: Path, split: SplitName) -> NDArray[np.int64] | None:
    """The group of each of a split's rows, (rows,); None where rows are not split by groups."""
    path = array_path(directory, "groups", split)
    return _map(path) if path.is_file() else None


@dataclass(frozen=True)
class Pixels:
    """How prepared rows are images: a prepared pixel is pixel / scale + background, both float32 (features,).

    Pixels lie in 0..1 (or are as they came, see Raw); `shape` is (height, width, channels).
    """

    shape: tuple[int, int, int]
    background: NDArray[np.float32]
    scale: NDArray[np.float32]

    def write(self, folder: Path) -> None:
        """Write pixels.npz."""
        write_arrays(folder / _PIXELS, {"shape": np.array(self.shape), **{n: getattr(self, n) for n in _BY_PIXEL}})


def open_pixels(directory: Path) -> Pixels | None:
    """How the rows of a prepared data set are images; None if they are none."""
    if not (directory / _PIXELS).is_file():
        return None
    arrays = read_arrays(directory / _PIXELS)
    height, width, channels = arrays["shape"].tolist()
    return Pixels((height, width, channels), **{name: arrays[name] for name in _BY_PIXEL})


def _map(path: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
