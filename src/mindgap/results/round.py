"""What the stage `round` writes: the params of a level's next trials, which rest on those before."""

from dataclasses import dataclass
from typing import Any

from mindgap.store.documents import Document


@dataclass(frozen=True)
class Round(Document):
    """The params of the trials from number `start` on."""

    FILE = "round.json"

    start: int
    points: tuple[dict[str, Any], ...]

    def slice(self, start: int, stop: int) -> list[dict[str, Any]]:
        """The params of trials start .. stop-1."""
        return list(self.points[start - self.start : stop - self.start])
