"""What the stage `search` writes: a level of the search, and where the next one searches."""

from dataclasses import dataclass
from typing import Any, Literal

from mindgap.results.rung import Rung
from mindgap.store.documents import Document

Domain = dict[str, list[Any]]
"""A range in plain values: its kind and its ends or choices, such as {"log_uniform": [1e-5, 1]}."""

Space = dict[str, Domain]
"""The range of each searched param, by its name."""

Edge = Literal["low", "high"]


@dataclass(frozen=True)
class Counts:
    """Trials, by how they ended."""

    trials: int
    finished: int
    stopped_early: int
    diverged: int


@dataclass(frozen=True)
class Best:
    """The best trial of a level."""

    number: int
    params: dict[str, Any]
    value: float
    val_loss: float


@dataclass(frozen=True)
class Narrowing:
    """How a param's range was narrowed.

    It is of a `kind` such as log_uniform; `searched` are its ends or choices, and `following` those of the next level.

    `best` are the values of the best trials, the very best first. `edge` is the end near which that one lies, if any,
    and `beyond` whether the range goes on there.
    """

    param: str
    kind: str
    searched: list[Any]
    following: list[Any]
    best: list[Any]
    edge: Edge | None = None
    beyond: bool = False

    @property
    def at_edge(self) -> Edge | None:
        """The end beyond which a better value may lie."""
        return self.edge if self.beyond else None


@dataclass(frozen=True)
class Importance:
    """How much a param separates the best trials from all of them, and how much it would by chance.

    `share` is that of its `divergence` among all params. In 95 % of searches in which no param matters, none
    exceeds its `chance`; `p` is the share of such searches in which any param is as unlikely as this one.
    """

    share: float
    divergence: float
    chance: float
    p: float

    @property
    def exceeds(self) -> bool:
        """Whether it separates more than chance does."""
        return self.divergence > self.chance


@dataclass(frozen=True)
class Level(Document):
    """What follows from a level's trials.

    `ranking` has the numbers of those that did not diverge, best first. `importance`, by param, is empty where nothing
    can be said; `expected_best` is that of 1, 2, ... trials. Where trials were halved, `ranking` begins with those of
    the last of the `rungs`, and nothing is expected of fewer trials. Nor is it by the sampler tpe, of which importance
    is told from the first round alone.
    """

    FILE = "search.json"

    level: str
    objective: str
    sampler: str
    epochs: int
    space: Space
    counts: Counts
    best: Best
    ranking: tuple[int, ...]
    next_space: Space
    narrowing: tuple[Narrowing, ...]
    importance: dict[str, Importance]
    expected_best: tuple[float, ...]
    rungs: tuple[Rung, ...] = ()
