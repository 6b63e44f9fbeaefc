"""What a reader must not miss: warnings, the errors to look at, and the params of the winner as a list."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindgap.data.splits import look_measured
from mindgap.params.run import RunSpec
from mindgap.report.columns import doubts
from mindgap.report.numbers import setting
from mindgap.report.shown import shown
from mindgap.report.study import FinishedStudy
from mindgap.results.evaluation import SplitPredictions
from mindgap.results.level import Narrowing
from mindgap.stages.deciding import as_probability
from mindgap.stages.gates import GATES
from mindgap.stages.leading import BALANCED
from mindgap.store.ledger import Reading
from mindgap.training.batches import batch_size, fewest_rows, joined

FEW = 30
"""With fewer rows than this, one row more or less is three points of accuracy."""


def warnings(study: FinishedStudy, ledger: list[Reading]) -> list[str]:
    """Whole sentences, in the order of their weight; none when all is well."""
    found = []
    failed = [gate.name for gate in study.gates if not gate.passed]
    if failed:
        found.append(f"Not every gate passed: {', '.join(failed)}.")
    readers = {reading.evaluate for reading in ledger}
    if len(readers) > 1:
        found.append(
            f"Test rows of these data were read by {len(readers)} different evaluations. Whatever was chosen after "
            "the first of them may fit the test rows, and the test score may be too good."
        )
    for pair, rows in _duplicates(study).items():
        if rows:
            first, second = (_SPLITS[split] for split in pair.split("_"))
            fold = (" of their fold" if second == "test" else " of the first fold") if study.folds else ""
            found.append(
                f"{_rows(rows)} in the {second} split{fold} also {_stand(rows)} in the {first} split: scores on the "
                f"{second} split are too good by what the network learned by heart."
            )
    if study.dataset.wrong_targets:
        asked = "labels" if study.dataset.target is None else "targets"
        found.append(
            f"The {asked} of {study.dataset.wrong_targets:,} of {_rows(study.dataset.rows['train'])} in the training "
            "split were made wrong on purpose, and scores on it are measured against them."
        )
    if study.leading.unequal is not None and study.objective != f"val_{BALANCED}":
        found.append(
            f"Runs were chosen by validation {shown(study.objective).name}, which rare classes hardly move: "
            f"search.objective: val_{BALANCED} chooses by what leads this page."
        )
    for split in ("val",) if study.folds else ("val", "test"):
        rows = study.dataset.rows[split]
        if rows < FEW:
            found.append(f"The {_SPLITS[split]} split has {_rows(rows)}: too few to tell networks apart.")
    classes = study.dataset.classes
    if classes and look_measured(classes):
        found.append(
            f"The {len(classes)} classes are numbers, {classes[0]} to {classes[-1]}. If they are measurements, "
            "data.task: regression predicts them as such, to which a near miss is better than a far one."
        )
    found += doubts(study.overview)
    for column in study.dataset.identifiers:
        found.append(
            f"Column {column!r} holds texts that training rows mostly lack, as a date or an identifier does; each of "
            "its values has a feature of its own. Remove the column, or group its values."
        )
    run, rows = RunSpec(**study.evaluation.spec, seed=0), study.dataset.rows["train"]
    size = batch_size(run.train.batch_size, rows)
    few = joined(size, rows, fewest_rows(run.model))
    if few:
        found.append(
            f"Batches of {size} leave {_rows(few)} at the end of an epoch, too few for the variance in "
            f"{run.model.normalization} normalisation: the last batch has {size + few} rows."
        )
    stopping = study.evaluation.spec["train"].get("early_stopping")
    late = sum(run.kept_epoch == len(run.history["val_loss"]) - 1 for run in study.winner_runs)
    if stopping and late:
        found.append(
            f"The best epoch of {late} of {len(study.winner_runs)} seeds is the last: with more epochs they may do "
            "better."
        )
    for name, level in study.levels.items():
        found += [
            f"Search {name}: the best {step.param} lies at the {step.at_edge} edge of its range; a better one may lie "
            "beyond."
            for step in level.narrowing
            if step.at_edge
        ]
    return found


def _duplicates(study: FinishedStudy) -> dict[str, int]:
    """Those of the data, see `Dataset`; where there are folds, each row counts in that whose test rows it is among."""
    folds = [fold.duplicates for fold in study.folds if fold.repeat == 1]
    return {
        pair: sum(own.get(pair, 0) for own in folds) if folds and pair.endswith("_test") else rows
        for pair, rows in study.dataset.duplicates.items()
    }


def chosen_by(study: FinishedStudy) -> str:
    """What validation rows were used for, and what follows for the gap to them."""
    uses = [
        "the search" if study.levels else "",
        "the choice between candidates" if len(study.training.candidates) > 1 else "",
        "stopping" if study.evaluation.spec["train"].get("early_stopping") else "",
        "the threshold" if study.training.thresholds else "",
        "the temperature" if study.training.temperatures else "",
    ]
    used = [use for use in uses if use]
    if not used:
        return "Validation rows chose nothing here, so that the gap to them is as honest as that to test rows."
    listed = ", ".join(used[:-1]) + " and " + used[-1] if used[1:] else used[0]
    return (
        f"Validation rows were used for {listed}: what is best of several is partly lucky, so that on average the "
        "score on them is too good and the gap to them too small. No interval covers that."
    )


def confusions(study: FinishedStudy, most: int = 5) -> list[tuple[str, str, int, float]]:
    """The commonest errors on the test split: true class, predicted class, rows, share of the true class's rows."""
    classes, matrix = study.dataset.classes, study.evaluation.confusion["test"]
    errors = [
        (classes[true], classes[predicted], rows, rows / sum(row))
        for true, row in enumerate(matrix)
        for predicted, rows in enumerate(row)
        if rows and true != predicted
    ]
    return sorted(errors, key=lambda error: (-error[2], -error[3]))[:most]


