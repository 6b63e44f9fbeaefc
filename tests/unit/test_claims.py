"""Claims: the median's interval, the rule, measures, what their files may say, and which jobs they share."""

from dataclasses import replace
from inspect import signature
from math import inf

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mindgap.claims.contrast import difference, median, ratio
from mindgap.claims.measures import MEASURES, Span
from mindgap.claims.probes import PROBES
from mindgap.claims.rule import over_tasks, overall, rule, together
from mindgap.claims.simulations import SIMULATIONS
from mindgap.data.prepared import Split
from mindgap.errors import UserError
from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.params.claim import Claim, Prediction
from mindgap.params.claims import asked_in, read_claims
from mindgap.params.pictures import SETTINGS, Picture
from mindgap.params.run import RunSpec
from mindgap.report.claims.page import ClaimsLedger, write_claims
from mindgap.report.claims.pictures import PICTURES
from mindgap.report.runtime import measured_seconds
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.judgement import Judgement
from mindgap.results.tuning import Tuning
from mindgap.store.store import Manifest
from mindgap.tasks import TASKS
from mindgap.training.cohort import train_runs
from mindgap.training.dataset import train_on
from mindgap.training.entries import entries_of
from mindgap.training.result import History, RunResult
from tests.driver import ROOT, SCRIPTS, drive

TINY = {
    "claim": "T1",
    "statement": "A faster rate learns faster.",
    "source": "a test",
    "tasks": {
        "moons": {
            "data": {"source": "synthetic", "kind": "moons", "rows": 90},
            "model": {"hidden": [6]},
            "train": {"epochs": 12, "batch_size": 16},
        }
    },
    "arms": {"slow": {"train": {"learning_rate": 0.001}}, "fast": {"train": {"learning_rate": 0.1}}},
    "replicates": 8,
    "measure": {"epochs_to": {"value": 0.35}},
    "predict": [{"ratio": ["slow", "fast"], "above": 1}],
    "pictures": [{"values": {}}, {"curves": {"metric": "train_loss"}}],
}

SETS = {
    "tasks": {"drawn": {"simulation": {"bias_variance": {"rows": 5, "sets": 2, "epochs": 1}}}},
    "arms": {
        "slow": {"simulation": {"bias_variance": {"hidden": [2]}}},
        "fast": {"simulation": {"bias_variance": {"hidden": [4]}}},
    },
    "measure": {"monitor": {"metric": "bias", "epoch": -1}},
    "pictures": [{"capacities": {}}],
}

CODES = (
    {"claim": "ACC", "measure": {"best": {}}, "pictures": [{"values": {"measure": {"gap": {}}}}]},
    {"claim": "LOSS", "measure": {"best": {"metric": "val_loss"}}},
    {"claim": "SETS", **SETS},
)
"""Claims that rest on different code."""
TUNE = {"space": {"learning_rate": {"log_uniform": [0.001, 1]}}, "trials": 4, "epochs": 3}


def claim(**changes):
    return Claim.model_validate({**TINY, **changes})


def known(values):
    return [Span.known(value) for value in values]


def test_the_interval_of_a_median_is_given_by_the_order_of_values():
    # of 20 coins at most 5 are heads with chance .0207, at most 6 with .0577: the 6th least and the 6th greatest
    found = median(known(range(1, 21)))
    assert (found.middle, found.low, found.high) == (Span(10.5, 10.5), 6, 15)
    assert median(known([1, 2, 3, 4, 5])).low == -inf  # five of one side have the chance .031
    assert median(known([3, 1, 2, 6, 5, 4])).low == 1


@pytest.mark.parametrize("count", [6, 10, 20, 50])
def test_equal_arms_are_told_apart_in_at_most_5_of_100_cases(count):
    random = np.random.default_rng(0)
    prediction, rulings = Prediction(difference=("a", "b"), above=0), []
    for _ in range(1000):
        found = median(known(random.standard_cauchy(count)))  # no mean, no variance
        rulings.append(rule(prediction, found.low, found.high))
    assert rulings.count("supported") <= 35
    assert rulings.count("refuted") <= 35


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (Span.known(6), Span.known(2), Span.known(3)),
        (Span.at_least(6), Span.known(2), Span.at_least(3)),
        (Span.known(6), Span.at_least(2), Span(0, 3)),
        (Span.known(inf), Span.known(2), Span.known(inf)),
        (Span.known(6), Span.known(inf), Span.known(0)),
        (Span.known(inf), Span.known(inf), Span(0, inf)),  # both diverged
        (Span.known(6), Span.known(0), Span.known(inf)),
        (Span.known(0), Span.known(0), Span(0, inf)),
    ],
)
def test_ratios_of_what_is_infinite_or_nothing_claim_no_more_than_is_known(first, second, found):
    assert ratio(first, second) == found


def test_a_median_between_infinite_numbers_of_both_signs_is_open():
    found = median([Span.known(-inf)] * 3 + [Span.known(inf)] * 3)
    assert found.middle == Span.unknown()


def test_two_arms_that_both_diverged_decide_nothing():
    both = [Span.known(inf)] * 20
    for contrast in (ratio, difference):
        found = median([contrast(*pair) for pair in zip(both, both, strict=True)])
        assert rule(Prediction(ratio=("a", "b"), below=1), found.low, found.high) == "undecided"


