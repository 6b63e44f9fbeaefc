"""The tasks of a claim that are simulations: their entries, and with which settings each arm ran."""

from collections.abc import Collection
from typing import Any

from mindgap.report.claims.tested import TestedClaim
from mindgap.results.arm import Arm, ArmRun


def with_entries(tested: TestedClaim, wanted: Collection[str]) -> dict[str, dict[str, list[ArmRun]]]:
    """The runs by task and arm of the tasks whose histories have all of these entries."""
    return {
        task: arms
        for task, arms in tested.runs.items()
        if all(name in run.history for runs in arms.values() for run in runs for name in wanted)
    }


def simulated(tested: TestedClaim, name: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The settings of a simulation, by task and arm; tasks that are anything else are left out."""
    found = {
        task: {arm: Arm.read(folders[0]).spec.get("simulation", {}).get(name) for arm, folders in arms.items()}
        for task, arms in tested.view.arms.items()
    }
    return {task: arms for task, arms in found.items() if all(settings is not None for settings in arms.values())}
