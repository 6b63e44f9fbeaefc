"""Narrowing: where the next level searches, and why."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from mindgap.params.run import bounds
from mindgap.stages.search.scale import Domain, Scale

EDGE = 0.05
"""A best value within this share of a range's end says that the range may end too early (CS231n, lecture 6)."""

BEYOND = 0.25
"""How far the next range then goes beyond that end, as a share of the range."""


def best_count(finished: int, keep: float) -> int:
    """How many of the finished trials count as the best: a share, at least 3, at most all."""
    return min(finished, max(3, ceil(keep * finished)))


def narrow(
    space: dict[str, Domain], best: Sequence[dict[str, Any]], margin: float
) -> tuple[dict[str, Domain], list[dict[str, Any]]]:
    """The next space and, for each param, what changed and why; `best` are the params of the best trials, best first.

    A numeric range becomes the span of the best values, widened by `margin` of the range searched at both ends, and
    goes beyond an end near which the very best lies, as far as the param's own bounds allow. Choices that none of
    the best trials made are dropped.
    """
    following: dict[str, Domain] = {}
    steps = []
    for name in sorted(space):
        values = [params[name] for params in best]
        scale = Scale.of(space[name])
        if scale is None:
            step = _narrow_choices(name, space[name]["categorical"], values)
        else:
            step = _narrow_range(name, scale, values, margin)
        ((kind, _),) = space[name].items()
        following[name] = {kind: step["to"]}
        steps.append(step)
    return following, steps


def _narrow_choices(name: str, choices: list[Any], values: list[Any]) -> dict[str, Any]:
    kept = [choice for choice in choices if choice in values]
    reason = f"the best {len(values)} trials chose {len(kept)} of {len(choices)}"
    return {"param": name, "from": choices, "to": kept, "at_edge": None, "reason": reason}


def _narrow_range(name: str, scale: Scale, values: list[float], margin: float) -> dict[str, Any]:
    places = [scale.place(value) for value in values]
    low, high = max(0.0, min(places) - margin), min(1.0, max(places) + margin)
    reason = f"the best {len(values)} trials lie in {min(values):.3g} to {max(values):.3g}"
    edge = "low" if places[0] < EDGE else "high" if places[0] > 1 - EDGE else None
    if edge == "low":
        low = -BEYOND
    elif edge == "high":
        high = 1 + BEYOND
    ends = [_within(name, scale, low), _within(name, scale, high)]
    if scale.kind == "integer":
        ends = [round(ends[0]), max(round(ends[1]), round(ends[0]) + 1)]
    if edge is not None:
        reason += f"; the very best, {values[0]:.3g}, is at the {edge} end"
        beyond = ends[0] < scale.low if edge == "low" else ends[1] > scale.high
        reason += ", so the range goes beyond it" if beyond else ", which is as far as the param goes"
        edge = edge if beyond else None
    return {"param": name, "from": [scale.low, scale.high], "to": ends, "at_edge": edge, "reason": reason}


def _within(name: str, scale: Scale, place: float) -> float:
    """The value at a place, or halfway from the range's end to the param's bound where it would reach that."""
    if place == 0:
        return scale.low
    if place == 1:
        return scale.high
    value = scale.value(place)
    lowest, highest = bounds(name)
    if lowest is not None and value <= lowest:
        return (scale.low + lowest) / 2
    if highest is not None and value >= highest:
        return (scale.high + highest) / 2
    return value
