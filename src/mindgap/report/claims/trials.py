"""The trials of a claim's arms that are searches: their values, their levels, and the ranges they were drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass

from mindgap.params.claims import laid_over
from mindgap.params.search import Search
from mindgap.report.claims.tested import TestedClaim
from mindgap.results.arm import ArmRun
from mindgap.results.level import Space
from mindgap.tasks import cost


@dataclass(frozen=True)
class SearchedArm:
    """An arm on one task: its trials by replicate, each in the order in which it was made, and its first ranges."""

    trials: dict[int, list[ArmRun]]
    space: Space

    @property
    def first(self) -> list[ArmRun]:
        """The trials of the first replicate."""
        return next(iter(self.trials.values()))


def searched(tested: TestedClaim) -> dict[str, dict[str, SearchedArm]]:
    """The arms that are searches, by task; tasks without any are left out."""
    found = {
        task: {arm: _arm(tested, task, arm, runs) for arm, runs in arms.items() if runs[0].level is not None}
        for task, arms in tested.runs.items()
    }
    return {task: arms for task, arms in found.items() if arms}


def value_of(run: ArmRun, metric: str) -> float | None:
    """A metric at the kept epoch; None of a trial that diverged."""
    if run.status == "diverged" or run.kept_epoch is None:
        return None
    value: float | None = run.history[metric][run.kept_epoch]
    return value


def best_of(runs: Sequence[ArmRun], metric: str) -> tuple[ArmRun, float] | None:
    """The best of some trials, and its value; None where all diverged."""
    there = [(run, value) for run in runs if (value := value_of(run, metric)) is not None]
    return min(there, key=lambda found: cost(metric, found[1]), default=None)


def _arm(tested: TestedClaim, task: str, arm: str, runs: Sequence[ArmRun]) -> SearchedArm:
    trials: dict[int, list[ArmRun]] = {}
    for run in runs:
        trials.setdefault(run.replicate, []).append(run)
    search = Search.model_validate(laid_over(tested.claim, task, arm)["search"])
    return SearchedArm(trials, {name: domain.model_dump(mode="json") for name, domain in search.space.items()})
