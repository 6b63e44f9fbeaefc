"""A tested claim: what its stages wrote, read once for its pictures and its section."""

from dataclasses import dataclass
from functools import cached_property

from mindgap.claims.probes import Network
from mindgap.params.claim import Claim
from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import Judgement
from mindgap.results.weights import FILE as WEIGHTS
from mindgap.results.weights import read_weights


@dataclass(frozen=True)
class TestedClaim:
    """A claim and its judgement."""

    view: ClaimView
    judgement: Judgement

    @property
    def claim(self) -> Claim:
        """What was claimed."""
        return self.view.claim

    def network(self, task: str, arm: str, point: int = 0) -> Network | None:
        """The first replicate's network, at a point of the sweep; None where it diverged or none was trained."""
        folder, data = self.view.arms[task][arm][0], self.view.data.get(task, {}).get(arm)
        if data is None or not (folder / WEIGHTS).is_file():
            return None
        found, values = Arm.read(folder), read_weights(folder)[point]
        spec = RunSpec.of({**found.spec, "replicate": found.runs[0].replicate}, self.claim.points[point])
        return Network(spec, data, values) if values.size else None

    @cached_property
    def runs(self) -> dict[str, dict[str, list[ArmRun]]]:
        """All trainings by task and arm."""
        return {
            task: {arm: [run for folder in arms[arm] for run in Arm.read(folder).runs] for arm in self.claim.arms}
            for task, arms in self.view.arms.items()
        }