@dataclass(frozen=True)
class Decision:
    """How the networks decide between two classes, and how hot their probabilities were; all by seed.

    `thresholds` are probabilities of the class `positive`, None where outputs are no logits or nothing was chosen;
    `margins` are by how much its output must be above the other's. The ensemble decides by `together`, likewise.
    """

    positive: str | None
    aim: str | None
    margins: tuple[float, ...]
    thresholds: tuple[float, ...] | None
    temperatures: tuple[float, ...]
    together: float | None = None


def decision(study: FinishedStudy) -> Decision:
    """What was chosen on the validation rows, if anything."""
    training, classes, likely = study.training, study.dataset.classes, study.likely
    together = training.together
    return Decision(
        positive=classes[1] if len(classes) == 2 else None,
        aim=_AIMS[training.aim] if isinstance(training.aim, str) else training.aim and _costs(training.aim),
        margins=training.thresholds,
        thresholds=tuple(map(as_probability, training.thresholds)) if likely and training.thresholds else None,
        temperatures=training.temperatures,
        together=as_probability(together) if likely and together is not None else together,
    )


_AIMS = {"f1": "the highest F1", "balanced_accuracy": "the highest balanced accuracy"}


def _costs(costs: dict[str, float]) -> str:
    return f"the least cost, {costs['missed']:g} for each row missed and {costs['false_alarm']:g} for each false alarm"


@dataclass(frozen=True)
class OfClass:
    """What becomes of a class on the test rows, all seeds and folds together: its rows, and what is found of it.

    Shares are None where there is nothing to divide by.
    """

    name: str
    rows: int
    recall: float | None
    precision: float | None
    f1: float | None
    taken_for: str | None
    """The class that most of its other rows are taken for."""


def by_class(study: FinishedStudy) -> list[OfClass]:
    """Each class in the data's order."""
    classes, counts = study.dataset.classes, np.array(study.evaluation.confusion["test"])
    rows, taken, right = counts.sum(axis=1), counts.sum(axis=0), np.diagonal(counts)
    wrong = counts - np.diag(right)
    times = len(study.evaluation.replicates) * study.evaluation.repeats
    return [
        OfClass(
            name,
            int(rows[at]) // times,
            _ratio(right[at], rows[at]),
            _ratio(right[at], taken[at]),
            _ratio(2 * right[at], rows[at] + taken[at]),
            classes[int(wrong[at].argmax())] if wrong[at].any() else None,
        )
        for at, name in enumerate(classes)
    ]


def _ratio(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


@dataclass(frozen=True)
class LargeErrors:
    """Errors of the saved model on the test rows, of folds of each on its own, in the target's units.

    `rows` has the largest first: number in the source, measured, predicted, predicted minus measured; their `places`
    are those among the predictions. Half of all rows are off by at most `median`, nine in ten by at most `most`, and
    all by at most `largest`.
    """

    rows: list[tuple[int, float, float, float]]
    median: float
    most: float
    largest: float
    places: list[int]


def large_errors(test: SplitPredictions, predicted: NDArray[np.float64], count: int = 5) -> LargeErrors:
    """The largest errors of a regression that predicts so of the rows (rows,), and how large the others are."""
    measured, errors = test.measured, predicted - test.measured
    largest = np.argsort(-np.abs(errors), kind="stable")[:count]
    rows = [(int(test.rows[at]), float(measured[at]), float(predicted[at]), float(errors[at])) for at in largest]
    median, most, worst = np.quantile(np.abs(errors), (0.5, 0.9, 1.0)).tolist()
    return LargeErrors(rows, median, most, worst, largest.tolist())


@dataclass(frozen=True)
class Asked:
    """A gate's question and answer, in words."""

    question: str
    measured: float
    expected: str
    explanation: str
    passed: bool


def asked(study: FinishedStudy) -> list[Asked]:
    """What the gates asked of the network, and what they found."""
    return [
        Asked(gate.question, result.measured, gate.expected(result), gate.explanation(result), result.passed)
        for result, gate in ((result, GATES[result.name]) for result in study.gates)
    ]


def reason(step: Narrowing) -> str:
    """Why a range was narrowed as it was."""
    best = step.best
    if step.kind == "categorical":
        return f"the best {len(best)} trials chose {len(step.following)} of {len(step.searched)}"
    text = f"the best {len(best)} trials lie in {setting(min(best))} to {setting(max(best))}"
    if step.edge is None:
        return text
    beyond = "so the range goes beyond it" if step.beyond else "which is as far as the param goes"
    return f"{text}; the very best, {setting(best[0])}, is at the {step.edge} end, {beyond}"


_SPLITS = {"train": "training", "val": "validation", "test": "test"}


def _rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"


def _stand(number: int) -> str:
    return "stands" if number == 1 else "stand"