@given(
    st.lists(st.floats(1, 100), min_size=6, max_size=30),
    st.lists(st.floats(1, 100), min_size=30, max_size=30),
    st.data(),
)
def test_what_was_not_reached_never_narrows_an_interval(first, second, data):
    pairs = [*zip(known(first), known(second), strict=False)]
    hidden = data.draw(st.sets(st.integers(0, len(pairs) - 1)))
    for contrast in (ratio, difference):
        whole = median([contrast(*pair) for pair in pairs])
        censored = [
            contrast(Span.at_least(one.low) if place in hidden else one, other)
            for place, (one, other) in enumerate(pairs)
        ]
        found = median(censored)
        assert found.low <= whole.low
        assert found.high >= whole.high


@given(st.lists(st.tuples(st.floats(1, 100), st.floats(1, 100)), min_size=6, max_size=25))
def test_swapped_arms_give_the_mirrored_verdict(pairs):
    mirrored = {"supported": "refuted", "refuted": "supported", "undecided": "undecided"}
    for contrast, limit in ((ratio, 1), (difference, 0)):
        there = median([contrast(Span.known(a), Span.known(b)) for a, b in pairs])
        back = median([contrast(Span.known(b), Span.known(a)) for a, b in pairs])
        prediction = Prediction(difference=("a", "b"), above=limit)
        assert rule(prediction, back.low, back.high) == mirrored[rule(prediction, there.low, there.high)]


@pytest.mark.parametrize(
    ("says", "low", "high", "ruling"),
    [
        ({"above": 1}, 1.1, 2, "supported"),
        ({"above": 1}, 0.5, 2, "undecided"),
        ({"above": 1}, 0.5, 0.9, "refuted"),
        ({"above": 1}, 1, 2, "undecided"),  # it reaches the limit
        ({"above": 1, "stated": 6}, 1.1, 2, "weaker than stated"),
        ({"above": 1, "stated": 6}, 2, 7, "supported"),
        ({"above": 1, "stated": 6}, 0.5, 7, "undecided"),
        ({"below": 0.1}, 0, 0.05, "supported"),
        ({"below": 0.1}, 0.2, 0.5, "refuted"),
        ({"below": 0.1, "stated": 0.001}, 0.01, 0.05, "weaker than stated"),
        ({"within": [0, 1]}, 0.2, 0.8, "supported"),
        ({"within": [0, 1]}, -0.2, 0.8, "undecided"),
        ({"within": [0, 1]}, 1.2, 1.8, "refuted"),
        ({"above": 0}, -inf, inf, "undecided"),
    ],
)
def test_the_rule(says, low, high, ruling):
    assert rule(Prediction(value="arm", **says), low, high) == ruling


def test_a_claim_says_all_of_its_predictions_and_holds_where_most_tasks_support_it():
    assert together(["supported", "weaker than stated"]) == "weaker than stated"
    assert together(["supported", "undecided"]) == "undecided"
    assert together(["supported", "refuted", "undecided"]) == "refuted"
    assert over_tasks(["supported", "supported", "undecided"]) == "supported"
    assert over_tasks(["supported", "supported", "refuted"]) == "depends"
    assert over_tasks(["supported", "refuted", "refuted"]) == "depends"
    assert over_tasks(["undecided", "refuted", "refuted"]) == "refuted"
    assert over_tasks(["undecided", "refuted"]) == "undecided"
    assert over_tasks(["supported", "undecided"]) == "undecided"
    assert over_tasks(["weaker than stated", "weaker than stated", "supported"]) == "weaker than stated"


def test_tasks_on_which_different_things_are_predicted_are_parts_that_must_all_hold():
    assert overall([("supported", [0]), ("supported", [0]), ("undecided", [0])]) == "supported"
    assert overall([("supported", [0]), ("supported", [0]), ("undecided", [1])]) == "undecided"
    assert overall([("supported", [0]), ("refuted", [1])]) == "refuted"
    assert overall([("supported", [0]), ("refuted", [0]), ("supported", [1])]) == "depends"
    assert overall([("weaker than stated", [0]), ("supported", [1, 2])]) == "weaker than stated"


def test_epochs_to_a_value_are_counted_or_known_to_be_more():
    history = {"train_loss": [3.0, 1.0, None, 0.5], "val_accuracy": [0.1, 0.5, 0.8, 0.7]}
    run = ArmRun(replicate=1, point={}, kept_epoch=3, history=history)
    measure = MEASURES["epochs_to"]
    assert measure.model_validate({"value": 1.0}).of([run], 3) == Span.known(1)
    assert measure.model_validate({"value": 0.4}).of([run], 3) == Span.at_least(4)
    stopped = replace(run, status="stopped_early")  # after epoch 3 of 9, of which the other six are not known
    assert measure.model_validate({"value": 0.4}).of([stopped], 9) == Span.at_least(4)
    diverged = replace(run, status="diverged")  # which no epoch changes any more
    assert measure.model_validate({"value": 0.4}).of([diverged], 9) == Span.at_least(10)
    assert measure.model_validate({"metric": "val_accuracy", "value": 0.75}).of([run], 3) == Span.known(2)


