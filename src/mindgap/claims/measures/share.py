"""Share: of a sweep's values, how many train a network that reaches a value."""

from collections.abc import Sequence

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.params.base import Real
from mindgap.results.arm import ArmRun
from mindgap.tasks import cost
from mindgap.words import words


class Share(Measure):
    """The share of a sweep's trainings whose metric is at least as good as a value in any epoch."""

    metric: str = Field("val_accuracy", description="What is to be reached.")
    value: Real = Field(description="The value to reach.")

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        name = self.metric.removeprefix("train_").removeprefix("val_")
        wanted = cost(name, self.value)
        reached = [
            any(found is not None and cost(name, found) <= wanted for found in self.history(run, self.metric))
            for run in runs
        ]
        return Span.known(sum(reached) / len(reached))

    @property
    def title(self) -> str:
        return words(f"share that reaches a {self.metric.replace('_', ' ')} of {self.value:g}")
