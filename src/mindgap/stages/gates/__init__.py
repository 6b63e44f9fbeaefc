"""The gates of the stage `check`, one a file: each asks the network one question before time is spent on it.

A gate is one module here; `check`, the messages and the report find it by its name.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Pixels, Split, open_pixels
from mindgap.nn.losses import Loss, Targets
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.registry import Registry
from mindgap.results.check import GateResult
from mindgap.streams import EpochDraws, Origins
from mindgap.training.measure import chunk_of
from mindgap.training.networks import initialize_runs, population_of

TRAIN_ROWS, VAL_ROWS = 2000, 1000
"""How many rows of each split the gate `permutation` takes: the first, which are in random order."""


@dataclass(frozen=True)
class Case:
    """What is asked about: the study's run, its training rows, a few of them that all differ, and the outputs.

    `params` are the check's, and `data` the folder of the prepared data set, for gates that read more.
    """

    run: RunSpec
    train: Split
    few: Split
    outputs: int
    params: Mapping[str, Any]
    data: Path

    @property
    def features(self) -> int:
        """Features of a row."""
        return int(self.train.x.shape[1])

    @property
    def pixels(self) -> Pixels | None:
        """How rows are images, if they are."""
        return open_pixels(self.data)

    @property
    def image(self) -> tuple[int, int, int] | None:
        """(height, width, channels) of the images that rows are."""
        return None if self.pixels is None else self.pixels.shape

    def in_float64(self) -> Population:
        """The study's network, initialised, in double precision and without dropout, for batches of some rows."""
        single = population_of([self.run], self.features, self.outputs, 1, image=self.image)
        initialize_runs(single, [self.run])
        rows = chunk_of(single.architecture) if single.architecture.blocks else 1000
        double = Population(single.architecture, [self.run.settings()["leak"]], rows, dtype=np.float64)
        double.values[:] = single.values
        return double


class Gate(ABC):
    """One question. What it measures is written, and what it says of that is not."""

    question: ClassVar[str]

    params: ClassVar[tuple[str, ...]] = ()
    """The train params of the study's run that it reads, beside those of the loss; it sees the others' defaults."""

    @staticmethod
    def runs(run: RunSpec, task: str) -> list[RunSpec]:
        """The runs that it trains beside the study's own, whose components its key has to hold."""
        return []

    @classmethod
    @abstractmethod
    def ask(cls, case: Case) -> GateResult:
        """Measure."""

    @staticmethod
    @abstractmethod
    def expected(result: GateResult) -> str:
        """What would have been right, in words."""

    @staticmethod
    @abstractmethod
    def explanation(result: GateResult) -> str:
        """What the figures say, or where to look."""


GATES: Registry[type[Gate]] = Registry(__name__, suffix="gate")


ON_REQUEST = ("permutation",)
"""The gates that are asked only where the check's params hold some of the gate's name."""


def gates_of(params: Collection[str]) -> list[str]:
    """The names of the gates that a check of these params asks."""
    return [name for name in GATES if name not in ON_REQUEST or name in params]


NO_DRAWS = EpochDraws(Origins([(0, 0)]), epoch=0)
"""For training passes in which nothing is random."""


def objective(population: Population, x: NDArray[np.float64], targets: Targets, l2: float, loss: Loss) -> float:
    """Mean loss of the rows plus l2/2 times the sum of squared weights."""
    squares = float((population.parameters[:, : population.architecture.weights] ** 2).sum())
    outputs: NDArray[Any] = population.forward(x, NO_DRAWS)  # as in training: batch normalisation by this batch
    return float(loss.values(outputs, targets).mean()) + l2 / 2 * squares
