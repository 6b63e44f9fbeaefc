"""Drawing the params of trials, all of them before any is trained."""

import warnings
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
from mindgap.streams import stream


def draw_trials(space: Space, sampler: str, seed: int, level: int, start: int, stop: int) -> list[dict[str, Any]]:
    """The params of trials start .. stop-1 of a level, counted from 0.

    Trial i is the same however many are asked for, and whatever the order in which the space names its params.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    number = int(stream("search", seed=seed, epoch=level).integers(2**31))
    study = optuna.create_study(sampler=_sampler(sampler, number))
    ranges = distributions(space)
    trials = [_choices(space, study.ask(ranges).params) for _ in range(stop)]
    return trials[start:]


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