def test_a_measure_of_what_trainings_do_not_have_says_what_they_have():
    run = ArmRun(replicate=1, point={}, kept_epoch=1, history={"train_loss": [3.0, 1.0]})
    with pytest.raises(UserError, match="measure: trainings have no 'val_acuracy'; they have: train_loss"):
        MEASURES["monitor"].model_validate({"metric": "val_acuracy"}).of([run], 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"predict": [{"ratio": ["slow", "fats"], "above": 1}]}, "there is no arm 'fats'; there are: slow, fast"),
        ({"predict": [{"ratio": ["slow", "fast"]}]}, "one of above: number, below: number, within"),
        ({"predict": [{"above": 1}]}, "one of ratio: .arm, arm., difference"),
        ({"predict": [{"ratio": ["slow", "slow"], "above": 1}]}, "two arms, not slow with itself"),
        ({"predict": [{"differences": [["slow", "fast"], ["fast", "fast"]], "above": 0}]}, "two arms, not fast with"),
        ({"predict": [{"differences": [["slow", "fast"], ["slow", "fast"]], "above": 0}]}, "not one with itself"),
        ({"predict": [{"differences": [["slow", "fast"], ["fast", "fats"]], "above": 0}]}, "there is no arm 'fats'"),
        ({"over": {"learning_rate": [0.1, 1]}}, "arms: slow sets learning_rate, which over goes through in all arms"),
        ({"tune": TUNE}, "arms: slow sets learning_rate, which tune.space goes through in all arms"),
        (
            {
                "arms": {"slow": {"simulation": {"ravine": {"noise": 1}}}, "fast": {}},
                "over": {"noise": [1, 2]},
            },
            "arms: slow sets noise, which over goes through",
        ),
        ({"over": {"l2": [0.1, "1e-1"]}}, "over: l2 has a value twice"),
        ({"predict": [{"ratio": ["slow", "fast"], "above": 0}]}, "its limit must be above 0"),
        ({"predict": [{"ratio": ["slow", "fast"], "within": [-1, 2]}]}, "its limit must be above 0"),
        ({"arms": {"slow": {"check": {}}, "fast": {}}}, "an arm has no block 'check'; it has data"),
        ({"measure": None}, "each prediction needs a measure"),
        ({"tune": {**TUNE, "splits": 0}}, "greater than or equal to 1"),
        ({"tune": {**TUNE, "objective": "train_los"}}, "unknown name 'train_los'; there are: .*val_loss.*, train_loss"),
    ],
)
def test_what_a_claim_cannot_say(changes, message):
    with pytest.raises(ValueError, match=message):
        claim(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measure": {"epochs_two": {}}}, "there is no measure 'epochs_two'; did you mean epochs_to"),
        (
            {"measure": {"epochs_to": {"valu": 1}}},
            r"measure\.epochs_to\.value: Field required; epochs_to has: metric, value",
        ),
        ({"pictures": [{"curve": {}}]}, "there is no picture 'curve'; did you mean curves"),
        ({"pictures": [{"curves": {"metrik": "val_loss"}}]}, r"picture\.curves\.metrik: .*; did you mean metric"),
        ({"pictures": [{"bowls": {"metric": "val_loss"}}]}, r"picture\.bowls\.metric: .* bowls has: no settings"),
        ({"pictures": [{"curves": {"layer": "first"}}]}, r"picture\.curves\.layer: Input should be a valid integer"),
        (
            {"pictures": [{"curves": {"metric": "val_acuracy"}}]},
            "picture.curves: .* 'val_acuracy'; did you mean val_acc",
        ),
        (
            {"pictures": [{"curves": {"metric": "dead", "layer": 1}}]},
            "picture.curves: dead has layers from 0 to 0, and none",
        ),
        ({"pictures": [{"curves": {"metric": "dead"}}]}, "picture.curves: dead is by layer; give a layer, from 0 to 0"),
        (
            {"pictures": [{"curves": {"task": "mons"}}]},
            r"picture\.curves\.task: there is no task 'mons'; there are: moo",
        ),
        (
            {"pictures": [{"layers": {"metric": "val_loss"}}]},
            "picture.layers: val_loss is one number, not one by layer",
        ),
        (
            {"pictures": [{"weights": {"layer": 2}}]},
            "picture.weights: weight_norm has layers from 0 to 1, and none of the number 2",
        ),
        ({"pictures": [{"splits": {"metric": "rmse"}}]}, "picture.splits: there will be no 'train_rmse'"),
        (
            {"pictures": [{"points": {"params": ["l2"], "metric": "loss"}}]},
            "picture.points.metric: unknown name 'loss'",
        ),
        ({"pictures": [{"values": {"prediction": 1}}]}, r"picture\.values\.prediction: from 0 to 0 \(found 1\)"),
        ({"pictures": [{"values": {"measure": {"gap": {"metric": "l"}}}}]}, r"measure\.gap\.metric: unknown name 'l'"),
        (
            {"pictures": [{"values": {"measure": {"monitor": {"metric": "ded", "layer": 0}}}}]},
            "'ded'; did you mean dead",
        ),
        (
            {"base": {"model": {"hidden": []}}, "pictures": [{"curves": {"metric": "dead", "layer": 0}}]},
            "picture.curves: dead is by layer, and there is none",
        ),
        ({"pictures": [{"histograms": {}}]}, "picture.histograms: there will be no 'activation_std'.*monitors: full"),
        (
            {"measure": {"monitor": {"metric": "val_acuracy"}}},
            "T1: measure.monitor: task moons, arm slow: there will be no 'val_acuracy'; did you mean val_accuracy",
        ),
        ({"measure": {"monitor": {"metric": "dead", "layer": 0, "over_layer": 1}}}, "none of the number 1"),
        ({"measure": {"monitor": {"metric": "val_loss", "layer": 0}}}, "val_loss is one number"),
        ({"measure": {"monitor": {"metric": "flat"}}}, "flat is by layer; give a layer"),
        ({"measure": {"best": {"metric": "val_rmse"}}}, "there will be no 'val_rmse'"),
        (
            {"measure": {"epochs_to": {"metric": "dead", "value": 1}}},
            r"measure\.epochs_to\.metric: unknown name 'dead'",
        ),
        (
            {"base": {"probes": {"residuals": {}}}},
            "arm slow: probes.residuals: it is about errors of numbers, and here is",
        ),
        ({"base": {"probes": {"monte_carlo": {}}}}, "arm slow: probes.monte_carlo: it samples with dropout"),
        (
            {"base": {"model": {"normalization": "batch"}, "probes": {"starved": {}}}},
            "arm slow: probes.starved: it looks at a row at a time, which says nothing under batch normalisation",
        ),
        ({"base": {"probes": {"spred": {}}}}, "probes: there is no probe 'spred'; did you mean spread"),
        (
            {"base": {"probes": {"spread": {}}}, "measure": {"monitor": {"metric": "within", "epoch": -1, "layer": 2}}},
            "within has layers from 0 to 1, and none of the number 2",
        ),
        (
            {"over": {"batch_size": [-1]}},
            r"over\.batch_size: it cannot be -1: input should be greater than or equal to 1",
        ),
        ({"over": {"speed": [1]}}, r"over\.speed: it cannot be 1"),
        ({"over": {"optimizer": ["adamm"]}}, r"over\.optimizer: it cannot be 'adamm': unknown name"),
        (
            {"base": {"train": {"speed": 1}}},
            r"claim T1, task moons, arm slow: 1 error.*\nbase: train\.speed: unknown key",
        ),
        (
            {"tune": {**TUNE, "space": {"beta2": {"uniform": [0, 0.9]}, "decay": {"uniform": [0.1, 1]}}}},
            r"claim T1, task moons, arm slow: tune\.space: nothing of it has an effect here \(found beta2, decay\)",
        ),
        (
            {"tune": {"space": {"label_smoothing": {"uniform": [0, 0.5]}}, "objective": "train_loss"}},
            "label_smoothing changes what the loss means, so losses cannot be compared",
        ),
        (
            {"measure": {"edge": {"param": "l2", "range": {"uniform": [0, 1]}}}, "over": {"dropout": [0.1]}},
            r"measure\.edge: task moons, arm slow: l2 is neither searched nor swept; there are: dropout",
        ),
        ({"arms": {"slow": {}, "fast": {}}}, "T1: arms: slow and fast differ in nothing that has an effect"),
        (
            {"arms": {"slow": {}, "fast": {"train": {"beta2": 0.5}}}, "base": {"train": {"optimizer": "sgd"}}},
            "arms: slow and fast differ in nothing that has an effect",
        ),
    ],
)
def test_what_cannot_be_planned(changes, message, tmp_path):
    with pytest.raises(UserError, match=message):
        add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)


