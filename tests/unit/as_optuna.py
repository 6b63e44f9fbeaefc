"""Optuna, which is asked in tests alone: spaces as it has them, and what its samplers draw."""

import warnings

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution


def distributions(space):
    """A space's params by name; a choice is given by its index, so that it may be a list."""
    return {name: _distribution(*space[name].items()) for name in sorted(space)}


def drawn(space, sampler, seed, trials):
    """The params of the first trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        samplers = {
            "random": optuna.samplers.RandomSampler(seed=seed),
            "qmc": optuna.samplers.QMCSampler(seed=seed, scramble=True),
        }
    study = optuna.create_study(sampler=samplers[sampler])
    asked = [study.ask(distributions(space)).params for _ in range(trials)]
    return [{name: _chosen(space[name], value) for name, value in params.items()} for params in asked]


def _chosen(domain, value):
    return domain["categorical"][value] if "categorical" in domain else value


def _distribution(domain):
    kind, values = domain
    if kind == "categorical":
        return CategoricalDistribution(range(len(values)))
    if kind == "integer":
        return IntDistribution(*values)
    return FloatDistribution(*values, log=kind == "log_uniform")
