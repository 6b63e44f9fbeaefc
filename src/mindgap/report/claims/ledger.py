"""The ledger of a page of claims, for programs: every verdict, what it rests on, and where that lies."""

from dataclasses import dataclass
from typing import Any

from mindgap.claims.chance import LEVEL
from mindgap.claims.titles import titles
from mindgap.params.claim import Prediction
from mindgap.report.claims.tested import PARTS, TestedClaim, part_of
from mindgap.results.claim import LEDGER, ClaimKeys
from mindgap.results.judgement import Bounds, Chance, Judged, Ruling, Standard, Verdict
from mindgap.store.documents import Document


@dataclass(frozen=True)
class PredictionEntry:
    """A prediction as declared, and what was found of it on a task.

    `effect` is the median over replicates of what it is about, None where only its bounds are known, which `between`
    has; `low` and `high` are its 95 % interval. `smallest_effect`, `standardised` and `chance`: see `Judged`.
    """

    says: str | None
    measure: str
    ratio: tuple[str, str] | None
    difference: tuple[str, str] | None
    differences: tuple[tuple[str, str], tuple[str, str]] | None
    value: str | None
    above: float | None
    below: float | None
    within: tuple[float, float] | None
    stated: float | None
    effect: float | None
    between: Bounds
    low: float | None
    high: float | None
    smallest_effect: float | None
    standardised: Standard
    chance: Chance
    verdict: Ruling


@dataclass(frozen=True)
class TaskEntry:
    """A claim on a task: the effect of the prediction that decides, and all of them.

    `runs` are the trainings that are judged, `trials` those that tuned, on all of their splits; both by all arms.
    """

    verdict: Ruling
    effect: float | None
    low: float | None
    high: float | None
    smallest_effect: float | None
    replicates: int
    runs: int
    trials: int
    tuned: dict[str, dict[str, Any]]
    predictions: tuple[PredictionEntry, ...]


@dataclass(frozen=True)
class Entry:
    """A claim. `chance` is that of its verdict, both sides counted, `holm` the same corrected for all of the page.

    `keys` are those of its results.
    """

    id: str
    part: str
    statement: str
    source: str | None
    stated: str | None
    verdict: Verdict
    holds: str
    chance: float
    holm: float
    replicates: int
    runs: int
    trials: int
    tasks: dict[str, TaskEntry]
    keys: ClaimKeys

    @property
    def survives(self) -> bool:
        """Whether it is decided, and still is when all claims of the page are counted."""
        return self.verdict != "undecided" and self.holm <= LEVEL


@dataclass(frozen=True)
class ClaimsLedger(Document):
    """All claims of a page, in its order. `made` are the trainings made for them; equal ones are made once."""

    FILE = LEDGER

    claims: tuple[Entry, ...]
    made: int


def entry(tested: TestedClaim, chance: float, holm: float) -> Entry:
    """What the ledger says of a claim."""
    claim, judgement = tested.claim, tested.judgement
    tasks = {name: _task(tested, name) for name in judgement.tasks}
    return Entry(
        id=claim.claim,
        part=PARTS[part_of(claim)],
        statement=claim.statement,
        source=claim.source,
        stated=claim.stated,
        verdict=judgement.verdict,
        holds=judgement.holds,
        chance=chance,
        holm=holm,
        replicates=claim.replicates,
        runs=sum(task.runs for task in tasks.values()),
        trials=sum(task.trials for task in tasks.values()),
        tasks=tasks,
        keys=tested.view.keys,
    )


def _task(tested: TestedClaim, name: str) -> TaskEntry:
    claim, judgement, simulated = tested.claim, tested.judgement.tasks[name], tested.claim.simulated(name)
    called = titles(claim)
    predictions = tuple(
        _prediction(claim.predict[judged.number], called[judged.number], judged) for judged in judgement.predictions
    )
    deciding = predictions[judgement.predictions.index(judgement.deciding)]
    return TaskEntry(
        verdict=judgement.verdict,
        effect=deciding.effect,
        low=deciding.low,
        high=deciding.high,
        smallest_effect=deciding.smallest_effect,
        replicates=claim.replicates,
        runs=sum(tested.trainings(name, arm, runs) for arm, runs in tested.runs[name].items()),
        trials=0 if simulated or claim.tune is None else claim.tune.trainings * len(claim.arms),
        tuned=judgement.tuned,
        predictions=predictions,
    )


def _prediction(prediction: Prediction, measure: str, judged: Judged) -> PredictionEntry:
    low, high = judged.middle
    return PredictionEntry(
        says=prediction.says,
        measure=measure,
        ratio=prediction.ratio,
        difference=prediction.difference,
        differences=prediction.differences,
        value=prediction.value,
        above=prediction.above,
        below=prediction.below,
        within=prediction.within,
        stated=prediction.stated,
        effect=low if low == high else None,
        between=judged.middle,
        low=judged.low,
        high=judged.high,
        smallest_effect=judged.smallest,
        standardised=judged.standard,
        chance=judged.chance,
        verdict=judged.ruling,
    )