MONITOR = {"metric": "val_loss"}
SPREAD = {"metric": "within", "layer": 0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"measure": {"monitor": {**MONITOR, "epoch": 13}}},
            "T1: measure.monitor: task moons, arm slow: val_loss has epochs from 0 to 12, and none of the number 13",
        ),
        ({"measure": {"monitor": {**MONITOR, "epoch": -14}}}, "none of the number -14"),
        ({"measure": {"monitor": {**MONITOR, "epoch": 12, "over_epoch": 13}}}, "none of the number 13"),
        ({"measure": {"monitor": {"metric": "flat", "layer": 0, "epoch": 13}}}, "flat has epochs from 0 to 12"),
        (
            {
                "arms": {**TINY["arms"], "fast": {"train": {"epochs": 5}}},
                "measure": {"monitor": {**MONITOR, "epoch": 6}},
            },
            "arm fast: val_loss has epochs from 0 to 5",
        ),
        (
            {"base": {"probes": {"spread": {}}}, "measure": {"monitor": {**SPREAD, "epoch": 3}}},
            "within has epochs from 0 to 0, and none of the number 3",
        ),
        (
            {"base": {"probes": {"spread": {}}}, "measure": {"monitor": SPREAD}},
            "within is found once, after training; give epoch: -1",
        ),
        (
            {
                "base": {"probes": {"information": {}}},
                "measure": {"apart": {"first": "train_loss", "second": "divergence"}},
            },
            "they have other epochs: train_loss from 0 to 12, divergence from 0 to 0",
        ),
        ({"pictures": [{"layers": {"metric": "flat", "epoch": 13}}]}, "picture.layers: flat has epochs from 0 to 12"),
        ({"pictures": [{"values": {"measure": {"monitor": {**MONITOR, "epoch": 13}}}}]}, "none of the number 13"),
        ({"pictures": [{"sweep": {"epoch": 13}}], "over": {"l2": [0, 1]}}, "picture.sweep: val_accuracy has epochs"),
        (
            {"base": {"train": {"monitors": "full"}}, "pictures": [{"histograms": {"epoch": 13}}]},
            "picture.histograms: activation_std has epochs from 0 to 12, and none of the number 13",
        ),
    ],
)
def test_an_epoch_beyond_all_that_are_trained_cannot_be_read(changes, message, tmp_path):
    with pytest.raises(UserError, match=message):
        add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"measure": {"monitor": {**MONITOR, "epoch": 12, "over_epoch": -13}}},
        {"over": {"epochs": [2, 20]}, "measure": {"monitor": {**MONITOR, "epoch": 20}}},
        {"base": {"train": {"epochs": 0}, "probes": {"spread": {}}}, "measure": {"monitor": SPREAD}},
        {"pictures": [{"layers": {"metric": "flat", "epoch": 12}}]},
    ],
)
def test_the_last_epoch_can_be_read(changes, tmp_path):
    add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)


