"""The final training: the best candidates over several seeds, so that a lucky draw does not win."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.data.prepared import open_dataset, open_pixels, open_split
from mindgap.errors import UserError
from mindgap.params.run import RunSpec, loss_params
from mindgap.store.results import read_json, write_json
from mindgap.tasks import cost
from mindgap.training.cohort import train_runs
from mindgap.training.progress import Progress


def candidates(params: dict[str, Any], search: Path | None) -> list[dict[str, Any]]:
    """The params to train: the best of the last level, or the study's own where nothing was searched."""
    if search is None:
        return [{"trial": None, "level": None, "params": {}}]
    found = read_json(search / "search.json")
    trials = read_json(search / "trials.json")["trials"]
    best = found["ranking"][: params["candidates"]]
    return [{"trial": number, "level": found["level"], "params": trials[number]["params"]} for number in best]


def train_slice(params: dict[str, Any], data: Path, search: Path | None, out: Path) -> None:
    """Train a slice of all candidates x replicates; writes `runs.json` and, by row, the weights `weights.npz`.

    Replicates count from 1: the search used 0, so no candidate meets the draws again under which it won.
    """
    chosen = candidates(params, search)
    start, stop = params["slice"]
    wanted = [
        (candidate, replicate) for replicate in range(1, params["seeds"] + 1) for candidate in range(len(chosen))
    ][start:stop]
    specs = [
        RunSpec.of({**params["run"], "replicate": replicate}, chosen[candidate]["params"])
        for candidate, replicate in wanted
    ]
    train, val = open_split(data, "train"), open_split(data, "val")
    outputs = open_dataset(data).outputs
    cohorts = len({spec.cohort() for spec in specs})
    with Progress(
        f"train: runs {start}-{start + len(specs) - 1}", specs[0].train.epochs if specs else 1, cohorts
    ) as progress:
        results = train_runs(specs, train, val, outputs, progress.epoch, open_pixels(data))
    runs = [
        {"candidate": candidate, "replicate": replicate, **result.record(), **result.scores(params["objective"])}
        for (candidate, replicate), result in zip(wanted, results, strict=True)
    ]
    write_json(out / "runs.json", {"runs": runs})
    weights: dict[str, Any] = {str(row): result.parameters for row, result in enumerate(results)}
    np.savez(out / "weights.npz", **weights)


def select(params: dict[str, Any], shards: Sequence[Path], data: Path, search: Path | None, out: Path) -> None:
    """Pick the candidate with the best mean over its seeds: `train.json`, `runs.json` and its weights `model.npz`.

    A candidate any of whose seeds diverged is out. Equal means go by mean validation loss, then by rank. Raises
    UserError if no candidate is left.
    """
    found = [
        {**run, "shard": shard, "row": row}
        for shard in shards
        for row, run in enumerate(read_json(shard / "runs.json")["runs"])
    ]
    table = []
    for number, candidate in enumerate(candidates(params, search)):
        own = [run for run in found if run["candidate"] == number]
        values = [run["value"] for run in own]
        diverged = values.count(None)
        spec = RunSpec.of(params["run"], candidate["params"]).model_dump(mode="json", include={"model", "train"})
        mean = None if diverged else sum(values) / len(values)
        loss = None if diverged else sum(run["val_loss"] for run in own) / len(own)
        entry = {"candidate": number, "values": values, "mean": mean, "val_loss": loss, "diverged": diverged}
        table.append({**candidate, **entry, "spec": spec})
    sound = [entry for entry in table if entry["diverged"] == 0]
    if not sound:
        raise UserError(
            "final: every candidate diverged with at least one of its seeds; lower train.learning_rate, or the upper "
            "end of search.space.learning_rate"
        )
    loss = params["run"]["train"].get("loss")  # what is searched is not there
    comparable = loss is not None and loss_params(loss) <= params["run"]["train"].keys()
    order = {
        e["candidate"]: (cost(params["objective"], e["mean"]), comparable * e["val_loss"], e["candidate"])
        for e in sound
    }
    winner = min(order, key=lambda candidate: order[candidate])
    weights = []
    for run in found:
        if run["candidate"] == winner:
            with np.load(run["shard"] / "weights.npz", allow_pickle=False) as file:
                weights.append(file[str(run["row"])])
    dataset = open_dataset(data)
    units = [dataset.features, *table[winner]["spec"]["model"]["hidden"], dataset.outputs]
    np.savez(out / "model.npz", parameters=np.stack(weights), units=np.asarray(units, np.int64))
    runs = [{name: value for name, value in run.items() if name not in ("shard", "row")} for run in found]
    write_json(out / "runs.json", {"runs": runs})
    replicates = list(range(1, params["seeds"] + 1))
    summary = {"objective": params["objective"], "candidates": table, "winner": winner, "replicates": replicates}
    write_json(out / "train.json", summary)
