"""Measures: what claims are about, one a file; each makes one number of a training."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from mindgap.errors import UserError
from mindgap.metrics import METRICS
from mindgap.params.base import Block
from mindgap.params.metric import Reading, SplitMetric, metric_of
from mindgap.registry import Registry
from mindgap.results.arm import Arm, ArmRun
from mindgap.tasks import cost


class Span(NamedTuple):
    """A number that lies between two others: both the same where it is known, one infinite where it was not reached."""

    low: float
    high: float

    @classmethod
    def at_least(cls, low: float) -> "Span":
        """A number of which only that is known."""
        return cls(low, inf)

    @classmethod
    def unknown(cls) -> "Span":
        """A number of which nothing is known, as of a training that diverged: it decides nothing, either way."""
        return cls(-inf, inf)

    @classmethod
    def known(cls, value: float) -> "Span":
        """A number that is known."""
        return cls(value, value)


class Measure(Block):
    """A measure; its fields are its settings."""

    @abstractmethod
    def reads(self) -> list[Reading]:
        """What it reads of the histories of all trainings."""

    def points(self) -> list[str]:
        """The params of a sweep or search whose values it reads."""
        return []

    def components(self) -> list[Path]:
        """The files of the metrics that it must know to be better where they are larger, or smaller."""
        return []

    @abstractmethod
    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        """The number of a replicate, which trained a network, or one for each value of a sweep, for so many epochs."""

    @staticmethod
    def history(run: ArmRun, name: str) -> list[Any]:
        """What a training's history holds by epoch. Raises UserError if that is nothing of this name."""
        if name not in run.history:
            raise UserError(f"measure: trainings have no {name!r}; they have: {', '.join(sorted(run.history))}")
        return run.history[name]

    @classmethod
    def kept(cls, run: ArmRun, name: str) -> float | None:
        """An entry at the epoch whose weights are kept; None of a training that diverged."""
        history = cls.history(run, name)
        return None if run.status == "diverged" or run.kept_epoch is None else history[run.kept_epoch]

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is, in words."""


class Ranked(Measure):
    """A measure by which values of a metric are better."""

    metric: SplitMetric

    def reads(self) -> list[Reading]:
        return [Reading(self.metric)]

    def components(self) -> list[Path]:
        return [METRICS.file(metric_of(self.metric))]


def reaches(metric: str, found: float | None, value: float) -> bool:
    """Whether what was found of a split's metric is at least as good as a value."""
    return found is not None and cost(metric, found) <= cost(metric, value)


def spans_of(measure: Measure, arm: Arm) -> list[Span]:
    """The number of each replicate of a slice, in their order."""
    replicates: dict[int, list[ArmRun]] = {}
    for run in arm.runs:
        replicates.setdefault(run.replicate, []).append(run)
    return [measure.of(runs, arm.epochs) for runs in replicates.values()]


MEASURES: Registry[type[Measure]] = Registry(__name__)


def measure_of(named: Mapping[str, Mapping[str, Any]]) -> Measure:
    """The measure of a name and its settings."""
    ((name, settings),) = named.items()
    return MEASURES[name].model_validate(settings)
