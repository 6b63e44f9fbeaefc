"""What the stage `judge` writes: a claim's measure by task, arm and replicate, and what its predictions come to."""

from dataclasses import dataclass

from mindgap.store.documents import Document

Bounds = tuple[float | None, float | None]
"""Between what a number lies; None where there is no such bound."""


@dataclass(frozen=True)
class Judged:
    """A prediction on a task: the median, its interval, the ruling, and the least effect that could have been seen."""

    middle: Bounds
    low: float | None
    high: float | None
    ruling: str
    smallest: float | None


@dataclass(frozen=True)
class TaskJudgement:
    """`values` are by arm and replicate; `predictions` in the claim's order; `verdict` is what they come to."""

    values: dict[str, tuple[Bounds, ...]]
    tuned: dict[str, dict[str, object]]
    predictions: tuple[Judged, ...]
    verdict: str


@dataclass(frozen=True)
class Judgement(Document):
    """A claim's verdict, by task and over all."""

    FILE = "judgement.json"

    tasks: dict[str, TaskJudgement]
    verdict: str
