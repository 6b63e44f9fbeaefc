"""Epochs to: how long a training takes to reach a value."""

from collections.abc import Sequence

from pydantic import Field

from mindgap.claims.measures import Ranked, Span, reaches
from mindgap.params.base import Integer, Real
from mindgap.params.metric import SplitMetric
from mindgap.results.arm import ArmRun
from mindgap.words import words


class EpochsTo(Ranked):
    """The first epoch whose metric is at least as good as a value; more than all epochs where none is, or than those
    that there were before it was stopped early. Of a sweep, the least.
    """

    metric: SplitMetric = Field("train_loss", description="What is to be reached, such as train_loss or val_accuracy.")
    value: Real = Field(description="The value to reach.")
    of_first: bool = Field(False, description="Whether the value is a share of what it is in epoch 0.")
    least: Integer = Field(1, ge=1, description="Epochs below this count as this many.")

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        return min(self._of(run, epochs) for run in runs)

    def _of(self, run: ArmRun, epochs: int) -> Span:
        history = self.history(run, self.metric)
        value = self.value * (history[0] or 0.0) if self.of_first else self.value
        for epoch, found in enumerate(history):
            if reaches(self.metric, found, value):
                return Span.known(float(max(epoch, self.least)))
        return Span.at_least(float(len(history) if run.status == "stopped_early" else epochs + 1))

    @property
    def title(self) -> str:
        share = " of the first" if self.of_first else ""
        share += "" if self.least == 1 else f", {self.least} at least"
        return words(f"epochs to a {self.metric.replace('_', ' ')} of {self.value:g}{share}")
