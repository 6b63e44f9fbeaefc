"""The sampler `tpe`: a round of trials drawn from where those before it were good, by Optuna's estimator."""

import json
import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mindgap.results.level import Domain, Space
from mindgap.streams import stream
from mindgap.tasks import cost

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Tried = tuple[dict[str, Any], float | None]
"""A trial's params and its value, None where it diverged."""


def propose(
    space: Space, tried: Sequence[Tried], objective: str, seed: int, level: int, count: int
) -> list[dict[str, Any]]:
    """The params of the next `count` trials of a level of which these were tried, in the order of their numbers.

    They come from the tree-structured Parzen estimator (Bergstra et al. 2011; Watanabe 2023 on its parts) as Optuna has
    it, multivariate: values are drawn where the density of the good trials is high against that of the others. Trials
    of the same round are not known yet and count as bad, the constant liar, so that a round spreads. One that diverged
    counts as worse than all others. More of them asked for, the first ones stay.
    """
    import optuna  # half a second, which only the jobs of this sampler take

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    given = distributions(space)
    number = int(stream("search", seed=seed, epoch=level, part=len(tried)).integers(2**31))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(n_startup_trials=0, multivariate=True, constant_liar=True, seed=number)
    study = optuna.create_study(sampler=sampler)
    states = optuna.trial.TrialState
    for params, value in tried:
        known = {"state": states.PRUNED} if value is None else {"value": cost(objective, value)}
        study.add_trial(optuna.trial.create_trial(params=labelled(space, params), distributions=given, **known))
    asked = [study.ask(given).params for _ in range(count)]
    return [{name: _value(space[name], value) for name, value in params.items()} for params in asked]


def distributions(space: Space) -> "dict[str, BaseDistribution]":
    """A space as Optuna has it, by the params' names in their order."""
    return {name: _distribution(space[name]) for name in sorted(space)}


def labelled(space: Space, params: dict[str, Any]) -> dict[str, Any]:
    """A trial's params as Optuna has them: a choice that is no text is its JSON, as it may be a list."""
    return {name: _label(value) if "categorical" in space[name] else value for name, value in sorted(params.items())}


def _distribution(domain: Domain) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    ((kind, values),) = domain.items()
    if kind == "categorical":
        return CategoricalDistribution([_label(choice) for choice in values])
    if kind == "integer":
        return IntDistribution(*values)
    low, high = values
    return FloatDistribution(low, high, log=kind == "log_uniform")


def _label(choice: Any) -> str:
    return choice if isinstance(choice, str) else json.dumps(choice)


def _value(domain: Domain, drawn: Any) -> Any:
    """The value that Optuna drew; a range of real numbers is without its high end, as for all samplers."""
    ((kind, values),) = domain.items()
    if kind == "categorical":
        return next(choice for choice in values if _label(choice) == drawn)
    return drawn if kind == "integer" else min(drawn, math.nextafter(values[1], values[0]))
