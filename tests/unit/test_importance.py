"""Importance: Optuna's measure, and no more of it than chance allows."""

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindgap.results.level import Importance, Space
from mindgap.results.trials import Trial
from mindgap.search import importance as module
from mindgap.search.draw import draw_trials
from mindgap.search.importance import importance
from tests.unit.as_optuna import distributions

SPACE: Space = {
    "learning_rate": {"log_uniform": [1e-5, 1.0]},
    "dropout": {"uniform": [0.0, 0.5]},
    "batch_size": {"integer": [16, 64]},
    "activation": {"categorical": ["relu", "tanh", "sigmoid"]},
}
EVERY_KIND: Space = {
    **SPACE,
    "l2": {"log_uniform": [1e-6, 1.0]},
    "pieces": {"integer": [2, 4]},
    "decay_epochs": {"integer": [1, 500]},
    "hidden": {"categorical": [[32], [64, 32]]},
    "init": {"categorical": ["he"]},
}


def trial(number, params, value):
    return Trial(number=number, params=params, value=value, val_loss=0.5, status="finished", kept_epoch=1, history={})


def drawn(space, count, seed):
    """Params drawn as the random sampler does, but many at once: the value of each by name."""
    random = np.random.default_rng(seed)
    columns = {}
    for name, domain in space.items():
        ((kind, ends),) = domain.items()
        if kind == "categorical":
            columns[name] = [ends[choice] for choice in random.integers(len(ends), size=count)]
        elif kind == "integer":
            columns[name] = random.integers(ends[0], ends[1] + 1, size=count).tolist()
        elif kind == "log_uniform":
            columns[name] = np.exp(random.uniform(*np.log(ends), size=count)).tolist()
        else:
            columns[name] = random.uniform(*ends, size=count).tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def found(space, params, values, objective="val_accuracy", seed=0):
    trials = [trial(number, own, value) for number, (own, value) in enumerate(zip(params, values, strict=True))]
    return importance(space, trials, objective, np.random.default_rng(seed))


def chosen_by(param, space, count, seed, noise=1.0):
    """Trials of which one param alone decides: by the square of its distance from 10^-1.5 in decades, and noise."""
    params, random = drawn(space, count, seed), np.random.default_rng([seed, 1])
    return params, [-((np.log10(own[param]) + 1.5) ** 2) + noise * random.normal() for own in params]


def optuna_shares(space, params, values, direction, quantile):
    """Optuna's own: a choice is given by its index, as it may be a list."""
    study = optuna.create_study(direction=direction)
    ranges = distributions(space)
    for own, value in zip(params, values, strict=True):
        numbers = {
            name: domain["categorical"].index(own[name]) if "categorical" in domain else own[name]
            for name, domain in space.items()
        }
        study.add_trial(optuna.trial.create_trial(params=numbers, distributions=ranges, value=value))
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=quantile)
    return optuna.importance.get_param_importances(study, evaluator=evaluator)


