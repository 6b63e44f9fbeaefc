"""The stage `arm_simulation`: an arm of a claim that trains no network on a task's data, a slice of its replicates."""

from pathlib import Path
from typing import Any

from mindgap.claims.simulations import simulation_of
from mindgap.results.arm import Arm, ArmRun
from mindgap.store.seconds import Seconds


def run_arm_simulation(params: dict[str, Any], seed: int, out: Path) -> None:
    """Run the simulation for each replicate and point of the sweep; writes `Arm`, and `Seconds` where it tells any."""
    runs, lasts = [], []
    for replicate in range(*params["slice"]):
        for point in params["points"]:
            history = simulation_of(params["simulation"], point).run(seed, replicate)
            lasts.append(len(next(iter(history.values()))) - 1)
            runs.append(ArmRun(replicate=replicate, point=point, kept_epoch=lasts[-1], history=history))
    Arm({}, max(lasts), {"simulation": params["simulation"]}, tuple(runs)).write(out)
    if seconds := simulation_of(params["simulation"], {}).seconds(seed):
        Seconds(dict(seconds)).write(out)
