"""A tested claim: what its stages wrote, read once for its pictures and its section."""

from dataclasses import dataclass
from functools import cached_property

from mindgap.params.claim import Claim
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import Judgement


@dataclass(frozen=True)
class TestedClaim:
    """A claim and its judgement."""

    view: ClaimView
    judgement: Judgement

    @property
    def claim(self) -> Claim:
        """What was claimed."""
        return self.view.claim

    @cached_property
    def runs(self) -> dict[str, dict[str, list[ArmRun]]]:
        """All trainings by task and arm."""
        return {
            task: {arm: [run for folder in arms[arm] for run in Arm.read(folder).runs] for arm in self.claim.arms}
            for task, arms in self.view.arms.items()
        }
