"""The page of claims: a table of verdicts, then a section for each; and their ledger for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mindgap.report.claims.pictures import PICTURES
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing import style
from mindgap.report.pages import environment, inlined
from mindgap.results.claim import LEDGER, ClaimView
from mindgap.results.judgement import Judged, Judgement
from mindgap.store.documents import Document, plain, write_json


@dataclass(frozen=True)
class Entry:
    """A claim as programs read it; effects are those of its predictions, by task."""

    id: str
    statement: str
    source: str | None
    stated: str | None
    verdict: str
    holds: str
    tasks: dict[str, Any]
    replicates: int
    keys: dict[str, str]


@dataclass(frozen=True)
class ClaimsLedger(Document):
    """All claims of a page, in the order of their files."""

    FILE = LEDGER

    claims: tuple[Entry, ...]


def write_claims(views: Sequence[ClaimView], folder: Path, current: Path) -> None:
    """Write report.html and ledger.json, and last the marker `current`."""
    current.parent.mkdir(parents=True, exist_ok=True)
    for marker in current.parent.glob("*.json"):
        marker.unlink()
    claims = [TestedClaim(view, Judgement.read(view.judgement)) for view in views]
    ClaimsLedger(tuple(_entry(tested.view, tested.judgement) for tested in claims)).write(folder)
    pictures = {tested.claim.claim: _pictures(tested) for tested in claims}
    page = environment().get_template("claims.html.jinja").render(claims=claims, pictures=pictures)
    (folder / "report.html").write_text(page, encoding="utf-8", errors="replace")
    write_json(current, {})


@dataclass(frozen=True)
class Inlined:
    """A picture as the page has it: an address that holds it, and the sentences under it."""

    image: str
    caption: str


def _pictures(tested: TestedClaim) -> list[Inlined]:
    found = []
    for wanted in tested.claim.pictures:
        for name, settings in wanted.items():
            with style.applied():
                drawing: style.Drawing = PICTURES[name].draw(tested, **settings)
                found.append(Inlined(inlined(style.svg(drawing.canvas)), drawing.caption))
    return found


def _entry(view: ClaimView, judgement: Judgement) -> Entry:
    claim = view.claim
    return Entry(
        id=claim.claim,
        statement=claim.statement,
        source=claim.source,
        stated=claim.stated,
        verdict=judgement.verdict,
        holds=judgement.holds,
        tasks={
            name: {
                "verdict": task.verdict,
                "tuned": task.tuned,
                "predictions": [_without_values(judged) for judged in task.predictions],
            }
            for name, task in judgement.tasks.items()
        },
        replicates=claim.replicates,
        keys=view.keys,
    )


def _without_values(judged: Judged) -> dict[str, Any]:
    return {name: value for name, value in plain(judged).items() if name != "values"}
