"""The stage `train`: of the candidates that were trained over the replicates, the one that wins by validation."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.data.prepared import Dataset, open_split, variant
from mindgap.errors import UserError
from mindgap.nn.arrays import Array
from mindgap.nn.losses import LOSSES
from mindgap.params.run import BLOCKS, RunSpec
from mindgap.results.runs import FinalRun, Runs
from mindgap.results.training import Candidate, Training
from mindgap.results.weights import read_weights, write_weights
from mindgap.stages.beside import ensemble_of
from mindgap.stages.candidates import Chosen, candidates
from mindgap.stages.deciding import cool, outputs_of, temperature, thresholds_of
from mindgap.tasks import cost
from mindgap.training.comparable import losses_compare
from mindgap.training.networks import population_of
from mindgap.words import words


def select(
    params: dict[str, Any], shards: Sequence[Path], search: Path | None, out: Path, data: Path | None = None
) -> None:
    """Pick the candidate with the best mean over its replicates: `Training`, all `Runs`, and the winner's weights.

    A candidate any of whose replicates diverged is out. Equal means go by mean validation loss, then by rank. Where
    params ask for it, the winner's outputs are divided by a temperature, and it decides by a threshold, both found on
    the validation rows in the folder `data`. Raises UserError if no candidate is left.
    """
    runs = [run for shard in shards for run in Runs.read(shard).runs]
    weights = [row for shard in shards for row in read_weights(shard)]
    table = tuple(
        _candidate(number, chosen, params["run"], [run for run in runs if run.candidate == number])
        for number, chosen in enumerate(candidates(params, search))
    )
    comparable = losses_compare(params["run"]["train"])
    order = {
        entry.candidate: (cost(params["objective"], entry.mean), comparable * entry.val_loss, entry.candidate)
        for entry in table
        if entry.mean is not None and entry.val_loss is not None
    }
    if not order:
        measured = "regression" in LOSSES[table[0].spec["train"]["loss"]].tasks
        outliers = words("; or look for outliers of the target, which train.loss: huber minds less" * measured)
        raise UserError(
            "final: every candidate diverged with at least one of its seeds; lower train.learning_rate, or the upper "
            f"end of search.space.learning_rate{outliers}"
        )
    winner = min(order, key=lambda candidate: order[candidate])
    Runs(tuple(runs)).write(out)
    rows = [row for run, row in zip(runs, weights, strict=True) if run.candidate == winner]
    replicates, save = tuple(range(1, params["seeds"] + 1)), params.get("save", "first")
    training = Training(params["objective"], table, winner, replicates, save=save)
    if data is not None and (params.get("temperature") or params.get("threshold")):
        training, rows = _decided(params, training, rows, data)
    training.write(out)
    write_weights(rows, out)


def _decided(params: dict[str, Any], training: Training, rows: list[Array], data: Path) -> tuple[Training, list[Array]]:
    """The same with temperatures and thresholds of the winner's networks, and their values, which are no others'."""
    run = RunSpec(**training.won.spec, seed=0)
    data = variant(data, run.preprocess.transform)
    dataset, val = Dataset.read(data), open_split(data, "val")
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, 1, image=dataset.image_shape)
    networks.values[:] = np.stack(rows)
    if params.get("temperature"):
        found = [temperature(own, np.asarray(val.y)) for own in outputs_of(networks, val)]
        cool(networks, found)
        training = replace(training, temperatures=tuple(found))
    if aim := params.get("threshold"):
        ensemble = ensemble_of(networks, probabilities=LOSSES[run.train.loss].probabilities)
        (shared,) = thresholds_of(ensemble.network, ensemble.sees(val), aim).tolist()
        training = replace(
            training, aim=aim, thresholds=tuple(thresholds_of(networks, val, aim).tolist()), together=shared
        )
    return training, list(networks.values.copy())


def _candidate(number: int, chosen: Chosen, run: dict[str, Any], own: list[FinalRun]) -> Candidate:
    values, losses = [entry.value for entry in own], [entry.val_loss for entry in own]
    return Candidate(
        candidate=number,
        trial=chosen.trial,
        level=chosen.level,
        params=chosen.params,
        spec=RunSpec.of(run, chosen.params).model_dump(mode="json", include={*BLOCKS}),
        values=tuple(values),
        mean=mean(values),
        val_loss=mean(losses),
    )


def mean(values: Sequence[float | None]) -> float | None:
    """The mean, None where a value is missing."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if len(there) == len(values) else None
