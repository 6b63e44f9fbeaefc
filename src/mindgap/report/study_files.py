"""The files of a finished study, read once for its figures, its report and its summary."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from mindgap.errors import UserError
from mindgap.nn.architecture import Architecture
from mindgap.params.run import RunSpec
from mindgap.tasks import Task

Record = dict[str, Any]
Rows = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """One level of the search: what was collected (`search.json`), and its trials in order (`trials.json`)."""

    summary: Record
    trials: list[Record]


@dataclass(frozen=True)
class StudyFiles:
    """What the stages of a study wrote; `levels` is empty for a study without search.

    `parameters` has a row for each seed of the winner, laid out as its `architecture` says. `units` has the features,
    the hidden units, and the outputs: the classes, or 1. `predictions` is empty for classification; for
    regression it has, for val and test, `<split>_rows`, their numbers in the source, and in the target's units
    `<split>_measured`, (rows,), and `<split>_predicted`, (seeds, rows).
    """

    dataset: Record
    gates: list[Record]
    levels: dict[str, Level]
    train: Record
    runs: list[Record]
    evaluation: Record
    units: tuple[int, ...]
    parameters: npt.NDArray[np.float32]
    predictions: dict[str, npt.NDArray[Any]]

    @classmethod
    def load(cls, prepare: Path, check: Path, searches: dict[str, Path], train: Path, evaluate: Path) -> Self:
        """Read the stages' folders; `searches` maps the levels' names to their folders, in order.

        Raises UserError where a file is absent or broken.
        """
        dataset, model = _json(prepare / "dataset.json"), _arrays(train / "model.npz", "units", "parameters")
        names = [f"{split}_{kind}" for split in ("val", "test") for kind in ("rows", "measured", "predicted")]
        return cls(
            dataset=dataset,
            gates=_json(check / "check.json")["gates"],
            levels={
                name: Level(_json(folder / "search.json"), _json(folder / "trials.json")["trials"])
                for name, folder in searches.items()
            },
            train=_json(train / "train.json"),
            runs=_json(train / "runs.json")["runs"],
            evaluation=_json(evaluate / "evaluation.json"),
            units=tuple(model["units"].tolist()),
            parameters=model["parameters"],
            predictions=_arrays(evaluate / "predictions.npz", *names) if dataset["task"] == "regression" else {},
        )

    @property
    def task(self) -> Task:
        """Whether classes are predicted, or a number."""
        task: Task = self.dataset["task"]
        return task

    @property
    def target(self) -> Record | None:
        """What regression predicts: its name, and its mean and scale on the training rows; None for classification."""
        target: Record | None = self.dataset["target"]
        return target

    @property
    def test_predictions(self) -> tuple[Rows, Rows]:
        """Regression's test rows, measured and as the first seed predicts them, both (rows,)."""
        return self.predictions["test_measured"], self.predictions["test_predicted"][0]

    @property
    def objective(self) -> str:
        """What the study picks by, such as `val_accuracy`."""
        return str(self.train["objective"])

    @property
    def architecture(self) -> Architecture:
        """The winner's architecture."""
        model = RunSpec(**self.evaluation["spec"], seed=0).model
        return model.architecture(self.units[0], self.units[-1])

    @property
    def winner(self) -> Record:
        """The candidate that won the final training."""
        candidates: list[Record] = self.train["candidates"]
        return next(entry for entry in candidates if entry["candidate"] == self.train["winner"])

    @property
    def winner_runs(self) -> list[Record]:
        """The winner's runs that did not diverge, by seed."""
        ours = [run for run in self.runs if run["candidate"] == self.train["winner"] and run["status"] != "diverged"]
        return sorted(ours, key=lambda run: int(run["replicate"]))


def _json(path: Path) -> Record:
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return record


def _arrays(path: Path, *names: str) -> dict[str, npt.NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UserError:
    return UserError(
        f"{path}: this result cannot be read ({error}). Run `mindgap verify --repair` to remove what is broken, then "
        "`snakemake` to compute it again."
    )
