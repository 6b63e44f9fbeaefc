"""Gap: a metric on training rows minus the same on validation rows, at the epoch whose weights are kept."""

from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.metrics import METRICS
from mindgap.params.base import known
from mindgap.params.metric import Reading
from mindgap.results.arm import ArmRun
from mindgap.tasks import cost
from mindgap.words import words


class Gap(Measure):
    """Training minus validation; of a sweep, the mean over its points, or that of the best.

    Of what diverged nothing is known.
    """

    metric: Annotated[str, known(METRICS)] = Field("accuracy", description="Of which metric.")
    point: Literal["all", "best"] = Field("all", description="Of a sweep: of all, or of the best by validation.")
    size: bool = Field(False, description="Without the sign: that of a loss is below 0.")

    def reads(self) -> list[Reading]:
        return [Reading(f"train_{self.metric}"), Reading(f"val_{self.metric}")]

    def components(self) -> list[Path]:
        return [METRICS.file(self.metric)]

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        values = [self._of(run) for run in (runs if self.point == "all" else [self._best(runs)])]
        known = [value for value in values if value is not None]
        return Span.known(sum(known) / len(known)) if len(known) == len(values) else Span.unknown()

    def _best(self, runs: Sequence[ArmRun]) -> ArmRun:
        name = f"val_{self.metric}"

        def paid(run: ArmRun) -> float:
            value = self.kept(run, name)
            return inf if value is None else cost(name, value)

        return min(runs, key=paid)

    def _of(self, run: ArmRun) -> float | None:
        train, val = (self.kept(run, f"{split}_{self.metric}") for split in ("train", "val"))
        found = None if train is None or val is None else float(train - val)
        return abs(found) if found is not None and self.size else found

    @property
    def title(self) -> str:
        return words(
            f"{'size of the ' * self.size}gap of {self.metric}{', at its best point' * (self.point == 'best')}"
        )
