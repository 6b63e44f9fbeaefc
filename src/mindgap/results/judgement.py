"""What the stage `judge` writes: a claim's measure by task, arm and replicate, and what its predictions come to."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from mindgap.store.documents import Document

Ruling = Literal["supported", "weaker than stated", "refuted", "undecided"]

RULINGS: tuple[Ruling, ...] = get_args(Ruling)

Verdict = Ruling | Literal["depends"]
"""What a claim comes to over its tasks; it depends on these where it holds on some and is refuted on others."""

VERDICTS: tuple[Verdict, ...] = ("supported", "weaker than stated", "depends", "refuted", "undecided")

Bounds = tuple[float | None, float | None]
"""Between what a number lies; None where there is no such bound."""


@dataclass(frozen=True)
class Chance:
    """How likely chance alone would have led to what is claimed, and to what refutes it; each one-sided."""

    claimed: float
    refuting: float


@dataclass(frozen=True)
class Standard:
    """A median and its interval as distances beyond the limit on the side that is claimed, in robust deviations.

    `middle` is None where nothing is known of the median.
    """

    low: float
    middle: float | None
    high: float


@dataclass(frozen=True)
class Judged:
    """A prediction on a task: its measure by arm and replicate, the median of what it is about, and the ruling.

    `number` is its place among all of the claim's predictions, from 0. `low` and `high` are the median's interval;
    `smallest` is the median that would just have been told from the limit (see `mindgap.claims.rule.smallest`), None
    where none would.
    """

    number: int
    values: dict[str, tuple[Bounds, ...]]
    middle: Bounds
    low: float | None
    high: float | None
    ruling: Ruling
    smallest: float | None
    standard: Standard
    chance: Chance


@dataclass(frozen=True)
class TaskJudgement:
    """What each arm tuned to, the predictions in the claim's order, and what they come to."""

    tuned: dict[str, dict[str, Any]]
    predictions: tuple[Judged, ...]
    verdict: Ruling
    chance: Chance

    @property
    def deciding(self) -> Judged:
        """The prediction that decides: the first of those whose ruling is the verdict."""
        return next(judged for judged in self.predictions if judged.ruling == self.verdict)


@dataclass(frozen=True)
class Judgement(Document):
    """A claim's verdict, by task and over all; `chance` is that of the verdict, both sides counted."""

    FILE = "judgement.json"

    tasks: dict[str, TaskJudgement]
    verdict: Verdict
    chance: float

    @property
    def holds(self) -> str:
        """On how many tasks it holds, if only in weaker form."""
        there = sum(task.verdict in ("supported", "weaker than stated") for task in self.tasks.values())
        return f"holds on {there} of {len(self.tasks)}"
