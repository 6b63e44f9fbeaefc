"""The stage `arm`: one arm of a claim on one task, a slice of its replicates, each on its own split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.level import Level
from mindgap.training.dataset import train_on
from mindgap.words import words


def run_arm(params: dict[str, Any], data: Mapping[int, Path], tuned: Path | None, out: Path) -> None:
    """Train the arm on each replicate's data, by replicate; writes `Arm`.

    What it tunes has the values of the best trial in the folder `tuned`. Test rows are not opened.
    """
    found = {} if tuned is None else Level.read(tuned).best.params
    spec = RunSpec.of(params["run"], found)
    runs = []
    for replicate, folder in data.items():
        own = spec.model_copy(update={"replicate": replicate})
        (result,) = train_on(folder, [own], words(f"replicate {replicate}"))
        runs.append(ArmRun(replicate, **result.record()))
    Arm(found, spec.train.epochs, tuple(runs)).write(out)
