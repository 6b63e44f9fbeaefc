"""The stage `arm`: one arm of a claim on one task, a slice of its replicates, each on its own split."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.level import Level
from mindgap.training.dataset import train_on_each
from mindgap.words import words


def run_arm(params: dict[str, Any], data: Mapping[int, Path], tuned: Path | None, out: Path) -> None:
    """Train the arm on each replicate's data, by replicate; writes `Arm`.

    What it tunes has the values of the best trial in the folder `tuned`; where it sweeps over a param, each value is
    trained. Test rows are not opened.
    """
    found = {} if tuned is None else Level.read(tuned).best.params
    points = [{name: value} for name, values in params["over"].items() for value in values] or [{}]
    wanted = [(replicate, point) for replicate in data for point in points]
    specs = [RunSpec.of({**params["run"], "replicate": replicate}, {**found, **point}) for replicate, point in wanted]
    folders = [data[replicate] for replicate, _ in wanted]
    title = words(f"replicates {min(data)}-{max(data)}")
    results = train_on_each([*zip(folders, specs, strict=True)], title)
    runs = (ArmRun(*own, **result.record()) for own, result in zip(wanted, results, strict=True))
    Arm(found, specs[0].train.epochs, tuple(runs)).write(out)