def test_a_simulation_is_read_at_its_steps_and_a_search_at_the_epochs_of_its_levels(tmp_path):
    ravine = drawn("ravine", {"steps": 5}, measure={"monitor": {"metric": "across", "epoch": 5}})
    searches = {"arms": {name: searched(epochs=epochs) for name, epochs in (("slow", 20), ("fast", 30))}}
    for last, changes in ((5, ravine), (20, {**searches, "measure": {"monitor": {**MONITOR, "epoch": 20}}})):
        add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)
        changes["measure"]["monitor"]["epoch"] += 1
        with pytest.raises(UserError, match=f"has epochs from 0 to {last}, and none of the number {last + 1}"):
            add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)


def searched(epochs=2, **space):
    """The blocks of an arm that is a search."""
    ranges = {"learning_rate": {"log_uniform": [0.001, 1]}, **space}
    return {"search": {"space": ranges, "levels": {"only": {"trials": 4, "epochs": epochs}}}}


SEARCHES = {
    "slow": searched(l2={"uniform": [0, 1]}),
    "fast": searched(optimizer={"categorical": ["sgd", "momentum"]}, momentum={"uniform": [0, 0.9]}),
}


@pytest.mark.parametrize(
    ("arms", "picture", "message"),
    [
        (TINY["arms"], {"points": {"params": ["learning_rate"]}}, "T1: picture.points: no arm is a search$"),
        (TINY["arms"], {"best_so_far": {}}, "picture.best_so_far: no arm is a search"),
        (
            SEARCHES,
            {"points": {"params": ["learning_rat"]}},
            "picture.points.params: no arm searches learning_rat; there",
        ),
        (SEARCHES, {"points": {"params": ["dropout"]}}, "are: learning_rate, l2, optimizer, momentum"),
        (SEARCHES, {"points": {"params": ["l2", "momentum"]}}, "no arm searches l2 and momentum"),
        (
            SEARCHES,
            {"points": {"params": ["optimizer"]}},
            "points.params: optimizer has choices, and the picture is of r",
        ),
    ],
)
def test_a_picture_of_trials_is_of_what_an_arm_searches(arms, picture, message, tmp_path):
    with pytest.raises(UserError, match=message):
        add_claim(Graph(tmp_path, SCRIPTS), claim(arms=arms, pictures=[picture]), 0)
    for there in ({"points": {"params": ["learning_rate", "l2"]}}, {"best_so_far": {}}):
        add_claim(Graph(tmp_path, SCRIPTS), claim(arms=SEARCHES, pictures=[there]), 0)


@pytest.mark.parametrize(
    ("picture", "over", "message"),
    [
        ("sweep", {}, r"picture.sweep: it is of a sweep over 1 param \(found over: nothing\)"),
        ("sweep", {"l2": [0, 1], "dropout": [0, 0.5]}, r"over 1 param \(found over: l2, dropout\)"),
        ("grid", {}, r"picture.grid: it is of a sweep over 2 params \(found over: nothing\)"),
        ("grid", {"l2": [0, 1]}, r"over 2 params \(found over: l2\)"),
    ],
)
def test_a_picture_of_a_sweep_is_of_as_many_params_as_the_sweep(picture, over, message, tmp_path):
    with pytest.raises(UserError, match=message):
        add_claim(Graph(tmp_path, SCRIPTS), claim(over=over, pictures=[{picture: {}}]), 0)
    fitting = {"sweep": {"l2": [0, 1]}, "grid": {"l2": [0, 1], "dropout": [0, 0.5]}}[picture]
    add_claim(Graph(tmp_path, SCRIPTS), claim(over=fitting, pictures=[{picture: {}}]), 0)


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        ({"space": {"l3": {"uniform": [0, 1]}}}, "the claim: tune.space.l3: no model or train param has this name"),
        ({"space": {"l2": {"uniform": [-1, 1]}}}, "the claim: tune.space.l2.uniform.0: l2 cannot be -1.0"),
        (
            {"space": {"l2": {"uniform": [0, 1]}}, "objective": "val_rmse"},
            "the claim: tune.objective: val_rmse is not for classification",
        ),
    ],
)
def test_what_cannot_be_tuned_is_named_as_the_file_has_it(tune, message, tmp_path):
    with pytest.raises(UserError, match=message) as raised:
        add_claim(Graph(tmp_path, SCRIPTS), claim(tune=tune), 0)
    assert "search" not in str(raised.value).replace("not searched", "")


