"""Tracking claims: a run a claim with its verdict, and under it a run for each arm on each task."""

import csv
import gc
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mindgap.claims.titles import titles
from mindgap.params.claim import Claim, Prediction
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import Judged, Judgement, TaskJudgement
from mindgap.results.tuning import Tuning, TuningRun
from mindgap.store.store import Manifest
from mindgap.tracking.records import Point, Record, StageRecord, texts
from mindgap.tracking.store import opened, reported
from mindgap.tracking.tracked import Tracked
from mindgap.tracking.writer import Writer

TABLE = "trainings.csv"
"""All trainings of an arm: a run for each would be thousands, and what tells them apart is one line."""


def track_claims(views: Sequence[ClaimView], experiment: str, uri: str, results: Path) -> Tracked:
    """Put into MLflow what it does not have of claims; a second call changes nothing, a changed claim is replaced.

    A claim's run has its verdict, and the effects by task; those of its arms what differs between them, what they tuned
    to, the measure by replicate, and a table of all trainings. Raises TrackingUnavailable.
    """
    gc.freeze()  # as for studies
    with reported(uri), opened(uri):
        writer = Writer(uri, experiment, results)
        finished = writer.finished()
        missing = [read_claim(view) for view in views if (view.claim.claim, view.key) not in finished]
        parents = writer.start(missing)
        writer.fill(missing, parents)
        writer.finish(missing, parents)
        for view in views:
            writer.remove_others(finished, view.claim.claim, view.key)
    runs = sum(1 + len(view.claim.tasks) * len(view.claim.arms) for view in views)
    return Tracked(uri, writer.experiment, runs, sum(stage.runs for stage in missing))


def read_claim(view: ClaimView) -> StageRecord:
    """Read a claim's judgement, and what its arms wrote."""
    claim, judgement, manifest = view.claim, Judgement.read(view.judgement), Manifest.read(view.judgement)
    started = round(manifest.runtime.start * 1000)
    tags = {"mindgap.verdict": judgement.verdict, "mindgap.holds": judgement.holds, "mlflow.note.content": _note(claim)}
    points = []
    for task, found in judgement.tasks.items():
        tags |= {f"mindgap.{task}.verdict": found.verdict} | _effects(claim, task, found)
        points += [point for one in found.predictions for point in _median(task, one.number + 1, one)]
    return StageRecord(
        stage=claim.claim,
        key=view.key,
        commit=manifest.git,
        folder=view.judgement,
        started=started,
        ended=started + round(manifest.runtime.wall_seconds * 1000),
        parent=Record(claim.claim, {"replicates": str(claim.replicates)}, points, tags),
        children=[
            _arm(claim, task, arm, folders, judgement.tasks[task])
            for task, arms in view.arms.items()
            for arm, folders in arms.items()
        ],
    )


def _note(claim: Claim) -> str:
    """What stands beside a claim's run as its description."""
    source = f"{claim.source}{f'; stated: {claim.stated}' if claim.stated else ''}." if claim.source else ""
    return "\n\n".join(filter(None, (claim.statement, source)))


def _effects(claim: Claim, task: str, found: TaskJudgement) -> dict[str, str]:
    """The medians of a task's predictions and their intervals, as tags."""
    pairs = [(claim.predict[judged.number], judged) for judged in found.predictions]
    effects = [f"{_subject(prediction)}: {_number(judged.middle[0])}" for prediction, judged in pairs]
    intervals = [f"{_number(judged.low)} to {_number(judged.high)}" for _, judged in pairs]
    return {f"mindgap.{task}.effect": "; ".join(effects), f"mindgap.{task}.interval": "; ".join(intervals)}


def _subject(prediction: Prediction) -> str:
    if prediction.differences is not None:
        return " - ".join(f"({first} - {second})" for first, second in prediction.differences)
    return (" / " if prediction.ratio else " - ").join(prediction.arms)


def _number(value: float | None) -> str:
    return "unbounded" if value is None else f"{value:.4g}"


def _median(task: str, number: int, judged: Judged) -> Iterator[Point]:
    """A prediction's median, its interval, and the smallest effect that it could have told, where they are known."""
    own = {"effect": judged.middle[0], "low": judged.low, "high": judged.high, "smallest": judged.smallest}
    return (Point(f"{task}.{number}.{name}", value) for name, value in own.items() if value is not None)


def _arm(claim: Claim, task: str, arm: str, folders: Sequence[Path], found: TaskJudgement) -> Record:
    """An arm on a task, the measure's steps its replicates; `at_least` where it was not reached within all epochs."""
    called = titles(claim)
    measures = {called[judged.number]: judged.values.get(arm, ()) for judged in found.predictions}
    points = [
        Point(f"{_name(measure)}{'' if low == high else '.at_least'}", low, replicate)
        for measure, values in measures.items()
        for replicate, (low, high) in enumerate(values, 1)
        if low is not None
    ]
    rows = [row for folder in folders for row in _trainings(folder)]
    rows = list({tuple(row): row for row in rows}.values())  # the slices share what they tuned
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    params = {"task": task, "arm": arm, **texts(claim.arms[arm]), **texts(found.tuned.get(arm, {}), "tuned.")}
    return Record(f"{task}: {arm}", params, [*points, Point("trainings", len(rows))], files={TABLE: text.getvalue()})


def _name(measure: str) -> str:
    """A measure's title in the characters that MLflow takes in names of metrics."""
    return "".join(letter if letter.isalnum() or letter in "_-. :/" else "_" for letter in measure)


COLUMNS = ("of", "replicate", "trial", "level", "params", "status", "kept_epoch", "epochs", "stage", "key", "folder")


def _trainings(folder: Path) -> Iterator[list[Any]]:
    """A line for each training in an arm's folder, after those of its tuning."""
    manifest = Manifest.read(folder)
    for name, key in manifest.inputs.items():
        if name == "tuned":
            yield from _trainings(folder.parents[1] / "arm_tuning" / key)
    read = _READERS.get(manifest.stage)
    for row in () if read is None else read(folder):
        yield [*row, manifest.stage, manifest.key, folder]


def _of_arm(folder: Path) -> Iterator[list[Any]]:
    for run in Arm.read(folder).runs:
        yield ["judging", run.replicate, None, run.level, _line(run.point), *_ended(run)]


def _of_tuning(folder: Path) -> Iterator[list[Any]]:
    for point in Tuning.read(folder).points:
        for run in point.runs:
            yield ["tuning", run.replicate, point.number, None, _line(point.params), *_ended(run)]


_READERS: dict[str, Callable[[Path], Iterator[list[Any]]]] = {
    "arm": _of_arm,
    "arm_search": _of_arm,
    "arm_tuning": _of_tuning,
}
"""By stage, the trainings that a folder holds; those of other stages hold none."""


def _line(params: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in texts(params).items())


def _ended(run: ArmRun | TuningRun) -> list[Any]:
    return [run.status, run.kept_epoch, max(map(len, run.history.values()), default=1) - 1]
