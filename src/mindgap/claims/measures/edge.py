"""Edge: whether the best of a search lies at the edge of its range."""

from collections.abc import Sequence
from math import inf

from pydantic import Field

from mindgap.claims.measures import Ranked, Span
from mindgap.params.base import Name
from mindgap.params.metric import Reading, SplitMetric
from mindgap.params.search import Range
from mindgap.results.arm import ArmRun
from mindgap.search.narrow import EDGE
from mindgap.search.scale import Scale
from mindgap.tasks import cost
from mindgap.words import words


class Edge(Ranked):
    """How near to an end of a range the best of a replicate's trials lies: 0 at the end, 0.5 in the middle.

    Equal values go by validation loss.
    """

    param: Name = Field(description="Of which param.")
    range: Range = Field(description="The range that was searched.")
    metric: SplitMetric = Field("val_accuracy", description="By which the trials are ranked.")

    def reads(self) -> list[Reading]:
        return [*super().reads(), Reading("val_loss")]

    def points(self) -> list[str]:
        return [self.param]

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        there = [
            (cost(self.metric, value), self._loss(run), run.point[self.param])
            for run in runs
            if (value := self.kept(run, self.metric)) is not None
        ]
        scale = Scale.of(self.range.model_dump(mode="json"))
        if not there or scale is None:
            return Span(0.0, 0.5)
        place = scale.place(min(there)[2])
        return Span.known(min(place, 1 - place))

    def _loss(self, run: ArmRun) -> float:
        loss = self.kept(run, "val_loss")
        return inf if loss is None else loss

    @property
    def title(self) -> str:
        return words(
            f"distance of the best {self.param.replace('_', ' ')} from the end of its range ({EDGE:g} is near)"
        )
