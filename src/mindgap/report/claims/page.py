"""The page of claims: a table of verdicts, then a section for each; and their ledger for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mindgap.report.pages import environment
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import Judgement
from mindgap.store.documents import Document, write_json


@dataclass(frozen=True)
class Entry:
    """A claim as programs read it; effects are those of its predictions, by task."""

    id: str
    statement: str
    source: str
    stated: str | None
    verdict: str
    tasks: dict[str, Any]
    replicates: int
    keys: dict[str, str]


@dataclass(frozen=True)
class ClaimsLedger(Document):
    """All claims of a page, in the order of their files."""

    FILE = "ledger.json"

    claims: tuple[Entry, ...]


def write_claims(views: Sequence[ClaimView], folder: Path, current: Path) -> None:
    """Write report.html and ledger.json, and last the marker `current`."""
    current.parent.mkdir(parents=True, exist_ok=True)
    for marker in current.parent.glob("*.json"):
        marker.unlink()
    found = [(view.claim, Judgement.read(view.judgement), view) for view in views]
    ClaimsLedger(tuple(_entry(view, judgement) for _, judgement, view in found)).write(folder)
    page = environment().get_template("claims.html.jinja").render(claims=found)
    (folder / "report.html").write_text(page, encoding="utf-8", errors="replace")
    write_json(current, {})


def _entry(view: ClaimView, judgement: Judgement) -> Entry:
    claim = view.claim
    return Entry(
        id=claim.claim,
        statement=claim.statement,
        source=claim.source,
        stated=claim.stated,
        verdict=judgement.verdict,
        tasks={
            name: {"verdict": task.verdict, "predictions": task.predictions, "tuned": task.tuned}
            for name, task in judgement.tasks.items()
        },
        replicates=claim.replicates,
        keys=view.keys,
    )
