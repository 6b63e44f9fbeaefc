"""Apart: how far two numbers of a training's history are from each other, over all epochs."""

from collections.abc import Sequence

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.params.metric import Reading
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Apart(Measure):
    """The largest difference, in size, between two entries of the history in any epoch of any of the trainings.

    Of one that diverged nothing is known.
    """

    first: str = Field(description="The one, such as train_loss.")
    second: str = Field(description="The other.")

    def reads(self) -> list[Reading]:
        return [Reading(self.first), Reading(self.second)]

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        pairs = [
            pair
            for run in runs
            for pair in zip(self.history(run, self.first), self.history(run, self.second), strict=True)
        ]
        apart = [abs(one - other) for one, other in pairs if one is not None and other is not None]
        return Span.known(max(apart)) if len(apart) == len(pairs) else Span.unknown()

    @property
    def title(self) -> str:
        return words(f"largest difference between {self.first.replace('_', ' ')} and {self.second.replace('_', ' ')}")