def drawn(name, settings, **changes):
    arms = {"slow": {"simulation": {name: {}}}, "fast": {"simulation": {name: {"epsilon": 0.1}}}}
    return {"tasks": {"drawn": {"simulation": {name: settings}}}, "arms": arms, "pictures": [{"curves": {}}], **changes}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ({"over": {"l2": ["1e-3", 0.1]}}, {"over": {"l2": [0.001, 0.1]}}),
        ({"over": {"hidden": [["4"], [8]]}}, {"over": {"hidden": [[4], [8]]}}),
        (drawn("ravine", {}, over={"learning_rate": ["1e-3"]}), drawn("ravine", {}, over={"learning_rate": [0.001]})),
        (drawn("ravine", {"noise": "1e-1", "steps": "9"}), drawn("ravine", {"noise": 0.1, "steps": 9})),
        ({"base": {"probes": {"spread": {"deviations": "3e0"}}}}, {"base": {"probes": {"spread": {"deviations": 3}}}}),
        ({"measure": {"epochs_to": {"value": "3e-1"}}}, {"measure": {"epochs_to": {"value": 0.3}}}),
    ],
)
def test_numbers_in_text_are_numbers(text, number, tmp_path):
    one, other = arms(tmp_path, **text), arms(tmp_path, **number)
    assert one == other
    assert one != arms(tmp_path, **{**number, "replicates": 7})
    assert claim(**text).over == claim(**number).over


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"train": {"epochs": 3}},
            r"own\.yaml: train: of a question, what all arms share belongs in base: {train",
        ),
        ({"model": {}}, "model: of a question"),
        ({"final": {"seeds": 3}}, "final: a question has no such key; it has: claim, statement"),
        ({"predicts": []}, "predicts: a question has no such key; did you mean predict"),
    ],
)
def test_what_is_of_studies_has_no_place_beside_a_question(more, message, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({**TINY, **more}))
    with pytest.raises(UserError, match=message):
        asked_in(path)
    path.write_text(yaml.safe_dump({**TINY, "seed": 3}))
    assert asked_in(path).seed == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"base": {"train": {"dropout": 0.3}, "probes": {"monte_carlo": {}}}},
        {"over": {"dropout": [0, 0.3]}, "base": {"probes": {"monte_carlo": {}}}},
        {
            "tune": {"space": {"dropout": {"uniform": [0, 0.3]}}, "trials": 2},
            "base": {"probes": {"monte_carlo": {}}},
            "measure": {"monitor": {"metric": "errors_by_spread", "layer": 4, "epoch": -1}},
        },
        {"over": {"hidden": [[4], [4, 4]]}, "measure": {"monitor": {"metric": "dead", "layer": 1}}},
        {"base": {"train": {"monitors": "full"}}, "pictures": [{"histograms": {"layers": [0]}}, {"layers": {}}]},
    ],
)
def test_what_some_trainings_of_an_arm_have_can_be_planned(changes, tmp_path):
    add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)


@pytest.mark.parametrize("monitors", ["basic", "full"])
@pytest.mark.parametrize(
    ("task", "loss"), [("classification", "cross_entropy"), ("classification", "mse"), ("regression", "mse")]
)
@pytest.mark.parametrize("model", [{"hidden": []}, {"hidden": [3, 4], "activation": "maxout"}])
def test_the_entries_of_a_history_are_known_before(monitors, task, loss, model):
    random = np.random.default_rng(0)
    x = random.standard_normal((40, 2)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int64) if task == "classification" else x[:, 0]
    train = {"epochs": 1, "batch_size": 10, "loss": loss, "monitors": monitors}
    spec = RunSpec.model_validate({"model": model, "train": train, "seed": 0})
    rows = Split(x[:30], y[:30], 1.0), Split(x[30:], y[30:], 1.0)
    (result,) = train_runs([spec], *rows, 2 if task == "classification" else 1)
    assert {
        name: len(own[-1]) if isinstance(own[-1], list) else None
        for name, own in result.history.items()
        if name not in ("activation_histogram", "activation_range")  # which are by layer, but no numbers
    } == entries_of(spec, TASKS[task])


@pytest.mark.parametrize("name", list(PICTURES))
def test_a_picture_is_drawn_with_the_settings_that_it_says_it_has(name):
    _, *own = signature(PICTURES[name].draw).parameters
    assert sorted(own) == sorted(SETTINGS.get(name, Picture).model_fields)
    assert set(SETTINGS) <= set(PICTURES)


def test_the_claims_that_come_with_the_package_can_be_planned(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    for one in read_claims(None, None, ROOT / "params/claims", ROOT / "params/tasks"):
        add_claim(graph, one, 0)
    with pytest.raises(UserError, match="no claim 'N77' in"):
        read_claims(["N77"], None, ROOT / "params/claims", ROOT / "params/tasks")


def arms(tmp_path, **changes):
    jobs = add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)
    return {key: [job.key for job in own] for key, own in jobs.arms.items()}, jobs.judge.key


def test_what_only_judges_trains_nothing_and_more_replicates_train_the_new_ones(tmp_path):
    trained, judged = arms(tmp_path)
    for changes in (
        {"claim": "T2", "statement": "Other words."},
        {"measure": {"epochs_to": {"value": 0.2}}},
        {"predict": [{"difference": ["slow", "fast"], "below": 0}]},
    ):
        again, other = arms(tmp_path, **changes)
        assert again == trained
        assert (other == judged) == ("claim" in changes)
    ten, twenty = (arms(tmp_path, replicates=count)[0]["moons", "slow"] for count in (10, 20))
    assert twenty[:1] == ten
    assert len(twenty) == 2
    changed, _ = arms(tmp_path, arms={**TINY["arms"], "fast": {"train": {"learning_rate": 0.2}}})
    assert changed["moons", "slow"] == trained["moons", "slow"]
    assert changed["moons", "fast"] != trained["moons", "fast"]


