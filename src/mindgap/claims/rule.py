"""The rule: when a prediction is supported, weaker than stated, refuted or undecided (docs/claims.md has its table)."""

from collections.abc import Collection, Sequence
from math import inf, isfinite
from typing import TypeVar

from mindgap.claims.contrast import Median
from mindgap.params.claim import Prediction
from mindgap.results.judgement import Ruling, Verdict

T = TypeVar("T")


def rule(prediction: Prediction, low: float, high: float) -> Ruling:
    """What the interval `low` to `high` says of a prediction."""
    if prediction.within is not None:
        least, most = prediction.within
        if least <= low and high <= most:
            return "supported"
        return "refuted" if high < least or low > most else "undecided"
    if prediction.below is not None:
        stated = None if prediction.stated is None else -prediction.stated
        return _above(-prediction.below, stated, -high, -low)
    assert prediction.above is not None
    return _above(prediction.above, prediction.stated, low, high)


def smallest(prediction: Prediction, found: Median) -> float:
    """The median nearest to the limit that an interval as wide would have left beyond it; infinite where none would.

    Intervals of ratios are as wide in logarithms. Where two ends are claimed it is the width of the interval, which is
    how far apart they must be to hold it.
    """
    if prediction.within is not None:
        return found.high - found.low
    if prediction.above is not None:
        limit, middle, end = prediction.above, found.middle.low, found.low
    else:
        assert prediction.below is not None
        limit, middle, end = prediction.below, found.middle.high, found.high
    if not (isfinite(middle) and isfinite(end)):
        return inf
    if prediction.ratio is None:
        return limit + middle - end
    return limit * middle / end if end else inf


def _above(limit: float, stated: float | None, low: float, high: float) -> Ruling:
    if high < limit:
        return "refuted"
    if not low > limit:
        return "undecided"
    return "weaker than stated" if stated is not None and high < stated else "supported"


def together(rulings: Sequence[Ruling]) -> Ruling:
    """What several predictions of one claim come to: the claim says them all."""
    order: tuple[Ruling, ...] = ("refuted", "undecided", "weaker than stated", "supported")
    return next(ruling for ruling in order if ruling in rulings)


def overall(tasks: Sequence[tuple[Ruling, Collection[int]]]) -> Verdict:
    """What a claim comes to over tasks, each with its ruling and the numbers of what is predicted on it.

    Tasks on which the same is predicted count together, see `over_tasks`; what is predicted on others is another part
    of the claim, which says all of its parts.
    """
    order: tuple[Verdict, ...] = ("refuted", "undecided", "depends", "weaker than stated", "supported")
    parts = [over_tasks(rulings) for rulings in alike(tasks)]
    return next(verdict for verdict in order if verdict in parts)


def alike(tasks: Sequence[tuple[T, Collection[int]]]) -> list[list[T]]:
    """What there is of tasks on which the same is predicted, together."""
    groups: dict[tuple[int, ...], list[T]] = {}
    for found, numbers in tasks:
        groups.setdefault(tuple(sorted(numbers)), []).append(found)
    return [*groups.values()]


def over_tasks(rulings: Sequence[Ruling]) -> Verdict:
    """What several tasks come to: supported only where none refutes it and most support it."""
    holds = [ruling for ruling in rulings if ruling in ("supported", "weaker than stated")]
    if "refuted" in rulings:
        return "depends" if holds else "refuted" if rulings.count("refuted") * 2 > len(rulings) else "undecided"
    if len(holds) * 2 <= len(rulings):
        return "undecided"
    return "supported" if rulings.count("supported") * 2 > len(rulings) else "weaker than stated"
