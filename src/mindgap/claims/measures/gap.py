"""Gap: a metric on training rows minus the same on validation rows, at the epoch whose weights are kept."""

from collections.abc import Sequence
from math import inf
from typing import Literal

from pydantic import Field

from mindgap.claims.measures import Measure, Span, cost_of
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Gap(Measure):
    """Training minus validation; of a sweep, the mean over its points, or that of the best.

    What diverged has an infinite one.
    """

    metric: str = Field("accuracy", description="Of which metric.")
    point: Literal["all", "best"] = Field("all", description="Of a sweep: of all, or of the best by validation.")

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        values = [self._of(run) for run in (runs if self.point == "all" else [self._best(runs)])]
        return Span.known(sum(values) / len(values))

    def _best(self, runs: Sequence[ArmRun]) -> ArmRun:
        name = f"val_{self.metric}"

        def paid(run: ArmRun) -> float:
            value = None if run.kept_epoch is None else self.history(run, name)[run.kept_epoch]
            return inf if value is None else cost_of(name, value)

        return min(runs, key=paid)

    def _of(self, run: ArmRun) -> float:
        if run.kept_epoch is None:
            return inf
        train, val = (self.history(run, f"{split}_{self.metric}")[run.kept_epoch] for split in ("train", "val"))
        return inf if train is None or val is None else float(train - val)

    @property
    def title(self) -> str:
        return words(f"gap of {self.metric}{', at its best point' * (self.point == 'best')}")
