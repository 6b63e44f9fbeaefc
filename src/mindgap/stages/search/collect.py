"""Collecting a level: its trials in order, the ranking, what mattered, and where to search next."""

from collections import Counter
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from mindgap.errors import UserError
from mindgap.params.run import loss_params
from mindgap.stages.search.draw import distributions
from mindgap.stages.search.narrow import best_count, narrow
from mindgap.stages.search.scale import Domain
from mindgap.store.results import read_json, write_json
from mindgap.tasks import cost

BEST = 0.1
"""The share of trials that importance holds against all of them."""


def collect(params: dict[str, Any], shards: Sequence[Path], previous: Path | None, out: Path) -> None:
    """Put a level's trials together: `trials.json` has them all, `search.json` what follows from them.

    Raises UserError if every trial diverged.
    """
    level = params["level"]
    space = level["space"] if previous is None else read_json(previous / "search.json")["next_space"]
    trials = sorted(
        (trial for shard in shards for trial in read_json(shard / "trials.json")["trials"]),
        key=lambda trial: int(trial["number"]),
    )
    loss = params["run"]["train"].get("loss")  # what is searched is not there
    comparable = loss is not None and loss_params(loss).isdisjoint(space)
    ranking = rank(trials, level["objective"], comparable=comparable)
    if not ranking:
        raise UserError(
            f"search.levels.{level['name']}: all {len(trials)} trials diverged, so there is nothing to narrow to; "
            "lower the upper end of search.space.learning_rate, or scale the data (preprocess.scale: feature)"
        )
    kept = [trials[number]["params"] for number in ranking[: best_count(len(ranking), params["keep"])]]
    following, steps = narrow(space, kept, params["margin"])
    best = trials[ranking[0]]
    counts = Counter(trial["status"] for trial in trials)
    summary = {
        "level": level["name"],
        "objective": level["objective"],
        "sampler": level["sampler"],
        "epochs": level["epochs"],
        "space": space,
        "counts": {"trials": len(trials), **{name: counts[name] for name in ("finished", "stopped_early", "diverged")}},
        "best": {name: best[name] for name in ("number", "params", "value", "val_loss")},
        "ranking": ranking,
        "next_space": following,
        "narrowing": steps,
        "importance": importance(space, [trials[number] for number in sorted(ranking)], level["objective"]),
        "expected_best": expected_best([trial["value"] for trial in trials], level["objective"]),
    }
    write_json(out / "trials.json", {"trials": trials})
    write_json(out / "search.json", summary)


def rank(trials: Sequence[dict[str, Any]], objective: str, *, comparable: bool = True) -> list[int]:
    """Numbers of the trials that did not diverge, best first.

    Equal values go by validation loss, if the losses are comparable, then by number.
    """
    finished = [trial for trial in trials if trial["value"] is not None]
    ordered = sorted(
        finished, key=lambda trial: (cost(objective, trial["value"]), comparable * trial["val_loss"], trial["number"])
    )
    return [trial["number"] for trial in ordered]


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


def importance(space: dict[str, Domain], trials: Sequence[dict[str, Any]], objective: str) -> dict[str, float]:
    """How much each param separates the best tenth of the trials from all of them; the values sum to 1.

    That is PED-ANOVA (Watanabe et al. 2023): the Pearson divergence of a param's density among the best, with ties,
    from its density among all. Empty where fewer than two params or ten trials, or ties, leave nothing to compare.
    """
    values = sorted((trial["value"] for trial in trials), key=lambda value: cost(objective, value))
    if len(space) < 2 or len(trials) < 10 or values[ceil(BEST * len(values)) - 1] == values[-1]:
        return {}
    study = optuna_study(space, trials, objective)
    shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(target_quantile=BEST))
    return {name: float(share) for name, share in sorted(shares.items())}


def optuna_study(space: dict[str, Domain], trials: Sequence[dict[str, Any]], objective: str) -> optuna.Study:
    """The level as an Optuna study in memory, made from its trials."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize" if cost(objective, 1) < 0 else "minimize")
    ranges = distributions(space)
    for trial in trials:
        chosen = {
            name: domain["categorical"].index(trial["params"][name])
            if "categorical" in domain
            else trial["params"][name]
            for name, domain in space.items()
        }
        study.add_trial(optuna.trial.create_trial(params=chosen, distributions=ranges, value=trial["value"]))
    return study
