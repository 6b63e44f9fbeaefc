"""Drawing the params of trials, all of them before any is trained."""

import math
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.results.level import Domain, Space
from mindgap.search.scale import Scale
from mindgap.streams import stream

Points = NDArray[np.float64]


def draw_trials(
    space: Space, sampler: str, seed: int, level: int, start: int, stop: int, trials: int | None = None
) -> list[dict[str, Any]]:
    """The params of trials start .. stop-1 of a level, counted from 0.

    Trial i is the same however many are asked for, and whatever the order in which the space names its params. A grid
    alone asks how many `trials` the level has in all, `stop` if None, and nothing of it is drawn. Those of `tpe` are of
    its first round, which are those of `random`.

    The values are those that Optuna's samplers give, to the last bit; these take as long for a trial as for all before.
    """
    if sampler == "grid":
        return grid(space, trials or stop)[start:stop]
    number = int(stream("search", seed=seed, epoch=level).integers(2**31))
    return (_evenly if sampler == "qmc" else _randomly)(space, number, start, stop)


def grid(space: Space, trials: int) -> list[dict[str, Any]]:
    """Every combination of k values of each numeric range and all choices of each list: so many trials.

    The k values have equal distances on the range's scale, both ends among them; whole numbers are rounded, and repeat
    where a range has fewer than k. The last param by name changes from point to point, the first one last.
    """
    names = sorted(space)
    choices = [len(domain["categorical"]) for domain in space.values() if "categorical" in domain]
    numeric = len(names) - len(choices)
    count = round((trials / math.prod(choices)) ** (1 / numeric)) if numeric else 0
    return [dict(zip(names, point, strict=True)) for point in product(*(_values(space[name], count) for name in names))]


def _values(domain: Domain, count: int) -> list[Any]:
    """All choices, or so many values from end to end."""
    scale = Scale.of(domain)
    if scale is None:
        return domain["categorical"]
    values = [scale.value(number / (count - 1)) for number in range(count)]
    return [round(value) for value in values] if scale.kind == "integer" else values


def _randomly(space: Space, seed: int, start: int, stop: int) -> list[dict[str, Any]]:
    """Independent draws, trial by trial, and in each by the params' names, from one stream.

    A number is one draw from end to end; of k choices that one is made whose draw, of k, is the greatest.
    """
    columns = {name: _ends(space[name]) for name in sorted(space)}
    low, high = np.concatenate([*columns.values()]).T
    drawn = np.random.RandomState(seed).uniform(low, high, (stop, len(low)))[start:]
    points, place = {}, 0
    for name, ends in columns.items():
        own = drawn[:, place : place + len(ends)] if len(ends) else np.zeros((len(drawn), 1))
        points[name] = own.argmax(axis=1) if "categorical" in space[name] else own[:, 0]
        place += len(ends)
    return _trials(space, points, stop - start)


def _evenly(space: Space, seed: int, start: int, stop: int) -> list[dict[str, Any]]:
    """A scrambled Sobol sequence (Sobol 1967, Owen 1998); before its first point comes one that is drawn at random."""
    from scipy.stats.qmc import Sobol  # takes longer than all else that a search imports

    first = _randomly(space, seed, start, 1) if start == 0 < stop else []
    begin, count = max(start, 1) - 1, stop - max(start, 1)
    if count < 1:
        return first
    sequence = Sobol(len(space), scramble=True, seed=seed)
    if begin:
        sequence.fast_forward(begin)
    points = np.concatenate([sequence.random(1) for _ in range(count)])
    columns = {}
    for name, own in zip(sorted(space), points.T, strict=True):
        choices = space[name].get("categorical")
        low, high = (0, len(choices)) if choices else _ends(space[name])[0]
        columns[name] = low + own * (high - low)
    return first + _trials(space, columns, count)


def _ends(domain: Domain) -> Points:
    """What a param's draws lie between, (draws, 2): straight ends, half a step beyond them for whole numbers.

    There is a draw for each choice, and none where there is no more than one.
    """
    ((kind, values),) = domain.items()
    if kind == "categorical":
        return np.tile([0.0, 1.0], (len(values) * (len(values) > 1), 1))
    half = 0.5 if kind == "integer" else 0.0
    low, high = map(math.log, values) if kind == "log_uniform" else values
    return np.array([[low - half, high + half]])


def _trials(space: Space, points: dict[str, Points], count: int) -> list[dict[str, Any]]:
    """Trials of these points, (count,) by param: places on straight scales, or numbers of choices."""
    columns = {name: [_value(space[name], point) for point in own.tolist()] for name, own in points.items()}
    return [{name: values[number] for name, values in columns.items()} for number in range(count)]


def _value(domain: Domain, point: float) -> Any:
    """The value at a point; a range of real numbers is without its high end."""
    ((kind, values),) = domain.items()
    if kind == "categorical":
        return values[int(point)]
    low, high = values
    if kind == "integer":
        return min(max(math.floor(point - low + 0.5) + low, low), high)
    below = math.nextafter(high, high - 1)
    return min(max(math.exp(point), low), below) if kind == "log_uniform" else min(point, below)
