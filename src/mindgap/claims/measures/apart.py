"""Apart: how far two numbers of a training's history are from each other, over all epochs."""

from collections.abc import Sequence
from math import inf

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Apart(Measure):
    """The largest difference, in size, between two entries of the history in any epoch of any of the trainings."""

    first: str = Field(description="The one, such as train_loss.")
    second: str = Field(description="The other.")

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        return Span.known(max(self._of(run) for run in runs))

    def _of(self, run: ArmRun) -> float:
        pairs = zip(self.history(run, self.first), self.history(run, self.second), strict=True)
        return max(inf if one is None or other is None else abs(one - other) for one, other in pairs)

    @property
    def title(self) -> str:
        return words(f"largest difference between {self.first.replace('_', ' ')} and {self.second.replace('_', ' ')}")
