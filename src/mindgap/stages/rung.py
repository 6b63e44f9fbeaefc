"""The stage `rung`: a rung of a level put together, and which of its trials go on to the next."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindgap.results.rung import Halved
from mindgap.results.trials import Trial, Trials
from mindgap.search.halving import halved
from mindgap.training.comparable import losses_compare
from mindgap.training.state import read_states, write_states


def collect_rung(params: dict[str, Any], shards: Sequence[Path], before: Path | None, out: Path) -> None:
    """Write `Halved`, `Trials` of all the level as they are now, and the states of those that go on.

    The folder `before` is of the rung before.
    """
    trials, found = put_together(params, shards, before, params["until"], params["go_on"])
    found.write(out)
    Trials(tuple(trials)).write(out)
    write_states(read_states(shards, found.go_on), out)


def put_together(
    params: dict[str, Any], shards: Sequence[Path], before: Path | None, epochs: int, go_on: int
) -> tuple[list[Trial], Halved]:
    """All trials of a level by number, and what follows from those of its last rung, which are in the shards."""
    own = [trial for shard in shards for trial in Trials.read(shard).trials]
    earlier = () if before is None else Trials.read(before).trials
    trials = {trial.number: trial for trial in (*earlier, *own)}
    objective, comparable = params["level"]["objective"], losses_compare(params["run"]["train"])
    found = halved(
        None if before is None else Halved.read(before), own, epochs, go_on, objective, comparable=comparable
    )
    return [trials[number] for number in sorted(trials)], found
