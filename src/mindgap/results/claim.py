"""What the page of claims is told of each."""

from dataclasses import dataclass
from pathlib import Path

from mindgap.params.claim import Claim


@dataclass(frozen=True)
class ClaimView:
    """A claim, the folder of its judgement, those of its arms by task and arm, and the keys of them all.

    `data` are the folders of the first replicate's prepared rows, by task and arm, where an arm has any.
    """

    claim: Claim
    judgement: Path
    arms: dict[str, dict[str, tuple[Path, ...]]]
    data: dict[str, dict[str, Path]]
    keys: dict[str, str]