@pytest.mark.parametrize("count", [11, 24, 60, 173])
@pytest.mark.parametrize(("objective", "direction"), [("val_accuracy", "maximize"), ("val_rmse", "minimize")])
@pytest.mark.parametrize("decimals", [0, 1, 9], ids=["many ties", "some ties", "no ties"])
def test_shares_are_those_of_optuna(count, objective, direction, decimals):
    params, values = chosen_by("learning_rate", EVERY_KIND, count, seed=count)
    values = np.round(values, decimals).tolist()
    best = max(np.ceil(0.1 * count), min(6, count // 2))
    theirs = optuna_shares(EVERY_KIND, params, values, direction, (best - 0.5) / count)
    ours = found(EVERY_KIND, params, values, objective)
    assert set(ours) == set(EVERY_KIND)
    for name, share in theirs.items():
        assert ours[name].share == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize("count", [10, 24, 64])
@pytest.mark.parametrize("decimals", [1, 9], ids=["ties", "no ties"])
def test_where_no_param_matters_none_exceeds_chance_in_95_of_100_searches(monkeypatch, count, decimals):
    monkeypatch.setattr(module, "SHUFFLES", 199)
    random, wrong = np.random.default_rng(count), 0
    for seed in range(200):
        values = np.round(random.random(count), decimals).tolist()
        wrong += any(entry.exceeds for entry in found(SPACE, drawn(SPACE, count, seed), values, seed=seed).values())
    assert wrong <= 20  # 99.9 % of all numbers with a mean of 10


@pytest.mark.parametrize(("count", "noise"), [(24, 0.25), (64, 0.5), (200, 2.0)])
def test_a_param_that_matters_exceeds_chance_in_four_of_five_searches(count, noise):
    searches = [chosen_by("learning_rate", SPACE, count, seed, noise) for seed in range(30)]
    hits = sum(found(SPACE, *search)["learning_rate"].exceeds for search in searches)
    assert hits >= 24


@given(st.integers(0, 10_000), st.integers(10, 40), st.floats(0.3, 10))
@settings(max_examples=25)
def test_a_param_exceeds_chance_where_its_p_is_at_most_5_percent(seed, count, noise):
    shares = found(SPACE, *chosen_by("learning_rate", SPACE, count, seed, noise))
    assert sum(entry.share for entry in shares.values()) == pytest.approx(1)
    for entry in shares.values():
        assert entry.exceeds == (entry.p <= 0.05)
        assert 1 / 2000 <= entry.p <= 1


def test_chance_is_equal_however_the_space_is_ordered():
    params, values = chosen_by("learning_rate", SPACE, 40, 3)
    backwards = dict(reversed(SPACE.items()))
    assert found(SPACE, params, values) == found(backwards, params, values)


def test_equal_values_leave_nothing_to_compare():
    assert found(SPACE, drawn(SPACE, 64, 0), [0.5] * 64) == {}


def test_fewer_than_ten_trials_say_nothing():
    params, values = chosen_by("learning_rate", SPACE, 10, 0)
    assert found(SPACE, params[:9], values[:9]) == {}
    assert set(found(SPACE, params, values)) == set(SPACE)


def test_choices_alone_are_judged():
    space = {"activation": SPACE["activation"], "init": {"categorical": ["he", "xavier"]}}
    params = drawn(space, 64, 0)
    random = np.random.default_rng(1)
    values = [(own["activation"] == "relu") + 0.1 * random.random() for own in params]
    shares = found(space, params, values)
    assert shares["activation"].exceeds
    assert not shares["init"].exceeds


def test_each_param_is_judged_by_what_chance_gives_that_param():
    """Of two choices, even a perfect one has a smaller divergence than chance gives ranges."""
    space = {"init": {"categorical": ["he", "xavier"]}, "l2": EVERY_KIND["l2"], "dropout": SPACE["dropout"]}
    params = drawn(space, 64, 0)
    random = np.random.default_rng(1)
    shares = found(space, params, [(own["init"] == "he") + 0.1 * random.random() for own in params])
    assert shares["init"].divergence < min(shares["l2"].chance, shares["dropout"].chance)
    assert shares["init"].exceeds


def test_one_param_has_all_of_the_share_and_need_not_matter():
    space = {"learning_rate": SPACE["learning_rate"]}
    matters = found(space, *chosen_by("learning_rate", space, 64, 0))["learning_rate"]
    random = np.random.default_rng(5).random(64).tolist()
    chance = found(space, drawn(space, 64, 0), random)["learning_rate"]
    assert (matters.share, matters.exceeds) == (1, True)
    assert (chance.share, chance.exceeds) == (1, False)


def test_a_param_of_one_choice_never_matters():
    space = {"init": {"categorical": ["he"]}, "learning_rate": SPACE["learning_rate"]}
    shares = found(space, *chosen_by("learning_rate", space, 64, 0))
    assert shares["init"] == Importance(share=0, divergence=0, chance=0, p=1)
    assert found({"init": space["init"]}, [{"init": "he"}] * 20, list(range(20))) == {}


def test_only_the_least_values_count_where_less_is_better():
    """Only the learning rate tells the best apart, and only dropout the worst."""
    params = draw_trials({name: SPACE[name] for name in ("learning_rate", "dropout")}, "random", 0, 0, 0, 64)
    rates = [abs(np.log10(own["learning_rate"]) + 2) for own in params]
    errors = [rate if rate < 0.5 else 10 + own["dropout"] for rate, own in zip(rates, params, strict=True)]
    space = {name: SPACE[name] for name in ("learning_rate", "dropout")}
    for objective, sign in (("val_rmse", 1), ("val_accuracy", -1)):
        shares = found(space, params, [sign * error for error in errors], objective)
        assert shares["learning_rate"].exceeds
        assert not shares["dropout"].exceeds
