"""What the stage `trials` writes, and `search` puts together."""

from dataclasses import dataclass
from typing import Any

from mindgap.results.run import RunRecord
from mindgap.store.documents import Document


@dataclass(frozen=True, kw_only=True)
class Trial(RunRecord):
    """One point of a search: its number within the level, counted from 0, the searched params, and its run."""

    number: int
    params: dict[str, Any]


@dataclass(frozen=True)
class Trials(Document):
    """Trials in the order of their numbers: a slice of a level's, or all of them."""

    FILE = "trials.json"

    trials: tuple[Trial, ...]
