"""The stage `runs`: the best candidates trained over several replicates, a slice of them in one job."""

from pathlib import Path
from typing import Any

from mindgap.params.run import RunSpec
from mindgap.results.runs import FinalRun, Runs
from mindgap.results.weights import write_weights
from mindgap.stages.candidates import candidates
from mindgap.training.dataset import train_on


def run_candidates(params: dict[str, Any], data: Path, search: Path | None, out: Path) -> None:
    """Train a slice of all candidates x replicates; writes `Runs` and their weights.

    Replicates count from 1: the search used 0, so no candidate meets the draws again under which it won.
    """
    chosen = candidates(params, search)
    start, stop = params["slice"]
    wanted = [
        (candidate, replicate) for replicate in range(1, params["seeds"] + 1) for candidate in range(len(chosen))
    ][start:stop]
    specs = [
        RunSpec.of({**params["run"], "replicate": replicate}, chosen[candidate].params)
        for candidate, replicate in wanted
    ]
    results = train_on(data, specs, f"train: runs {start}-{start + len(specs) - 1}")
    runs = (
        FinalRun(candidate=candidate, replicate=replicate, **result.described(params["objective"]))
        for (candidate, replicate), result in zip(wanted, results, strict=True)
    )
    Runs(tuple(runs)).write(out)
    write_weights([result.parameters for result in results], out)
