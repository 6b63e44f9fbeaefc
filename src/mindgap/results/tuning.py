"""What the stage `arm_tuning` writes beside its trials: which of them an arm of a claim takes."""

from dataclasses import dataclass
from typing import Any

from mindgap.store.documents import Document


@dataclass(frozen=True)
class Tuning(Document):
    """The number of the best trial, and its params."""

    FILE = "tuning.json"

    trial: int
    params: dict[str, Any]
