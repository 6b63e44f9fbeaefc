"""Narrowing: where the next level searches, and why."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from pydantic import ValidationError

from mindgap.params.run import RunSpec, bounds, left_by
from mindgap.results.level import Domain, Edge, Narrowing, Space
from mindgap.search.scale import Scale

EDGE = 0.05
"""A best value within this share of a range's end says that the range may end too early (CS231n, lecture 6)."""

BEYOND = 0.25
"""How far the next range then goes beyond that end, as a share of the range; whole numbers go on by one at least."""


def best_count(finished: int, keep: float) -> int:
    """How many of the finished trials count as the best: a share, at least 3, at most all."""
    return min(finished, max(3, ceil(keep * finished)))


def narrow(space: Space, best: Sequence[dict[str, Any]], margin: float, run: Mapping[str, Any]) -> list[Narrowing]:
    """What becomes of each param's range, by name; `best` are the params of the best trials, best first.

    A numeric range becomes the span of the best values, widened by `margin` of the range searched at both ends, and
    goes beyond an end near which the very best lies, as far as the param's own bounds allow, and whole numbers as far
    as the very best trial of `run` does, but for sizes on which it depends what is left of an image. Choices that none
    of the best trials made are dropped.
    """
    return [_narrow(name, space[name], best, margin, run) for name in sorted(space)]


def following(steps: Sequence[Narrowing]) -> Space:
    """The next space."""
    return {step.param: {step.kind: step.following} for step in steps}


def _narrow(
    name: str, domain: Domain, best: Sequence[dict[str, Any]], margin: float, run: Mapping[str, Any]
) -> Narrowing:
    scale, values = Scale.of(domain), [params[name] for params in best]
    if scale is None:
        choices = domain["categorical"]
        return Narrowing(name, "categorical", choices, [choice for choice in choices if choice in values], values)
    places = [scale.place(value) for value in values]
    low, high = max(0.0, min(places) - margin), min(1.0, max(places) + margin)
    edge: Edge | None = "low" if places[0] < EDGE else "high" if places[0] > 1 - EDGE else None
    if edge == "low":
        low = -BEYOND
    elif edge == "high":
        high = 1 + BEYOND
    ends = [_within(name, scale, low), _within(name, scale, high)]
    if scale.kind == "integer":
        # Blocks within the range fit the image, as the plan has tried; beyond it they may not.
        ends = _whole(scale, ends, edge, lambda value: not left_by(name) and _is_run(run, {**best[0], name: value}))
    beyond = (edge == "low" and ends[0] < scale.low) or (edge == "high" and ends[1] > scale.high)
    return Narrowing(name, scale.kind, [scale.low, scale.high], ends, values, edge, beyond)


def _within(name: str, scale: Scale, place: float) -> float:
    """The value at a place, or halfway from the range's end to the param's bound where it would reach that."""
    value = scale.value(place)
    lowest, highest = bounds(name)
    if lowest is not None and value <= lowest:
        return (scale.low + lowest) / 2
    if highest is not None and value >= highest:
        return (scale.high + highest) / 2
    return value


def _whole(scale: Scale, ends: Sequence[float], edge: Edge | None, possible: Callable[[int], bool]) -> list[float]:
    """The ends as two whole numbers, beyond an edge by one at least, where that is possible."""
    (low, high), (lowest, highest) = map(round, ends), (round(scale.low), round(scale.high))
    if edge == "low":
        low = next(filter(possible, range(min(low, lowest - 1), lowest)), lowest)
    elif edge == "high":
        high = next(filter(possible, range(max(high, highest + 1), highest, -1)), highest)
    if low == high:  # the best all agree
        return [low - 1, high] if edge == "high" else [low, high + 1]
    return [low, high]


def _is_run(run: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    try:
        RunSpec.of(run, params)
    except ValidationError:
        return False
    return True
