"""The stage `arm`: one arm of a claim on one task, a slice of its replicates, each on its own split."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mindgap.claims.probes import PROBES, Network, Probe
from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.tuning import Tuning
from mindgap.results.weights import write_weights
from mindgap.store.seconds import Seconds
from mindgap.training.dataset import train_on_each
from mindgap.training.result import RunResult
from mindgap.words import words


def run_arm(params: dict[str, Any], data: Path, tuned: Path | None, out: Path) -> None:
    """Train the arm on each replicate's data, in the folder of its number; writes `Arm`, and weights of the first.

    What it tunes has the values in the folder `tuned`; where it sweeps over params, each point is
    trained. Probes look at every network that did not diverge; those that measure time, at the first, in `Seconds`.
    Test rows are not opened.
    """
    found = {} if tuned is None else Tuning.read(tuned).params
    probes = [PROBES[name].model_validate(settings) for name, settings in params["probes"].items()]
    points = params["points"]
    asked = [
        (data / str(replicate), point, RunSpec.of({**params["run"], "replicate": replicate}, {**found, **point}))
        for replicate in range(*params["slice"])
        for point in points
    ]
    title = words(f"replicates from {params['slice'][0]}")
    results = train_on_each([(folder, spec) for folder, _, spec in asked], title)
    write_weights([result.parameters for result in results[: len(points)]], out)
    runs = [
        arm_run(spec.replicate, point, result, _looked(probes, Network(spec, folder, result.parameters)))
        for (folder, point, spec), result in zip(asked, results, strict=True)
    ]
    common = RunSpec.of(params["run"], found)
    Arm(found, common.train.epochs, common.model_dump(mode="json"), tuple(runs)).write(out)
    first = Network(asked[0][2], asked[0][0], results[0].parameters)
    if seconds := {name: took for probe in probes for name, took in probe.seconds(first).items()}:
        Seconds(seconds).write(out)


def arm_run(
    replicate: int,
    point: dict[str, Any],
    result: RunResult,
    found: Mapping[str, Any],
    level: str | None = None,
) -> ArmRun:
    """A training as an arm has it, with what probes found in it."""
    record, looked = result.record(), {name: [value] for name, value in found.items()}
    return ArmRun(
        replicate=replicate,
        point=point,
        level=level,
        status=result.status,
        kept_epoch=result.kept_epoch,
        parameters=result.parameters.size,
        history={**record["history"], **looked},
    )


def _looked(probes: Sequence[Probe], network: Network) -> dict[str, Any]:
    """What probes find in a network; nothing in one that kept no weights."""
    if not network.values.size:
        return {name: None for probe in probes for name in probe.finds(network.spec)}
    return {name: value for probe in probes for name, value in probe.look(network).items()}
