"""The stage `judge`: from a claim's arms to its measure, its intervals and its verdict."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from mindgap.claims.contrast import Median, difference, median, ratio
from mindgap.claims.measures import MEASURES, Measure, Span
from mindgap.claims.rule import overall, rule, together
from mindgap.params.claim import Prediction
from mindgap.results.arm import Arm
from mindgap.results.judgement import Bounds, Judged, Judgement, TaskJudgement


def judge(params: dict[str, Any], arms: Mapping[str, Mapping[str, Sequence[Path]]], out: Path) -> None:
    """Measure all arms, folders by task and arm, and write `Judgement`."""
    ((name, settings),) = params["measure"].items()
    measure = MEASURES[name].model_validate(settings)
    predictions = [Prediction.model_validate(prediction) for prediction in params["predict"]]
    tasks = {task: _task(measure, predictions, own) for task, own in arms.items()}
    Judgement(tasks, overall([task.verdict for task in tasks.values()])).write(out)  # type: ignore[misc]


def _task(measure: Measure, predictions: Sequence[Prediction], arms: Mapping[str, Sequence[Path]]) -> TaskJudgement:
    found = {name: [Arm.read(folder) for folder in folders] for name, folders in arms.items()}
    spans = {
        name: [measure.of(run, part.epochs) for part in parts for run in part.runs] for name, parts in found.items()
    }
    judged = [_judged(prediction, spans) for prediction in predictions]
    return TaskJudgement(
        values={name: tuple(map(_bounds, own)) for name, own in spans.items()},
        tuned={name: parts[0].params for name, parts in found.items()},
        predictions=tuple(judged),
        verdict=together([one.ruling for one in judged]),  # type: ignore[misc]
    )


def _judged(prediction: Prediction, spans: Mapping[str, Sequence[Span]]) -> Judged:
    if prediction.value is not None:
        found = median(spans[prediction.value])
    else:
        first, second = prediction.arms
        contrast = ratio if prediction.ratio else difference
        found = median([contrast(*pair) for pair in zip(spans[first], spans[second], strict=True)])
    return Judged(
        middle=_bounds(found.middle),
        low=_finite(found.low),
        high=_finite(found.high),
        ruling=rule(prediction, found.low, found.high),
        smallest=_smallest(prediction, found),
    )


def _smallest(prediction: Prediction, found: Median) -> float | None:
    """How far from the limit the median would have had to lie; None where no effect would have been seen."""
    side = found.middle.low - found.low if prediction.above is not None else found.high - found.middle.high
    return _finite(side)


def _bounds(span: Span) -> Bounds:
    return _finite(span.low), _finite(span.high)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
