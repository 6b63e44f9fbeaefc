"""Gap: a metric on training rows minus the same on validation rows, at the epoch whose weights are kept."""

from collections.abc import Sequence
from math import inf

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Gap(Measure):
    """Training minus validation; of a sweep, the mean over its values. What diverged has an infinite one."""

    metric: str = Field("accuracy", description="Of which metric.")

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        values = [self._of(run) for run in runs]
        return Span.known(sum(values) / len(values))

    def _of(self, run: ArmRun) -> float:
        if run.kept_epoch is None:
            return inf
        train, val = (self.history(run, f"{split}_{self.metric}")[run.kept_epoch] for split in ("train", "val"))
        return inf if train is None or val is None else float(train - val)

    @property
    def title(self) -> str:
        return words(f"gap of {self.metric}")
