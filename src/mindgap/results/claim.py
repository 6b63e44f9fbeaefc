"""What the page of claims is told of each."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from mindgap.params.claim import Claim
from mindgap.store.documents import read_json
from mindgap.store.keys import key_of

LEDGER = "ledger.json"
"""All claims of a page, for programs."""


@dataclass(frozen=True)
class ClaimKeys:
    """The keys of a claim's results: of its judgement, and of each slice of replicates by task and arm."""

    judge: str | None = None
    arms: dict[str, dict[str, list[str]]] = field(default_factory=dict)


def shown_claims(folder: Path) -> dict[str, ClaimKeys]:
    """The keys that the page in a folder shows, by claim; none where there is none, or it cannot be read."""
    try:
        return {claim["id"]: ClaimKeys(**claim["keys"]) for claim in read_json(folder / LEDGER)["claims"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@dataclass(frozen=True)
class ClaimView:
    """A claim, the folder of its judgement, those of its arms by task and arm, and the keys of them all.

    `data` are the folders of the first replicate's prepared rows, by task and arm, where an arm has any.
    `manifests` are those of all jobs that it rests on, by stage.
    """

    claim: Claim
    judgement: Path
    arms: dict[str, dict[str, tuple[Path, ...]]]
    data: dict[str, dict[str, Path]]
    keys: ClaimKeys
    manifests: dict[str, list[Path]]

    @property
    def key(self) -> str:
        """The hash of the claim's words and of all its results' keys."""
        return key_of({"claim": self.claim.model_dump(mode="json"), "keys": asdict(self.keys)})
