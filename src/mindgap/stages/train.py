"""The stage `train`: of the candidates that were trained over the replicates, the one that wins by validation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindgap.errors import UserError
from mindgap.params.run import RunSpec
from mindgap.results.runs import FinalRun, Runs
from mindgap.results.training import Candidate, Training
from mindgap.results.weights import read_weights, write_weights
from mindgap.stages.candidates import Chosen, candidates
from mindgap.tasks import cost
from mindgap.training.comparable import losses_compare


def select(params: dict[str, Any], shards: Sequence[Path], search: Path | None, out: Path) -> None:
    """Pick the candidate with the best mean over its replicates: `Training`, all `Runs`, and the winner's weights.

    A candidate any of whose replicates diverged is out. Equal means go by mean validation loss, then by rank. Raises
    UserError if no candidate is left.
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
        raise UserError(
            "final: every candidate diverged with at least one of its seeds; lower train.learning_rate, or the upper "
            "end of search.space.learning_rate"
        )
    winner = min(order, key=lambda candidate: order[candidate])
    Training(params["objective"], table, winner, tuple(range(1, params["seeds"] + 1))).write(out)
    Runs(tuple(runs)).write(out)
    write_weights([row for run, row in zip(runs, weights, strict=True) if run.candidate == winner], out)


def _candidate(number: int, chosen: Chosen, run: dict[str, Any], own: list[FinalRun]) -> Candidate:
    values, losses = [entry.value for entry in own], [entry.val_loss for entry in own]
    return Candidate(
        candidate=number,
        trial=chosen.trial,
        level=chosen.level,
        params=chosen.params,
        spec=RunSpec.of(run, chosen.params).model_dump(mode="json", include={"model", "train"}),
        values=tuple(values),
        mean=mean(values),
        val_loss=mean(losses),
    )


def mean(values: Sequence[float | None]) -> float | None:
    """The mean, None where a value is missing."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if len(there) == len(values) else None
