"""A finished study: what its stages wrote, read once for its figures, its report and its summary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from mindgap.data.coded import Coded
from mindgap.data.identifiers import Identifiers
from mindgap.data.overview import Overview
from mindgap.data.prepared import Dataset, Pixels, Target, open_features, open_pixels, variant
from mindgap.nn.architecture import NONE, Architecture
from mindgap.nn.ensemble import together
from mindgap.nn.losses import LOSSES
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.results.baselines import Baselines, Tuned
from mindgap.results.check import Check, GateResult
from mindgap.results.evaluation import Evaluation, FoldEvaluation, Predictions
from mindgap.results.level import Level
from mindgap.results.reliance import Reliance
from mindgap.results.runs import FinalRun, Runs
from mindgap.results.training import Candidate, Training
from mindgap.results.trials import Trial, Trials
from mindgap.results.view import View
from mindgap.results.weights import read_weights
from mindgap.stages.leading import Leading, leading
from mindgap.stages.verdict import Verdict, verdict
from mindgap.streams import stream
from mindgap.tasks import TASKS, Task
from mindgap.training.networks import population_of
from mindgap.training.saliency import untrained

SOME = 1024
"""Rows at most that are looked through."""


@dataclass(frozen=True)
class Images:
    """Validation rows that are images: `rows`, as networks see them, and `pixels`, which say how they are images."""

    rows: npt.NDArray[np.float32] | Coded
    pixels: Pixels

    @classmethod
    def of(cls, prepared: Path) -> "Images | None":
        """Those of a prepared data set, if they are images; of a memory map, nothing is read until it is used."""
        pixels = open_pixels(prepared)
        return None if pixels is None else cls(open_features(prepared, "val"), pixels)

    @property
    def some(self) -> npt.NDArray[np.float32]:
        """The first rows, as many as are looked through for those that excite a filter."""
        return np.ascontiguousarray(self.rows[:SOME])

    def shown(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Rows as people see them, (rows, height, width), the mean of their channels."""
        pixels = (rows - self.pixels.background) * self.pixels.scale
        seen: npt.NDArray[np.float32] = pixels.reshape(len(rows), *self.pixels.shape).mean(axis=3)
        return seen

    @property
    def drawn(self) -> str:
        """How people see them, in words."""
        return "black where a pixel is largest" + (
            " (mean over the colour channels)" if self.pixels.shape[2] > 1 else ""
        )


