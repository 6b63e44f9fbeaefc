"""A tested claim: what its stages wrote, read once for its pictures and its section."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from mindgap.claims.probes import Network
from mindgap.claims.simulations import simulation_of
from mindgap.params.claim import Claim
from mindgap.params.claims import laid_over
from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import Judgement
from mindgap.results.weights import FILE as WEIGHTS
from mindgap.results.weights import read_weights

PARTS = {
    "N": "Networks and activations",
    "I": "Data and initialisation",
    "O": "Optimisation",
    "S": "Babysitting and search",
    "G": "Over- and underfitting",
    "C": "Convolution",
    "": "Other",
}
"""The parts of the page by the letter before a claim's number; ids of another kind are in the last."""


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
    def arms(self) -> dict[str, dict[str, list[Arm]]]:
        """What was trained, by task and arm, a slice of replicates each."""
        return {
            task: {arm: [Arm.read(folder) for folder in arms[arm]] for arm in self.claim.arms}
            for task, arms in self.view.arms.items()
        }

    @cached_property
    def runs(self) -> dict[str, dict[str, list[ArmRun]]]:
        """All trainings by task and arm."""
        return {
            task: {arm: [run for part in parts for run in part.runs] for arm, parts in arms.items()}
            for task, arms in self.arms.items()
        }

    def trainings(self, task: str, arm: str, runs: Sequence[ArmRun]) -> int:
        """How many networks were trained for some of an arm's runs; a simulation may train several, or none."""
        if not self.claim.simulated(task):
            return len(runs)
        named = laid_over(self.claim, task, arm)["simulation"]
        return sum(simulation_of(named, run.point).trainings for run in runs)


def part_of(claim: Claim) -> str:
    """The letter of the part that a claim belongs to."""
    found = re.fullmatch(r"([A-Z])\d+", claim.claim)
    return found[1] if found and found[1] in PARTS else ""


def place(claim: Claim) -> tuple[int, int, str]:
    """Where a claim stands on the page: by part, then by number."""
    part, name = part_of(claim), claim.claim
    return [*PARTS].index(part), int(name[1:]) if part else 0, name
