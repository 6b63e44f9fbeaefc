"""What the stage `runs` writes, and `train` puts together, beside the runs' weights."""

from dataclasses import dataclass

from mindgap.results.run import RunRecord
from mindgap.store.documents import Document


@dataclass(frozen=True, kw_only=True)
class FinalRun(RunRecord):
    """A run of the final training: the number of its candidate, from 0, and its replicate, from 1."""

    candidate: int
    replicate: int


@dataclass(frozen=True)
class Runs(Document):
    """Final runs, replicate by replicate: a slice of them, or all."""

    FILE = "runs.json"

    runs: tuple[FinalRun, ...]

    def of(self, candidate: int) -> list[FinalRun]:
        """The runs of a candidate, by replicate."""
        return sorted((run for run in self.runs if run.candidate == candidate), key=lambda run: run.replicate)
