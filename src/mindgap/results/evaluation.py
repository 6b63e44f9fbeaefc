"""What the stage `evaluate` writes: the winner measured on all splits."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mindgap.results.statistic import Statistic
from mindgap.store.documents import Document, plain, read_arrays, unreadable, write_arrays

Rows = NDArray[np.float64]

BaselineScores = dict[str, dict[str, dict[str, float]]]
"""A baseline's metrics, by its name, split and metric."""

Statistics = dict[str, Statistic]
"""By metric."""


@dataclass(frozen=True)
class Ensemble:
    """What the networks reach together, by split and metric, and on test rows by how much more than one of them does.

    No interval here covers what ensembles of other seeds would reach.
    """

    metrics: dict[str, Statistics]
    advantage: Statistics


@dataclass(frozen=True)
class Evaluation(Document):
    """The winner's metrics by split and name, and all that they are held against.

    `params` are those that were searched, `spec` all of `model` and `train`. Networks were chosen by validation rows,
    so that `gap`, training minus validation by metric, is optimistic; `test_gap`, training minus test, is not.
    `overfitting_epoch` is that after which validation loss only gets worse, None where there is none. `confusion`
    counts val and test rows by true (row) and predicted (column) class over all replicates; a regression has none.
    `advantage` is by how much the networks are better than a baseline on test rows, by its name and metric. The runs
    were chosen by the `objective`; `class_counts` are training rows of each class. Of several replicates there is an
    `ensemble`.
    """

    FILE = "evaluation.json"

    task: str
    params: dict[str, Any]
    spec: dict[str, Any]
    replicates: tuple[int, ...]
    metrics: dict[str, Statistics]
    gap: Statistics
    test_gap: Statistics
    overfitting_epoch: int | None
    confusion: dict[str, list[list[int]]]
    baselines: BaselineScores
    advantage: dict[str, Statistics]
    objective: str = ""
    class_counts: tuple[int, ...] = ()
    ensemble: Ensemble | None = None

    def saved(self, save: str) -> dict[str, Statistics]:
        """Metrics by split and name of which the first value is the saved model's: that of `first` or `ensemble`."""
        return self.ensemble.metrics if save == "ensemble" and self.ensemble is not None else self.metrics


@dataclass(frozen=True)
class SplitPredictions:
    """What the networks say of a split's rows, whose numbers in the source are `rows` (rows,).

    Of a regression `measured` (rows,) and `predicted` (replicates, rows) are in the target's units. Of classes
    `measured` are the labels, and `predicted` (replicates, rows, classes) the networks' outputs, float32.
    """

    rows: NDArray[np.int64]
    measured: NDArray[Any]
    predicted: NDArray[Any]


@dataclass(frozen=True)
class Predictions:
    """The predictions of the validation and the test rows."""

    val: SplitPredictions
    test: SplitPredictions

    FILE = "predictions.npz"

    def write(self, folder: Path) -> None:
        """Write into a folder: arrays `<split>_<field>`."""
        splits = {"val": self.val, "test": self.test}
        arrays = {f"{split}_{name}": array for split, own in splits.items() for name, array in plain(own).items()}
        write_arrays(folder / self.FILE, arrays)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` wrote. Raises UserError for a file that is absent or broken."""
        arrays, names = read_arrays(folder / cls.FILE), [field.name for field in fields(SplitPredictions)]
        try:
            val, test = (
                SplitPredictions(**{name: arrays[f"{split}_{name}"] for name in names}) for split in ("val", "test")
            )
        except KeyError as error:
            raise unreadable(folder / cls.FILE, f"no array {error}") from error
        return cls(val, test)
