"""Claims: the median's interval, the rule, measures, what their files may say, and which jobs they share."""

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
from mindgap.errors import UserError
from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.params.claim import Claim, Prediction
from mindgap.params.claims import asked_in, read_claims
from mindgap.report.claims.page import ClaimsLedger, write_claims
from mindgap.report.claims.pictures import PICTURES
from mindgap.results.arm import ArmRun
from mindgap.results.judgement import Judgement
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
        ({"arms": {"slow": {}, "fast": {}}}, "slow and fast differ in nothing"),
        ({"arms": {"slow": {"check": {}}, "fast": {}}}, "an arm has no block 'check'; it has data"),
        ({"measure": None}, "each prediction needs a measure"),
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
        ({"over": {"learning_rate": [-1]}}, r"over\.learning_rate: it cannot be -1: Input should be greater than 0"),
        ({"over": {"speed": [1]}}, r"over\.speed: it cannot be 1"),
        (
            {"base": {"train": {"speed": 1}}},
            r"claim T1, task moons, arm slow: 1 error.*\nbase: train\.speed: unknown key",
        ),
    ],
)
def test_what_cannot_be_planned(changes, message, tmp_path):
    with pytest.raises(UserError, match=message):
        add_claim(Graph(tmp_path, SCRIPTS), claim(**changes), 0)


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


def test_tuned_arms_take_what_their_search_found(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    tune = {"space": {"learning_rate": {"log_uniform": [0.001, 1]}}, "trials": 4, "epochs": 3}
    one = claim(arms={"relu": {}, "tanh": {"model": {"activation": "tanh"}}}, tune=tune, replicates=2,
                predict=[{"ratio": ["tanh", "relu"], "above": 1}])  # fmt: skip
    jobs = add_claim(graph, one, 0)
    for job in graph.jobs.values():
        drive(graph, job)
    tuned = Judgement.read(graph.folder(jobs.judge.address)).tasks["moons"].tuned
    assert set(tuned) == {"relu", "tanh"}
    assert all(0.001 <= found["learning_rate"] <= 1 for found in tuned.values())


def test_files_that_are_no_claims_end_in_one_message(tmp_path):
    (tmp_path / "N1.yaml").write_text(yaml.safe_dump({**TINY, "tasks": ["nowhere"]}))
    with pytest.raises(UserError, match=r"N1\.yaml: tasks: there is no task 'nowhere' in .*; there are: "):
        read_claims(None, None, tmp_path, ROOT / "params/tasks")
    (tmp_path / "N1.yaml").write_text("- a list")
    with pytest.raises(UserError, match="params are `key: value` lines; found list"):
        read_claims(None, None, tmp_path, ROOT / "params/tasks")


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


def test_every_measure_probe_simulation_and_picture_is_documented():
    text = (ROOT / "docs/claims.md").read_text()
    named = (*MEASURES, *PROBES, *SIMULATIONS, *PICTURES)
    assert [name for name in named if f"| `{name}` |" not in text] == []
