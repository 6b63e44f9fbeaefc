"""The stage `round`: the next trials of a level, drawn from what all before them reached."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mindgap.results.level import Level
from mindgap.results.round import Round
from mindgap.results.trials import Trials
from mindgap.search.tpe import propose


def draw_round(params: dict[str, Any], shards: Sequence[Path], previous: Path | None, out: Path) -> None:
    """Write `Round`; the shards have all trials of the rounds before, the folder `previous` is of the level before."""
    level = params["level"]
    space = level["space"] if previous is None else Level.read(previous).next_space
    trials = sorted((trial for shard in shards for trial in Trials.read(shard).trials), key=lambda trial: trial.number)
    tried = [(trial.params, trial.value) for trial in trials]
    points = propose(space, tried, level["objective"], params["run"]["seed"], level["index"], level["round"])
    Round(len(trials), tuple(points)).write(out)
