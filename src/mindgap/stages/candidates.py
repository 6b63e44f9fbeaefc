"""The candidates of the final training: what the stages `runs` and `train` agree on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mindgap.results.level import Level
from mindgap.results.trials import Trials


@dataclass(frozen=True)
class Chosen:
    """The params of a trial of the search's last level, or none where nothing was searched."""

    trial: int | None
    level: str | None
    params: dict[str, Any]


def candidates(params: dict[str, Any], search: Path | None) -> list[Chosen]:
    """What to train: the best trials of the last level, or the study's own params where nothing was searched."""
    if search is None:
        return [Chosen(None, None, {})]
    level, trials = Level.read(search), Trials.read(search).trials
    return [Chosen(number, level.level, trials[number].params) for number in level.ranking[: params["candidates"]]]
