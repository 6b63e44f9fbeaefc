"""Drawing the params of trials, all of them before any is trained."""

import warnings
from itertools import product
from math import prod
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, QMCSampler, RandomSampler

from mindgap.results.level import Domain, Space
from mindgap.search.scale import Scale
from mindgap.streams import stream


def draw_trials(
    space: Space, sampler: str, seed: int, level: int, start: int, stop: int, trials: int | None = None
) -> list[dict[str, Any]]:
    """The params of trials start .. stop-1 of a level, counted from 0.

    Trial i is the same however many are asked for, and whatever the order in which the space names its params. A grid
    alone asks how many `trials` the level has in all, `stop` if None, and nothing of it is drawn.
    """
    if sampler == "grid":
        return grid(space, trials or stop)[start:stop]
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    number = int(stream("search", seed=seed, epoch=level).integers(2**31))
    study = optuna.create_study(sampler=_sampler(sampler, number))
    ranges = distributions(space)
    drawn = [_choices(space, study.ask(ranges).params) for _ in range(stop)]
    return drawn[start:]


def grid(space: Space, trials: int) -> list[dict[str, Any]]:
    """Every combination of k values of each numeric range and all choices of each list: so many trials.

    The k values have equal distances on the range's scale, both ends among them; whole numbers are rounded, and repeat
    where a range has fewer than k. The last param by name changes from point to point, the first one last.
    """
    names = sorted(space)
    choices = [len(domain["categorical"]) for domain in space.values() if "categorical" in domain]
    numeric = len(names) - len(choices)
    count = round((trials / prod(choices)) ** (1 / numeric)) if numeric else 0
    return [dict(zip(names, point, strict=True)) for point in product(*(_values(space[name], count) for name in names))]


def _values(domain: Domain, count: int) -> list[Any]:
    """All choices, or so many values from end to end."""
    scale = Scale.of(domain)
    if scale is None:
        return domain["categorical"]
    values = [scale.value(number / (count - 1)) for number in range(count)]
    return [round(value) for value in values] if scale.kind == "integer" else values


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The space as Optuna has it, params by name; a choice is given by its index, so that it may be a list."""
    return {name: _distribution(space[name]) for name in sorted(space)}


def _distribution(domain: Domain) -> BaseDistribution:
    ((kind, values),) = domain.items()
    if kind == "categorical":
        return CategoricalDistribution(range(len(values)))
    if kind == "integer":
        return IntDistribution(*values)
    low, high = values
    return FloatDistribution(low, high, log=kind == "log_uniform")


def _choices(space: Space, params: dict[str, Any]) -> dict[str, Any]:
    return {
        name: space[name]["categorical"][value] if "categorical" in space[name] else value
        for name, value in params.items()
    }


def _sampler(name: str, seed: int) -> BaseSampler:
    if name == "qmc":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return QMCSampler(seed=seed, scramble=True)
    return RandomSampler(seed=seed)
