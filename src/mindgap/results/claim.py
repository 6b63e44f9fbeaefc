"""What the page of claims is told of each."""

from dataclasses import dataclass
from pathlib import Path

from mindgap.params.claim import Claim


@dataclass(frozen=True)
class ClaimView:
    """A claim, the folder of its judgement, those of its arms by task and arm, and the keys of them all.

    `manifests` are those of all jobs that it rests on, by stage.
    """

    claim: Claim
    judgement: Path
    arms: dict[str, dict[str, tuple[Path, ...]]]
    keys: dict[str, str]
    manifests: dict[str, list[Path]]
