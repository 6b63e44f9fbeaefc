"""Share: of a replicate's trainings, how many reach a value, or diverge."""

from collections.abc import Sequence

from pydantic import Field

from mindgap.claims.measures import Ranked, Span, reaches
from mindgap.params.base import Real
from mindgap.params.metric import Reading, SplitMetric
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Share(Ranked):
    """The share of a replicate's trainings, one for each point of a sweep, whose metric reaches a value at any time."""

    metric: SplitMetric = Field("val_accuracy", description="What is to be reached.")
    value: Real | None = Field(None, description="The value to reach; null: the share that diverged is asked.")

    def reads(self) -> list[Reading]:
        return [] if self.value is None else super().reads()

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        return Span.known(sum(map(self._counts, runs)) / len(runs))

    def _counts(self, run: ArmRun) -> bool:
        if self.value is None:
            return run.status == "diverged"
        return any(reaches(self.metric, found, self.value) for found in self.history(run, self.metric))

    @property
    def title(self) -> str:
        if self.value is None:
            return words("share that diverges")
        return words(f"share that reaches a {self.metric.replace('_', ' ')} of {self.value:g}")
