"""The stage `judge`: from a claim's arms to its measure, its intervals and its verdict."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from mindgap.claims import chance
from mindgap.claims.contrast import difference, median, ratio
from mindgap.claims.measures import Measure, Span, measure_of, spans_of
from mindgap.claims.rule import alike, overall, rule, smallest, together
from mindgap.claims.standard import standard
from mindgap.params.claim import Prediction
from mindgap.results.arm import Arm
from mindgap.results.judgement import Bounds, Judged, Judgement, TaskJudgement


def judge(params: dict[str, Any], arms: Mapping[str, Mapping[str, Sequence[Path]]], out: Path) -> None:
    """Measure all arms, folders by task and arm, and write `Judgement`."""
    predictions = [Prediction.model_validate(prediction) for prediction in params["predict"]]
    asked = [*zip(predictions, map(measure_of, params["measures"]), strict=True)]
    tasks = {task: _task(task, asked, own) for task, own in arms.items()}
    predicted = {name: [judged.number for judged in task.predictions] for name, task in tasks.items()}
    verdict = overall([(task.verdict, predicted[name]) for name, task in tasks.items()])
    parts = alike([(task.chance, predicted[name]) for name, task in tasks.items()])
    Judgement(tasks, verdict, chance.of_verdict(verdict, parts)).write(out)


def _task(task: str, asked: Sequence[tuple[Prediction, Measure]], arms: Mapping[str, Sequence[Path]]) -> TaskJudgement:
    found = {name: [Arm.read(folder) for folder in folders] for name, folders in arms.items()}
    judged = [
        _judged(number, prediction, measure, found)
        for number, (prediction, measure) in enumerate(asked)
        if prediction.tasks is None or task in prediction.tasks
    ]
    return TaskJudgement(
        tuned={name: parts[0].params for name, parts in found.items()},
        predictions=tuple(judged),
        verdict=together([one.ruling for one in judged]),
        chance=chance.together([one.chance for one in judged]),
    )


def _judged(number: int, prediction: Prediction, measure: Measure, arms: Mapping[str, Sequence[Arm]]) -> Judged:
    spans = {name: [span for part in parts for span in spans_of(measure, part)] for name, parts in arms.items()}
    about = _about(prediction, spans)
    found = median(about)
    return Judged(
        number=number,
        values={name: tuple(map(_bounds, own)) for name, own in spans.items()},
        middle=_bounds(found.middle),
        low=_finite(found.low),
        high=_finite(found.high),
        ruling=rule(prediction, found.low, found.high),
        smallest=_finite(smallest(prediction, found)),
        standard=standard(prediction, about, found),
        chance=chance.of_prediction(prediction, about),
    )


def _about(prediction: Prediction, spans: Mapping[str, Sequence[Span]]) -> Sequence[Span]:
    """The number of each replicate that a prediction is about."""
    if prediction.value is not None:
        return spans[prediction.value]
    if prediction.differences is not None:
        pairs = [_each(difference, spans[first], spans[second]) for first, second in prediction.differences]
        return _each(difference, *pairs)
    first, second = prediction.arms
    return _each(ratio if prediction.ratio else difference, spans[first], spans[second])


def _each(contrast: Callable[[Span, Span], Span], first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The contrast of two arms in each replicate."""
    return [contrast(*pair) for pair in zip(first, second, strict=True)]


def _bounds(span: Span) -> Bounds:
    return _finite(span.low), _finite(span.high)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
