"""Drawing, ranking and narrowing."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindgap.errors import UserError
from mindgap.report.findings import reason
from mindgap.results.level import Counts, Level
from mindgap.results.trials import Trial, Trials
from mindgap.search.draw import draw_trials
from mindgap.search.narrow import best_count, narrow
from mindgap.search.ranking import expected_best, rank
from mindgap.stages.search import collect
from mindgap.streams import stream
from tests.unit import as_optuna

SPACE = {
    "learning_rate": {"log_uniform": [1e-5, 1.0]},
    "dropout": {"uniform": [0.0, 0.5]},
    "batch_size": {"integer": [16, 64]},
    "hidden": {"categorical": [[32], [64, 32]]},
}


RUN = {"model": {}, "train": {}, "seed": 0}


@pytest.mark.parametrize("sampler", ["random", "qmc"])
@given(count=st.integers(1, 20), more=st.integers(0, 20), start=st.integers(0, 19))
def test_a_trial_is_the_same_however_many_are_asked_for_and_in_whatever_slice(sampler, count, more, start):
    whole = draw_trials(SPACE, sampler, 3, 0, 0, count + more)
    assert draw_trials(SPACE, sampler, 3, 0, 0, count) == whole[:count]
    assert draw_trials(SPACE, sampler, 3, 0, start, count) == whole[start:count]


ODD = {
    "init": {"categorical": ["he"]},
    "l1": {"log_uniform": [0.3, 0.300001]},
    "pieces": {"integer": [2, 3]},
}


@pytest.mark.parametrize("sampler", ["random", "qmc"])
@pytest.mark.parametrize("space", [SPACE, ODD, SPACE | ODD, {"init": ODD["init"]}], ids=["all", "odd", "both", "one"])
def test_draws_are_those_of_optunas_samplers_to_the_last_bit(space, sampler):
    number = int(stream("search", seed=3, epoch=1).integers(2**31))
    assert draw_trials(space, sampler, 3, 1, 0, 70) == as_optuna.drawn(space, sampler, number, 70)


def test_draws_do_not_depend_on_the_order_of_the_space():
    backwards = dict(reversed(SPACE.items()))
    assert draw_trials(SPACE, "random", 0, 0, 0, 8) == draw_trials(backwards, "random", 0, 0, 0, 8)


def test_levels_and_seeds_have_draws_of_their_own():
    draws = [str(draw_trials(SPACE, "random", seed, level, 0, 4)) for seed, level in [(0, 0), (0, 1), (1, 0)]]
    assert len(set(draws)) == 3


@pytest.mark.parametrize("sampler", ["random", "qmc"])
def test_draws_fill_their_ranges_evenly(sampler):
    trials = draw_trials(SPACE, sampler, 0, 0, 0, 2000)
    logs = np.log10([trial["learning_rate"] for trial in trials])
    shares = np.histogram(logs, bins=5, range=(-5, 0))[0] / 2000
    np.testing.assert_allclose(shares, 0.2, atol=0.03)
    assert {trial["batch_size"] for trial in trials} == set(range(16, 65))
    assert sorted({str(trial["hidden"]) for trial in trials}) == ["[32]", "[64, 32]"]
    assert all(0 <= trial["dropout"] <= 0.5 for trial in trials)


def test_a_grid_has_every_combination_from_end_to_end_in_a_fixed_order():
    space = {"momentum": {"uniform": [0.5, 0.9]}, "learning_rate": {"log_uniform": [1e-3, 10]}}
    found = draw_trials(space, "grid", 0, 0, 0, 9)
    rates, momenta = [1e-3, 0.1, 10], [0.5, 0.7, 0.9]
    expected = [(rate, momentum) for rate in rates for momentum in momenta]
    np.testing.assert_allclose([(trial["learning_rate"], trial["momentum"]) for trial in found], expected)
    ends = [found[place] for place in (0, -1)]
    assert ends == [{"learning_rate": 1e-3, "momentum": 0.5}, {"learning_rate": 10, "momentum": 0.9}]
    assert found == draw_trials(dict(reversed(space.items())), "grid", 7, 1, 0, 9)


def test_a_grid_has_all_choices_and_whole_numbers():
    space = {"hidden": SPACE["hidden"], "batch_size": {"integer": [1, 6]}, "activation": {"categorical": ["relu"]}}
    found = draw_trials(space, "grid", 0, 0, 0, 8)
    assert [trial["batch_size"] for trial in found] == [1, 1, 3, 3, 4, 4, 6, 6]
    assert all(type(trial["batch_size"]) is int for trial in found)
    assert [trial["hidden"] for trial in found] == [[32], [64, 32]] * 4
    assert len(draw_trials({"hidden": SPACE["hidden"]}, "grid", 0, 0, 0, 2)) == 2


@given(count=st.integers(2, 4), numeric=st.integers(1, 4), data=st.data())
def test_a_grid_is_the_same_in_whatever_slices(count, numeric, data):
    names = ["learning_rate", "l1", "l2", "weight_decay"][:numeric]
    space = {name: {"log_uniform": [1e-5, 1]} for name in names} | {"hidden": SPACE["hidden"]}
    trials = 2 * count**numeric
    whole = draw_trials(space, "grid", 0, 0, 0, trials, trials)
    assert len({str(trial) for trial in whole}) == trials
    assert {len({trial[name] for trial in whole}) for name in names} == {count}
    start, stop = sorted(data.draw(st.integers(0, trials)) for _ in range(2))
    assert draw_trials(space, "grid", 0, 0, start, stop, trials) == whole[start:stop]


def test_the_range_becomes_the_span_of_the_best_with_a_margin():
    best = [{"learning_rate": 1e-3}, {"learning_rate": 1e-2}, {"learning_rate": 1e-3}]
    (step,) = narrow(
        {"learning_rate": {"log_uniform": [1e-5, 1.0]}}, best, margin=0.1, run=RUN
    )  # half a decade of five
    np.testing.assert_allclose(step.following, [10**-3.5, 10**-1.5])
    assert step.at_edge is None


def test_a_best_value_at_an_edge_moves_the_range_beyond_it():
    best = [{"learning_rate": 0.9}, {"learning_rate": 0.1}, {"learning_rate": 0.2}]
    (step,) = narrow({"learning_rate": {"log_uniform": [1e-4, 1.0]}}, best, margin=0.05, run=RUN)
    low, high = step.following
    assert step.at_edge == "high"
    assert high == pytest.approx(10.0)  # a quarter of four decades beyond 1
    assert low == pytest.approx(10**-1.2)
    assert "beyond" in reason(step)


def test_a_range_never_leaves_the_bounds_of_its_param():
    best = [{"dropout": 0.89}, {"dropout": 0.88}, {"dropout": 0.87}]
    (step,) = narrow({"dropout": {"uniform": [0.5, 0.9]}}, best, margin=0.05, run=RUN)
    assert step.following[1] == pytest.approx(0.95)  # halfway from 0.9 to the bound, 1
    best = [{"dropout": 0.0}, {"dropout": 0.01}, {"dropout": 0.02}]
    (step,) = narrow({"dropout": {"uniform": [0.0, 0.5]}}, best, margin=0.05, run=RUN)
    assert step.following[0] == 0


def test_choices_that_no_best_trial_made_are_dropped():
    best = [{"activation": "relu"}, {"activation": "relu"}, {"activation": "tanh"}]
    (step,) = narrow({"activation": {"categorical": ["relu", "sigmoid", "tanh"]}}, best, margin=0.05, run=RUN)
    assert step.following == ["relu", "tanh"]


@given(
    st.lists(st.floats(16, 64), min_size=3, max_size=9),
    st.floats(0.01, 1),
)
def test_the_next_integer_range_is_whole_and_holds_the_best(values, margin):
    best = [{"batch_size": round(value)} for value in values]
    (step,) = narrow({"batch_size": {"integer": [16, 64]}}, best, margin=margin, run=RUN)
    low, high = step.following
    assert isinstance(low, int)
    assert 1 <= low < high
    assert all(low <= trial["batch_size"] <= high for trial in best)


@pytest.mark.parametrize(
    ("searched", "values", "following", "edge"),
    [
        ([16, 17], [16, 16, 16], [15, 16], "low"),
        ([16, 17], [17, 17, 16], [16, 18], "high"),
        ([16, 18], [18, 17, 18], [17, 19], "high"),
        ([15, 17], [15, 15, 16], [14, 16], "low"),
        ([2, 10], [2, 2, 3], [1, 3], "low"),  # halfway to the least batch is 1.5, which would be 2 again
        ([1, 2], [1, 1, 1], [1, 2], None),
        ([16, 18], [17, 17, 17], [17, 18], None),
    ],
)
def test_a_best_whole_number_at_an_end_moves_the_range_by_one_at_least(searched, values, following, edge):
    (step,) = narrow({"batch_size": {"integer": searched}}, [{"batch_size": v} for v in values], margin=0.05, run=RUN)
    assert (step.following, step.at_edge) == (following, edge)


@pytest.mark.parametrize(
    ("name", "searched", "value", "run"),
    [
        ("pieces", [98, 100], 100, RUN),
        ("clip_norm", [1, 2], 1, RUN),  # above 0
        ("batch_size", [2, 3], 2, {**RUN, "model": {"normalization": "batch"}}),
    ],
)
def test_whole_numbers_go_no_further_than_a_run_can(name, searched, value, run):
    (step,) = narrow({name: {"integer": searched}}, [{name: value}] * 3, margin=0.05, run=run)
    low, high = step.following
    assert searched[0] <= low < high <= searched[1]
    assert low <= value <= high
    assert step.at_edge is None
    assert "as far as the param goes" in reason(step)


@pytest.mark.parametrize(("finished", "expected"), [(64, 13), (10, 3), (2, 2), (1, 1)])
def test_at_least_three_trials_count_as_the_best(finished, expected):
    assert best_count(finished, 0.2) == expected


def trial(number, value, val_loss=0.5):
    return Trial(
        number=number,
        params={"learning_rate": 0.1 / (number + 1)},
        value=value,
        val_loss=val_loss if value is not None else None,
        status="finished" if value is not None else "diverged",
        kept_epoch=1,
        history={"val_loss": [1.0, 0.5]},
    )


def test_ranking_goes_by_value_then_loss_then_number_and_leaves_out_the_diverged():
    trials = [trial(0, 0.9, 0.3), trial(1, None), trial(2, 0.9, 0.2), trial(3, 0.95), trial(4, 0.9, 0.2)]
    assert rank(trials, "val_accuracy") == [3, 2, 4, 0]
    assert rank([trial(0, 0.3), trial(1, 0.1)], "val_loss") == [1, 0]


def test_expected_best_of_three_values_by_hand():
    # of 1: the mean, 2; of 2: the pairs (1,2) (1,3) (2,3) have bests 2, 3, 3; of 3: 3
    np.testing.assert_allclose(expected_best([3.0, 1.0, 2.0], "val_accuracy"), [2, 8 / 3, 3])
    np.testing.assert_allclose(expected_best([3.0, 1.0, 2.0], "val_loss"), [2, 4 / 3, 1])


def test_a_diverged_trial_counts_as_the_worst():
    np.testing.assert_allclose(expected_best([3.0, None, 1.0], "val_accuracy"), [5 / 3, 7 / 3, 3])
    np.testing.assert_allclose(expected_best([3.0, None, 1.0], "val_rmse"), [7 / 3, 5 / 3, 1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_expected_best_grows_from_the_mean_to_the_maximum(values):
    curve = expected_best(values, "val_accuracy")
    assert curve[0] == pytest.approx(np.mean(values))
    assert curve[-1] == pytest.approx(max(values))
    assert all(after >= before - 1e-12 for before, after in itertools.pairwise(curve))


LEVEL = {"name": "coarse", "index": 0, "objective": "val_accuracy", "sampler": "random", "epochs": 2}
PARAMS = {
    "run": {**RUN, "train": {"loss": "cross_entropy"}},
    "level": {**LEVEL, "space": {"learning_rate": {"log_uniform": [1e-4, 1.0]}}},
    "keep": 0.2,
    "margin": 0.05,
}


def shard(folder, trials):
    folder.mkdir()
    Trials(tuple(trials)).write(folder)
    return folder


def test_a_level_is_the_same_however_it_was_cut(tmp_path):
    trials = [trial(number, value) for number, value in enumerate([0.5, None, 0.7, 0.6, 0.9])]
    for name, cuts in (("a", [0, 5]), ("b", [0, 2, 3, 5])):
        shards = [shard(tmp_path / f"{name}{start}", trials[start:stop]) for start, stop in itertools.pairwise(cuts)]
        (tmp_path / name).mkdir()
        collect(PARAMS, shards[::-1], None, tmp_path / name)
    assert (tmp_path / "a/search.json").read_bytes() == (tmp_path / "b/search.json").read_bytes()
    assert Level.read(tmp_path / "a").counts == Counts(trials=5, finished=4, stopped_early=0, diverged=1)


def test_a_level_in_which_all_diverged_says_so(tmp_path):
    with pytest.raises(UserError, match="all 2 trials diverged.*learning_rate"):
        collect(PARAMS, [shard(tmp_path / "s", [trial(0, None), trial(1, None)])], None, tmp_path)
