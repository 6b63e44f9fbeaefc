"""The stage `runs`: the best candidates trained over several replicates, a slice of them in one job."""

from pathlib import Path
from typing import Any

from mindgap.params.run import RunSpec
from mindgap.results.runs import FinalRun, Runs
from mindgap.results.weights import write_weights
from mindgap.stages.candidates import candidates
from mindgap.training.dataset import train_on
from mindgap.words import words


def run_candidates(params: dict[str, Any], data: Path, search: Path | None, out: Path) -> None:
    """Train a slice of all candidates x replicates, replicate by replicate; writes `Runs` and their weights.

    Replicates count from 1: the search used 0, so no candidate meets the draws again under which it won. How many there
    are in all is not asked, so that more of them train only the new ones.
    """
    chosen, (start, stop) = candidates(params, search), params["slice"]
    numbers = (divmod(number, params["candidates"]) for number in range(start, stop))
    wanted = [(candidate, 1 + replicate) for replicate, candidate in numbers if candidate < len(chosen)]
    specs = [
        RunSpec.of({**params["run"], "replicate": replicate}, chosen[candidate].params)
        for candidate, replicate in wanted
    ]
    results = train_on(data, specs, words(f"train: runs {start}-{stop - 1}"))
    runs = (
        FinalRun(candidate=candidate, replicate=replicate, **result.described(params["objective"]))
        for (candidate, replicate), result in zip(wanted, results, strict=True)
    )
    Runs(tuple(runs)).write(out)
    write_weights([result.parameters for result in results], out)
