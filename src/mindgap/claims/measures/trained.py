"""Trained: how much was trained in a replicate, in epochs, or how many numbers its network learns."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.params.metric import Reading
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Trained(Measure):
    """A count of a replicate's trainings: of all their epochs, or of the parameters of the largest network."""

    what: Literal["epochs", "parameters"] = Field("epochs", description="What is counted.")

    def reads(self) -> list[Reading]:
        return [Reading("train_loss")] if self.what == "epochs" else []

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        if self.what == "parameters":
            return Span.known(float(max(run.parameters for run in runs)))
        return Span.known(float(sum(len(run.history["train_loss"]) - 1 for run in runs)))

    @property
    def title(self) -> str:
        return words({"epochs": "epochs trained", "parameters": "parameters of the network"}[self.what])