def test_a_claim_is_trained_judged_and_shown(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    jobs = add_claim(graph, claim(over={"l2": [0.0, 0.001]}), 0)
    for job in graph.jobs.values():
        drive(graph, job)
    found = Judgement.read(graph.folder(jobs.judge.address))
    assert found.verdict == "supported"
    (judged,) = found.tasks["moons"].predictions
    assert len(judged.values["slow"]) == 8
    write_claims([jobs.view(graph)], tmp_path / "claims", tmp_path / "claims/.current/x.json")
    (entry,) = ClaimsLedger.read(tmp_path / "claims").claims
    assert (entry.id, entry.verdict, entry.replicates) == ("T1", "supported", 8)
    page = (tmp_path / "claims/report.html").read_text()
    assert page.count("<img ") == 2
    assert "A faster rate learns faster." in page


SWITCHED = {
    "arms": {
        "adam": {"train": {"optimizer": "adam"}},
        "switched": {"train": {"optimizer": "adam", "switch": {"epoch": 2}}},
    },
    "predict": [{"ratio": ["adam", "switched"], "above": 1}],
    "replicates": 2,
}


def tuning_job(graph, jobs, arm):
    return graph[jobs.arms["moons", arm][0].inputs["tuned"].key]


def tuning(graph, jobs, arm):
    """What an arm of a small claim tuned, the job that did, and the data on which it did."""
    job = tuning_job(graph, jobs, arm)
    return Tuning.read(graph.folder(job.address)), job, graph.folder(job.inputs["data"])


def test_an_arm_takes_the_point_that_is_best_in_the_mean_over_its_splits_none_of_which_judges(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    jobs = add_claim(graph, claim(**SWITCHED, tune={**TUNE, "objective": "train_loss"}), 0)
    for job in graph.jobs.values():
        drive(graph, job)
    for arm, taken in Judgement.read(graph.folder(jobs.judge.address)).tasks["moons"].tuned.items():
        found, job, data = tuning(graph, jobs, arm)
        assert [[run.replicate for run in point.runs] for point in found.points] == [[1001, 1002, 1003]] * 4
        assert {path.name for path in data.iterdir() if path.is_dir()} == {"1001", "1002", "1003"}
        means = [float(np.mean([run.history["train_loss"][-1] for run in point.runs])) for point in found.points]
        assert [point.value for point in found.points] == pytest.approx(means)
        assert taken == found.points[int(np.argmin(means))].params
        firsts = [run.history["train_loss"][0] for run in found.points[0].runs]
        assert len(set(firsts)) == 3  # rows and weights of their own
        run, data = found.points[1].runs[2], data / "1003"
        spec = RunSpec.of({**job.params["run"], "replicate": 1003}, {**found.points[1].params, "epochs": 3})
        assert train_on(data, [spec], "")[0].record() == {
            name: getattr(run, name) for name in ("status", "kept_epoch", "history")
        }


def test_a_point_that_diverged_on_one_split_is_out(tmp_path, monkeypatch):
    graph = Graph(tmp_path, SCRIPTS)
    jobs = add_claim(graph, claim(**SWITCHED, tune={**TUNE, "trials": 2, "splits": 2}), 0)

    def results(asked, title):
        ends = {(0, 1001): 0.1, (0, 1002): None, (1, 1001): 0.5, (1, 1002): 0.6}
        for number, (_, spec) in enumerate(asked):
            value = ends[number % 2, spec.replicate]
            history = History(val_accuracy=[0.0, value], val_loss=[1.0, value], train_loss=[1.0, value])
            yield RunResult("diverged" if value is None else "finished", 1, history, np.zeros(1))

    monkeypatch.setattr("mindgap.stages.arm_tuning.train_on_each", lambda *given: list(results(*given)))
    for job in graph.beneath([jobs.arms["moons", "adam"][0]]).values():
        if job.stage != "arm":
            drive(graph, job)
    found, *_ = tuning(graph, jobs, "adam")
    assert [point.value for point in found.points] == [None, pytest.approx(0.55)]
    assert found.best == 1


def test_an_arm_tunes_what_has_an_effect_in_it(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    space = {**TUNE["space"], "switch_learning_rate": {"log_uniform": [0.001, 1]}}
    both = add_claim(graph, claim(**SWITCHED, tune={**TUNE, "space": space}), 0)
    alone = add_claim(graph, claim(**SWITCHED, tune=TUNE), 0)
    assert [*tuning_job(graph, both, "switched").params["space"]] == ["learning_rate", "switch_learning_rate"]
    assert [*tuning_job(graph, both, "adam").params["space"]] == ["learning_rate"]
    assert both.arms["moons", "adam"] == alone.arms["moons", "adam"]  # nothing of what it does not use is in its key
    assert both.arms["moons", "switched"] != alone.arms["moons", "switched"]


def test_files_that_are_no_claims_end_in_one_message(tmp_path):
    (tmp_path / "N1.yaml").write_text(yaml.safe_dump({**TINY, "tasks": ["nowhere"]}))
    with pytest.raises(UserError, match=r"N1\.yaml: tasks: there is no task 'nowhere' in .*; there are: "):
        read_claims(None, None, tmp_path, ROOT / "params/tasks")
    (tmp_path / "N1.yaml").write_text("- a list")
    with pytest.raises(UserError, match="params are `key: value` lines; found list"):
        read_claims(None, None, tmp_path, ROOT / "params/tasks")
    (tmp_path / "N1.yaml").write_text(yaml.safe_dump({**TINY, "tasks": [{"mine": TINY["tasks"]["moons"]}]}))
    with pytest.raises(UserError, match=r"a list has names of files in .*; data of one's own: tasks: {mine: {data: "):
        read_claims(None, None, tmp_path, ROOT / "params/tasks")
    for block, message in (
        ({"tune": {**TUNE, "trails": 3}}, "tune.trails: unknown key; did you mean trials"),
        (
            {"predict": [{"value": "slow", "abov": 1}]},
            r"predict.0.abov: unknown key; did you mean above\? Allowed: [^\n]*$",
        ),
        ({"predict": {"value": "slow", "above": 1}}, "predict: a list is needed$"),
        ({"measure": {"gap": {}, "best": {}}}, "measure: at most 1 entry "),
        ({"arms": {"slow": None, "fast": {}}}, "arms.slow: `key: value` lines are needed .found None.$"),
    ):
        (tmp_path / "N1.yaml").write_text(yaml.safe_dump({**TINY, **block}))
        with pytest.raises(UserError, match=rf"N1.yaml: {message}"):
            read_claims(None, None, tmp_path, ROOT / "params/tasks")
    with pytest.raises(UserError, match=r"claims: there is no claim \"\['N1'\]\""):
        read_claims([["N1"]], None, ROOT / "params/claims", ROOT / "params/tasks")


def test_claims_are_tested_on_further_tasks_if_these_are_asked_for():
    more = {"rings": {"data": {"source": "synthetic", "kind": "circles", "rows": 90}}}
    found = read_claims(["N1", "N6"], more, ROOT / "params/claims", ROOT / "params/tasks")
    assert [[*claim.tasks][-1] for claim in found] == ["rings", "rings"]
    assert all(len(claim.tasks) > 2 for claim in found)
    with pytest.raises(UserError, match=r"G03.*: predict: nothing is predicted on the task rings"):
        read_claims(["G3"], more, ROOT / "params/claims", ROOT / "params/tasks")


def test_the_claims_on_mnist_can_be_planned_but_for_its_files():
    found = asked_in(ROOT / "params/claims_mnist.yaml")
    assert len(found.claims) >= 20
    assert all("mnist" in claim.tasks for claim in found.claims)


@pytest.mark.parametrize(
    ("task", "image", "parameters", "multiply_adds"),
    [("digits", (8, 8, 1), 3_658, 25_408), ("mnist", (28, 28, 1), 26_698, 307_648)],
)
def test_convolution_is_compared_at_as_many_parameters_and_multiply_adds_as_whole_units_allow(
    task, image, parameters, multiply_adds
):
    (claim,) = (
        read_claims(["C1"], None, ROOT / "params/claims", ROOT / "params/tasks")
        if task == "digits"
        else asked_in(ROOT / "params/claims_mnist_convolution.yaml").claims
    )

    def sizes(model):
        spec = RunSpec.model_validate({"model": model, "train": {}, "seed": 0})
        built = spec.model.architecture(image[0] * image[1], 10, image)
        return built.parameters, sum(built.multiply_adds)

    assert sizes(claim.arms["convolution"]["model"]) == (parameters, multiply_adds)
    for arm, place in (("as many parameters", 0), ("as many multiply-adds", 1)):
        (units,) = claim.arms[arm]["model"]["hidden"]
        off = {wide: abs(sizes({"hidden": [wide]})[place] - (parameters, multiply_adds)[place]) for wide in
               (units - 1, units, units + 1)}  # fmt: skip
        assert min(off, key=off.__getitem__) == units


def test_every_measure_probe_simulation_and_picture_is_documented_with_all_that_it_has():
    lines = (ROOT / "docs/claims.md").read_text().splitlines()
    named = {**MEASURES, **PROBES, **SIMULATIONS, **{name: SETTINGS.get(name, Picture) for name in PICTURES}}
    rows = {name: [line for line in lines if line.startswith(f"| `{name}` |")] for name in named}
    assert [name for name, own in rows.items() if len(own) != 1] == []
    spec = RunSpec.model_validate({"model": {}, "train": {}, "seed": 0})
    told = {name: [*block.model_fields] for name, block in named.items()}
    told |= {name: [*told[name], *SIMULATIONS[name].finds] for name in SIMULATIONS}
    told |= {name: [*told[name], *PROBES[name].model_validate({}).finds(spec)] for name in PROBES}
    assert {name: [one for one in own if f"`{one}`" not in rows[name][0]] for name, own in told.items()} == {
        name: [] for name in named
    }


def test_what_a_probe_measures_of_time_stays_out_of_what_is_judged(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    timed = add_claim(graph, claim(replicates=2, base={"probes": {"speed": {"sizes": [1, None], "rounds": 3}}}), 0)
    plain = add_claim(graph, claim(replicates=2), 0)
    for job in graph.jobs.values():
        drive(graph, job)
    for arm in ("slow", "fast"):
        with_probe, without = (graph.folder(jobs.arms["moons", arm][0].address) for jobs in (timed, plain))
        assert (with_probe / Arm.FILE).read_bytes() == (without / Arm.FILE).read_bytes()
        found = Manifest.read(with_probe).runtime.measured
        assert found["1"] > found["all rows"] > 0  # a step a row against one for all
        assert not Manifest.read(without).runtime.measured
        assert Manifest.read(with_probe).files == Manifest.read(without).files  # equal bytes
    assert set(measured_seconds(timed.view(graph))["moons"]) == {"slow", "fast"}
