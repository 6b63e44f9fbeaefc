"""What the stage `check` writes."""

from collections.abc import Mapping
from dataclasses import dataclass

from mindgap.store.documents import Document

Figure = float | int | str | None | tuple[float | None, ...]
"""A number, a name, or a score or several, None for what diverged."""


@dataclass(frozen=True)
class GateResult:
    """What a gate measured, what would have been right, and the figures that explain it, by name.

    The words for it all are the gate's, see `mindgap.stages.gates`.
    """

    name: str
    measured: float
    limit: float
    passed: bool
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Check(Document):
    """The gates' results, in the order of their names."""

    FILE = "check.json"

    gates: tuple[GateResult, ...]
