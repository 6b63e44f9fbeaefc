"""Ranking: which trials are the best, what mattered among them, and what more of them would bring."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from mindgap.results.level import Space
from mindgap.results.trials import Trial
from mindgap.search.draw import distributions
from mindgap.tasks import cost

BEST = 0.1
"""The share of trials that importance holds against all of them."""


def rank(trials: Sequence[Trial], objective: str, *, comparable: bool = True) -> list[int]:
    """Numbers of the trials that did not diverge, best first.

    Equal values go by validation loss, if the losses are comparable, then by number.
    """
    order = {
        trial.number: (cost(objective, trial.value), comparable * trial.val_loss, trial.number)
        for trial in trials
        if trial.value is not None and trial.val_loss is not None
    }
    return sorted(order, key=lambda number: order[number])


def expected_best(values: Sequence[float | None], objective: str) -> list[float]:
    """The expected best value of n = 1, 2, ... trials drawn from those made, without replacement.

    With the values sorted from worst to best, E_n = sum_i C(i-1, n-1) / C(N, n) v_i: the unbiased estimator (a
    U-statistic; Tang et al. 2020, "Showing Your Work Doesn't Always Work"). A diverged trial counts as the worst
    value that any trial reached.
    """
    reached = [value for value in values if value is not None]
    worst = max(reached, key=lambda value: cost(objective, value))
    ordered = sorted(
        (worst if value is None else value for value in values), key=lambda value: cost(objective, value), reverse=True
    )
    total, below = len(ordered), np.arange(len(ordered))
    share = np.full(total, 1 / total)  # C(i-1, n-1) / C(N, n) at n = 1; at n+1 it is (i-n)/n (n+1)/(N-n) times that
    curve = []
    for count in range(1, total + 1):
        curve.append(float(share @ np.array(ordered)))
        share = share * np.maximum(below + 1 - count, 0) / count * (count + 1) / max(total - count, 1)
    return curve


def importance(space: Space, trials: Sequence[Trial], objective: str) -> dict[str, float]:
    """How much each param separates the best tenth of the trials from all of them; the values sum to 1.

    That is PED-ANOVA (Watanabe et al. 2023): the Pearson divergence of a param's density among the best, with ties,
    from its density among all. Empty where fewer than two params or ten trials, or ties, leave nothing to compare.
    """
    values = sorted((trial.value for trial in trials if trial.value is not None), key=lambda v: cost(objective, v))
    if len(space) < 2 or len(trials) < 10 or values[ceil(BEST * len(values)) - 1] == values[-1]:
        return {}
    study = optuna_study(space, trials, objective)
    shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(target_quantile=BEST))
    return {name: float(share) for name, share in sorted(shares.items())}


def optuna_study(space: Space, trials: Sequence[Trial], objective: str) -> optuna.Study:
    """The level as an Optuna study in memory, made from its trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize" if cost(objective, 1) < 0 else "minimize")
    ranges = distributions(space)
    for trial in trials:
        chosen = {
            name: domain["categorical"].index(trial.params[name]) if "categorical" in domain else trial.params[name]
            for name, domain in space.items()
        }
        study.add_trial(optuna.trial.create_trial(params=chosen, distributions=ranges, value=trial.value))
    return study
