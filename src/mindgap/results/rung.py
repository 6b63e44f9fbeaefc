"""What the stage `rung` writes: where successive halving stands, beside `Trials` and the states of those that go on."""

from dataclasses import dataclass

from mindgap.store.documents import Document


@dataclass(frozen=True)
class Rung:
    """So many trials went on to so many epochs, of which `best` is the best value, None where all diverged.

    `epochs_spent` counts those of this rung alone, over all of its trials.
    """

    trials: int
    epochs: int
    epochs_spent: int
    best: float | None


@dataclass(frozen=True)
class Halved(Document):
    """The rungs so far; the numbers of all trials that did not diverge, best first; and those that go on, likewise."""

    FILE = "rung.json"

    rungs: tuple[Rung, ...]
    ranking: tuple[int, ...]
    go_on: tuple[int, ...]
