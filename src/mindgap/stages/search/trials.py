"""Trials: the points of a search, each trained once, a slice of them in one job."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mindgap.data.prepared import open_dataset, open_pixels, open_split
from mindgap.errors import UserError
from mindgap.params.run import RunSpec
from mindgap.stages.search.draw import draw_trials
from mindgap.store.results import read_json, write_json
from mindgap.training.cohort import train_runs
from mindgap.training.progress import Progress


def _spec(run: dict[str, Any], values: dict[str, Any]) -> RunSpec:
    """The run of a trial. Raises UserError for values that are right each, but not together."""
    try:
        return RunSpec.of(run, values)
    except ValidationError as error:
        raise UserError(f"search.space: the trial {values} cannot be: {error.errors()[0]['msg']}") from error


def run_trials(params: dict[str, Any], data: Path, previous: Path | None, out: Path) -> None:
    """Train a slice of a level's trials and write `trials.json`: params, status, value and history of each.

    `params` holds the run to vary, the level and the slice; the ranges are the params' own at the first level and
    those that the collected `previous` level narrowed to at the others.
    """
    level = params["level"]
    space = level["space"] if previous is None else read_json(previous / "search.json")["next_space"]
    start, stop = params["slice"]
    drawn = draw_trials(space, level["sampler"], params["run"]["seed"], level["index"], start, stop)
    train, val = open_split(data, "train"), open_split(data, "val")
    specs = [_spec(params["run"], {**values, "epochs": level["epochs"]}) for values in drawn]
    cohorts = len({spec.cohort() for spec in specs})
    with Progress(f"{level['name']}: trials {start}-{stop - 1}", level["epochs"], cohorts) as progress:
        results = train_runs(specs, train, val, open_dataset(data).outputs, progress.epoch, open_pixels(data))
    trials = [
        {"number": number, "params": values, **result.record(), **result.scores(level["objective"])}
        for number, (values, result) in enumerate(zip(drawn, results, strict=True), start)
    ]
    write_json(out / "trials.json", {"trials": trials})