@dataclass(frozen=True)
class FinishedStudy:
    """What the stages of a study wrote.

    `levels` and `trials` are by the search's levels, in order; empty for a study without search. `weights` has a row
    for each of the winner's replicates, laid out as its `architecture` says. Only of a table there is an `overview`.
    Where there are folds, all but the `evaluation` and the `predictions` are of the first. `folding` says how rows are
    split where nobody asked for it. The `dataset` is prepared as the winner has it; baselines that were not
    tuned to another see numbers by the `given_transform`. `tuned` says of baselines how they were. `ids` are what test
    rows are called, by column, in the order of the predictions.
    """

    dataset: Dataset
    gates: tuple[GateResult, ...]
    levels: dict[str, Level]
    trials: dict[str, tuple[Trial, ...]]
    training: Training
    runs: Runs
    evaluation: Evaluation
    weights: npt.NDArray[np.float32]
    predictions: Predictions
    images: Images | None = None
    overview: Overview | None = None
    reliance: Reliance = field(default_factory=lambda: Reliance("", {}, ()))
    folding: str | None = None
    given_transform: str = "none"
    tuned: dict[str, Tuned] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, view: View) -> Self:
        """Read the stages' folders. Raises UserError where a file is absent or broken."""
        stages = view.stages
        training = Training.read(stages["train"])
        data = variant(stages["prepare"], RunSpec(**training.won.spec, seed=0).preprocess.transform)
        return cls(
            dataset=Dataset.read(data),
            gates=Check.read(stages["check"]).gates,
            levels={name: Level.read(folder) for name, folder in view.levels.items()},
            trials={name: Trials.read(folder).trials for name, folder in view.levels.items()},
            training=training,
            runs=Runs.read(stages["train"]),
            evaluation=Evaluation.read(stages["evaluate"]),
            weights=np.stack(read_weights(stages["train"])),
            predictions=Predictions.read(stages["evaluate"]),
            images=Images.of(data),
            overview=Overview.of(data),
            reliance=Reliance.read(stages["evaluate"]),
            folding=view.folding,
            given_transform=Dataset.read(stages["prepare"]).transform,
            tuned=Baselines.read(stages["baselines"]).tuned,
            ids=_identifiers(stages),
        )

    @property
    def task(self) -> Task:
        """What was asked of the network."""
        return TASKS[self.dataset.task]

    @cached_property
    def leading(self) -> Leading:
        """The metrics that lead."""
        return leading(self.evaluation)

    @property
    def folds(self) -> tuple[FoldEvaluation, ...]:
        """What each fold reaches by itself; none where there is one split."""
        return self.evaluation.folds

    @property
    def thresholds(self) -> npt.NDArray[np.float64] | None:
        """By which the networks decide on test rows, (seeds, rows), or (seeds, 1) where there is one split; if any."""
        return self._by_test_row("thresholds")

    @property
    def temperatures(self) -> npt.NDArray[np.float64] | None:
        """By which their outputs are divided, of the same shape, if they are."""
        return self._by_test_row("temperatures")

    def _by_test_row(self, name: Literal["thresholds", "temperatures"]) -> npt.NDArray[np.float64] | None:
        if not getattr(self.training, name):
            return None
        if not self.folds:
            return np.array(getattr(self.training, name))[:, None]
        return np.array([getattr(fold, name) for fold in self.folds]).T[:, self.predictions.test.folds]

    @property
    def target(self) -> Target | None:
        """What regression predicts; None for classification."""
        return self.dataset.target

    @property
    def objective(self) -> str:
        """What the study picks by, such as `val_accuracy`."""
        return self.training.objective

    @cached_property
    def verdict(self) -> Verdict:
        """What the evaluation says."""
        return verdict(self.evaluation)

    @property
    def architecture(self) -> Architecture:
        """The winner's architecture."""
        return self.spec.model.architecture(self.dataset.features, self.dataset.outputs, self.dataset.image_shape)

    def winner(self, place: int = 0) -> Population:
        """The network of the first seed, or of another place among them, for as many rows as are measured at a time."""
        dataset = self.dataset
        found = population_of([self.spec], dataset.features, dataset.outputs, 1, image=dataset.image_shape)
        found.values[:] = self.weights[place]
        return found

    def untrained(self, place: int = 0) -> Population:
        """A network like the winner of a seed, of random weights that none was trained from."""
        return untrained(self.winner(place), self.spec, self.draws(place))

    def draws(self, place: int) -> np.random.Generator:
        """What is drawn to look into the network of a seed; no training draws it."""
        return stream("probe", seed=0, replicate=self.evaluation.replicates[place])

    @property
    def spec(self) -> RunSpec:
        """The winner's, but for its seed."""
        return RunSpec(**self.evaluation.spec, seed=0)

    @property
    def units(self) -> tuple[int, ...]:
        """The features, the hidden units, and the outputs: the classes, or 1."""
        return self.architecture.units

    @property
    def network(self) -> str:
        """The network in short: features, filters of each block with their kernel, and units."""
        features, *dense = self.units
        blocks = [f"{block.filters}@{block.kernel}×{block.kernel}" for block in self.architecture.blocks]
        return "–".join(map(str, [features, *blocks, *dense]))

    @property
    def layer_names(self) -> list[str]:
        """What the layers with weights are called: blocks of convolution, hidden layers, and the output layer."""
        blocks, hidden = len(self.architecture.blocks), len(self.architecture.hidden)
        dense = (f"hidden layer {number}" for number in range(1, hidden - blocks + 1))
        return [*(f"block {number}" for number in range(1, blocks + 1)), *dense, "output layer"]

    @property
    def layer_kinds(self) -> list[str]:
        """What each of them consists of."""
        blocks = [
            f"{block.filters} filters of {block.kernel} × {block.kernel}"
            + (f", stride {block.stride}" if block.stride > 1 else "")
            + (f", padding {block.padding}" if block.padding else "")
            + (f", {block.pooling} of {block.pool_size} × {block.pool_size}" if block.pooling != NONE else "")
            for block in self.architecture.blocks
        ]
        *hidden, outputs = self.units[1:]
        return [
            *blocks,
            *(f"{units} units" for units in hidden),
            f"{outputs} {'output' if outputs == 1 else 'outputs'}",
        ]

    def retrained(self, level: Level) -> Candidate | None:
        """A level's best trial as a candidate, trained again over the replicates; None but at the last level."""
        own = (level.level, level.best.number)
        return next((entry for entry in self.training.candidates if (entry.level, entry.trial) == own), None)

    @property
    def likely(self) -> bool:
        """Whether outputs are logits of probabilities, in all folds, whose searches may have found other losses."""
        return all(map(self._likely, [fold.spec for fold in self.folds] or [self.evaluation.spec]))

    def _likely(self, spec: dict[str, Any]) -> bool:
        return self.target is None and LOSSES[spec["train"]["loss"]].probabilities

    @property
    def saves_ensemble(self) -> bool:
        """Whether the saved model is the ensemble of all seeds; or else the network of the first."""
        return self.training.save == "ensemble"

    def said(self, predicted: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """What the saved model, of folds that of each fold, says of test rows, of what the networks say.

        That is values (seeds, rows), or outputs (seeds, rows, classes); the first axis is gone.
        """
        if not self.saves_ensemble:
            return np.asarray(predicted[0], np.float64)
        found = together(predicted, probabilities=self._likely(self.evaluation.spec))
        for place, fold in enumerate(self.folds):
            own = self.predictions.test.folds == place
            found[own] = together(predicted[:, own], probabilities=self._likely(fold.spec))
        return found

    @property
    def said_by(self) -> str:
        """Who says it, in words."""
        return "the ensemble" if self.saves_ensemble else "the first seed"

    @property
    def saved_thresholds(self) -> npt.NDArray[np.float64] | None:
        """The margins above which the saved model decides for the second of two classes on test rows, (1, rows).

        Where there are folds, it is that of each row's fold; elsewhere (1, 1). None where none was chosen.
        """
        if not self.saves_ensemble:
            return None if self.thresholds is None else self.thresholds[:1]
        if self.training.together is None:
            return None
        if not self.folds:
            return np.array([[self.training.together]])
        return np.array([[fold.together for fold in self.folds]])[:, self.predictions.test.folds]

    @property
    def winner_runs(self) -> list[FinalRun]:
        """The winner's runs, by replicate; none of them diverged."""
        return self.runs.of(self.training.winner)


def _identifiers(stages: Mapping[str, Path]) -> dict[str, list[str]]:
    """What the test rows are called, those of one fold after those of the other."""
    prepared = [folder for name, folder in stages.items() if name.partition("@")[0] == "prepare"]
    found = [own for own in map(Identifiers.of, prepared) if own is not None]
    names = found[0].names if found else ()
    return {name: [cell for own in found for cell in own.cells[place]] for place, name in enumerate(names)}
