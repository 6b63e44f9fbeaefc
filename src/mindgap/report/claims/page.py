"""The page of claims: verdicts at a glance, then a section for each; their ledger, and the tables behind pictures."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mindgap.claims.chance import holm
from mindgap.claims.titles import titles
from mindgap.params.claim import Claim
from mindgap.params.pictures import picture_of
from mindgap.report.claims import forest, sentences
from mindgap.report.claims.arms import ArmRow, arm_rows
from mindgap.report.claims.ledger import ClaimsLedger, Entry, entry
from mindgap.report.claims.pictures import PICTURES
from mindgap.report.claims.tables import replicates, write_table
from mindgap.report.claims.tested import PARTS, TestedClaim, part_of, place
from mindgap.report.drawing import style
from mindgap.report.pages import environment, inlined
from mindgap.report.runtime import measured_seconds
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import VERDICTS, Judgement
from mindgap.store.documents import write_json

TABLES = "tables"


@dataclass(frozen=True)
class Picture:
    """A picture as the page has it: an address that holds it, what it shows in words, and where its numbers are."""

    image: str
    caption: str
    alt: str
    table: str


@dataclass(frozen=True)
class Section:
    """What the page says of a claim; `measures` are the titles of those of its predictions.

    `trained` has, by key, how many networks each of its results trained; `timed` says whether seconds were measured,
    which stand elsewhere, as no two runs take the same.
    """

    claim: Claim
    judgement: Judgement
    entry: Entry
    part: str
    done: list[str]
    measures: list[str]
    arms: list[ArmRow]
    pictures: list[Picture]
    table: str
    trained: dict[str, int]
    timed: bool


def write_claims(views: Sequence[ClaimView], folder: Path, current: Path) -> None:
    """Write report.html, ledger.json and the folder `tables`, and last the marker `current`."""
    current.parent.mkdir(parents=True, exist_ok=True)
    for marker in current.parent.glob("*.json"):
        marker.unlink()
    shutil.rmtree(folder / TABLES, ignore_errors=True)
    (folder / TABLES).mkdir()
    views = sorted(views, key=lambda view: place(view.claim))
    judgements = [_in_order(view.claim, Judgement.read(view.judgement)) for view in views]
    chances = [judgement.chance for judgement in judgements]
    sections = [
        _section(TestedClaim(view, judgement), chance, corrected, folder)
        for view, judgement, chance, corrected in zip(views, judgements, chances, holm(chances), strict=True)
    ]
    made = {key: count for section in sections for key, count in section.trained.items()}
    ledger = ClaimsLedger(tuple(section.entry for section in sections), sum(made.values()))
    ledger.write(folder)
    page = (
        environment()
        .get_template("claims.html.jinja")
        .render(
            parts={letter: title for letter, title in PARTS.items() if any(one.part == letter for one in sections)},
            rulings=VERDICTS,
            sections=sections,
            ledger=ledger,
            forests=_forests(sections, folder),
            sentences=sentences,
        )
    )
    (folder / "report.html").write_text(page, encoding="utf-8", errors="replace")
    write_json(current, {})


def _in_order(claim: Claim, judgement: Judgement) -> Judgement:
    """Its tasks as the claim has them; JSON knows no order."""
    return replace(judgement, tasks={name: judgement.tasks[name] for name in claim.tasks})


def _section(tested: TestedClaim, chance: float, corrected: float, folder: Path) -> Section:
    claim, judgement = tested.claim, tested.judgement
    table = f"{TABLES}/{claim.claim}.csv"
    write_table(replicates(claim, judgement), folder / table)
    return Section(
        claim=claim,
        judgement=judgement,
        entry=entry(tested, chance, corrected),
        part=part_of(claim),
        done=sentences.done(claim, judgement),
        measures=titles(claim),
        arms=arm_rows(claim, judgement),
        pictures=_pictures(tested, table, folder),
        table=table,
        trained=_trained(tested),
        timed=bool(measured_seconds(tested.view)),
    )


def _trained(tested: TestedClaim) -> dict[str, int]:
    arms = {
        folder.name: tested.trainings(task, arm, part.runs)
        for task, folders in tested.view.arms.items()
        for arm, own in folders.items()
        for folder, part in zip(own, tested.arms[task][arm], strict=True)
    }
    tune = tested.claim.tune
    searches = [] if tune is None else tested.view.manifests.get("arm_tuning", [])
    return arms | {manifest.parent.name: tune.trainings for manifest in searches if tune is not None}


def _pictures(tested: TestedClaim, table: str, folder: Path) -> list[Picture]:
    claim, tasks = tested.claim, tested.judgement.tasks
    shown = " ".join(sentences.seen(claim, name, task) for name, task in tasks.items())
    found = []
    for number, wanted in enumerate(claim.pictures, start=1):
        for name, settings in wanted.items():
            with style.applied():
                drawing: style.Drawing = PICTURES[name].draw(tested, **dict(picture_of(name, settings)))
                image = inlined(style.svg(drawing.canvas))
            own = table
            if drawing.table is not None:
                own = f"{TABLES}/{claim.claim}.{number}.{name}.csv"
                write_table(drawing.table, folder / own)
            found.append(Picture(image, drawing.caption, f"{drawing.caption} {shown}", own))
    return found


def _forests(sections: Sequence[Section], folder: Path) -> dict[str, Picture]:
    """The forest plot of each part."""
    found = {}
    for letter in dict.fromkeys(section.part for section in sections):
        entries = [section.entry for section in sections if section.part == letter]
        with style.applied():
            drawing = forest.draw(entries)
            image = inlined(style.svg(drawing.canvas))
        table = f"{TABLES}/forest{letter and f'.{letter}'}.csv"
        assert drawing.table is not None
        write_table(drawing.table, folder / table)
        found[letter] = Picture(image, drawing.caption, forest.seen(entries), table)
    return found
