"""What the stage `evaluate` writes: the winner measured on all splits."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
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
class FoldEvaluation:
    """A fold by itself: its `number`, from 1, in a cut of all rows, and the number of the cut, which is its `repeat`.

    `rows` are by split; `params` are those that its search found, and `spec` all. `metrics` are by split and name, for
    each seed, and those of the ensemble are `shared`, of several seeds. `thresholds`, `temperatures` and `together` are
    those of its networks, see `Training`, and `duplicates` those of its rows, see `Dataset`.
    """

    repeat: int
    number: int
    rows: dict[str, int]
    params: dict[str, Any]
    spec: dict[str, Any]
    metrics: dict[str, dict[str, list[float]]]
    baselines: BaselineScores
    thresholds: tuple[float, ...] = ()
    temperatures: tuple[float, ...] = ()
    together: float | None = None
    shared: dict[str, dict[str, float]] | None = None
    duplicates: dict[str, int] = field(default_factory=dict)

    def saved(self, save: str) -> dict[str, dict[str, float]]:
        """The metrics by split and name of what the fold would save, see `Evaluation.saved`."""
        if self.shared is not None and save == "ensemble":
            return self.shared
        return {split: {name: own[0] for name, own in metrics.items()} for split, metrics in self.metrics.items()}

    def mean(self, split: str, metric: str) -> float:
        """A metric's mean over the seeds."""
        return float(np.mean(self.metrics[split][metric]))


def overlap(folds: Sequence[FoldEvaluation]) -> float:
    """The rows of the test over all others, in the mean over the folds."""
    return float(np.mean([fold.rows["test"] / (fold.rows["train"] + fold.rows["val"]) for fold in folds]))


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

    Where there are `folds`, statistics are over them, and values those of each fold, the means over its seeds; those of
    baselines are means over the folds, and `confusion` counts all of them. All else is of the first fold.
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
    folds: tuple[FoldEvaluation, ...] = ()

    def saved(self, save: str) -> dict[str, dict[str, float]]:
        """The metrics by split and name of the saved model, that of the `first` seed or the `ensemble`; of folds, that
        of the first."""
        if self.folds:
            return self.folds[0].saved(save)
        found = self.ensemble.metrics if self.ensemble is not None and save == "ensemble" else self.metrics
        return {split: {name: own.values[0] for name, own in metrics.items()} for split, metrics in found.items()}

    @property
    def overlap(self) -> float:
        """How much folds overlap, see `overlap`."""
        return overlap(self.folds)

    @property
    def repeats(self) -> int:
        """How often each row is a test row, if it is one."""
        return max((fold.repeat for fold in self.folds), default=1)


@dataclass(frozen=True)
class SplitPredictions:
    """What the networks say of a split's rows, whose numbers in the source are `rows` (rows,).

    Where there are folds, `folds` (rows,) are the places of those in which a row is of the split, and whose networks
    say it; elsewhere there are none. Of a regression `measured` (rows,) and `predicted` (replicates, rows) are in the
    target's units. Of classes `measured` are the labels, and `predicted` (replicates, rows, classes) the networks'
    outputs, float32.
    """

    rows: NDArray[np.int64]
    measured: NDArray[Any]
    predicted: NDArray[Any]
    folds: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


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
        arrays, names = read_arrays(folder / cls.FILE), [own.name for own in fields(SplitPredictions)]
        try:
            val, test = (
                SplitPredictions(**{name: arrays[f"{split}_{name}"] for name in names}) for split in ("val", "test")
            )
        except KeyError as error:
            raise unreadable(folder / cls.FILE, f"no array {error}") from error
        return cls(val, test)
