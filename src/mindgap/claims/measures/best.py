"""Best: what a replicate's best training reaches, of a search or of a sweep."""

from collections.abc import Sequence
from math import inf

from pydantic import Field

from mindgap.claims.measures import Ranked, Span
from mindgap.params.metric import SplitMetric
from mindgap.results.arm import ArmRun
from mindgap.tasks import cost
from mindgap.words import words


class Best(Ranked):
    """The best value at the kept epoch of all of a replicate's trainings; infinitely bad where all diverged."""

    metric: SplitMetric = Field("val_accuracy", description="Of which metric.")

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        there = [value for run in runs if (value := self.kept(run, self.metric)) is not None]
        worst = inf * cost(self.metric, 1.0)
        return Span.known(min(there, key=lambda value: cost(self.metric, value), default=worst))

    @property
    def title(self) -> str:
        return words(f"best {self.metric.replace('val_', 'validation ').replace('train_', 'training ')}")
