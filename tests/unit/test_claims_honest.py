"""Claims are honest: equal arms, planted effects, and predictions that can fail, through the stage that judges."""

from dataclasses import replace
from itertools import product
from math import inf

import numpy as np
import pytest
from scipy.stats import binom, norm

from mindgap.claims.contrast import difference, median, ratio
from mindgap.claims.measures import MEASURES, Span
from mindgap.claims.rule import rule
from mindgap.data.prepared import Split
from mindgap.metrics import METRICS
from mindgap.params.claim import Prediction
from mindgap.params.claims import read_claims
from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.judgement import Judgement
from mindgap.stages.arm import arm_run
from mindgap.stages.judge import judge
from mindgap.training.cohort import train_runs
from tests.driver import ROOT

CLAIMS = read_claims(None, None, ROOT / "params/claims", ROOT / "params/tasks")


def judged(folder, first, second, measure, **says) -> str:
    """The ruling on two arms, each the runs of replicates 1, 2, ..., by the stage itself."""
    paths = {}
    for name, runs in (("first", first), ("second", second)):
        paths[name] = [folder / name]
        paths[name][0].mkdir(parents=True, exist_ok=True)
        numbered = [replace(run, replicate=number) for number, run in enumerate(runs, start=1)]
        Arm({}, len(runs[0].history["val_loss"]) - 1, {}, tuple(numbered)).write(paths[name][0])
    judge({"predict": [says], "measures": [measure]}, {"task": paths}, folder)
    return Judgement.read(folder).verdict


@pytest.fixture(scope="module")
def trainings() -> list[ArmRun]:
    """Many trainings of one network on the same points, each from first weights and in an order of its own."""
    random = np.random.default_rng(0)
    x = random.standard_normal((90, 2)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + 0.5 * random.standard_normal(90) > 0).astype(np.int64)
    model, train = {"hidden": [4]}, {"epochs": 4, "batch_size": 15, "learning_rate": 0.3}
    specs = [
        RunSpec.model_validate({"model": model, "train": train, "seed": 0, "replicate": number})
        for number in range(4000)
    ]
    rows, val = Split(x[:60], y[:60], 1.0), Split(x[60:], y[60:], 1.0)
    return [arm_run(0, {}, result, {}) for result in train_runs(specs, rows, val, 2)]


@pytest.mark.parametrize(
    "measure",
    [
        {"monitor": {"metric": "val_loss"}},
        {"monitor": {"metric": "val_accuracy"}},  # many of equal value
        {"epochs_to": {"metric": "train_loss", "value": 0.6}},  # some never reach it
        {"gap": {"metric": "loss"}},
    ],
)
def test_equal_arms_under_other_draws_are_told_apart_in_at_most_5_of_100_claims(trainings, tmp_path, measure):
    about = {"ratio": ["first", "second"], "above": 1} if "epochs_to" in measure else None
    says = about or {"difference": ["first", "second"], "above": 0}
    random, found = np.random.default_rng(2), []
    for _ in range(500):
        own = [trainings[place] for place in random.choice(len(trainings), 40, replace=False)]
        found.append(judged(tmp_path, own[:20], own[20:], measure, **says))
    # The order of 20 values errs in 2 x 2.07 %; of 500 claims more than 34 have the chance of one in a thousand.
    assert found.count("supported") + found.count("refuted") <= binom.ppf(0.999, 500, 0.0414)
    assert found.count("supported") <= binom.ppf(0.999, 500, 0.0207)
    assert found.count("refuted") <= binom.ppf(0.999, 500, 0.0207)
    if measure == {"monitor": {"metric": "val_loss"}}:  # no two values are equal: it errs as often as it says
        assert found.count("supported") + found.count("refuted") >= binom.ppf(0.001, 500, 0.0414)


@pytest.mark.parametrize("effect", [0.5, 0.8, 1.2])
def test_a_planted_effect_is_found_with_the_power_that_the_replicates_promise(tmp_path, effect):
    random, count = np.random.default_rng(1), 200

    def runs(values):
        return [ArmRun(replicate=0, point={}, kept_epoch=0, history={"val_loss": [value]}) for value in values]

    found = []
    for _ in range(count):
        shared = random.standard_normal(20)  # what replicates have in common, as arms share their splits
        first, second = (shared + random.normal(mean, 0.5**0.5, 20) for mean in (effect, 0.0))
        says = {"difference": ["first", "second"], "above": 0}
        found.append(judged(tmp_path, runs(first), runs(second), {"monitor": {"metric": "val_loss"}}, **says))
    power = binom.sf(14, 20, norm.cdf(effect))  # at least 15 of 20 differences above 0
    assert binom.ppf(0.001, count, power) <= found.count("supported") <= binom.ppf(0.999, count, power)
    assert "refuted" not in found


def test_a_difference_of_differences_is_that_of_each_replicate(tmp_path):
    values = {"a": [5.0, 9.0], "b": [1.0, 2.0], "c": [4.0, 3.0], "d": [2.0, 2.5]}
    folders = {}
    for name, own in values.items():
        folders[name] = [tmp_path / name]
        (tmp_path / name).mkdir()
        runs = [
            ArmRun(replicate=number, point={}, kept_epoch=0, history={"val_loss": [value]})
            for number, value in enumerate(own * 5, start=1)
        ]
        Arm({}, 0, {}, tuple(runs)).write(tmp_path / name)
    says = {"differences": [["a", "b"], ["c", "d"]], "above": 1.9}
    judge({"predict": [says], "measures": [{"monitor": {"metric": "val_loss"}}]}, {"task": folders}, tmp_path)
    (found,) = Judgement.read(tmp_path).tasks["task"].predictions
    assert (found.middle, found.low, found.high) == ((4.25, 4.25), 2.0, 6.5)  # (5 - 1) - (4 - 2), (9 - 2) - (3 - 2.5)
    assert found.ruling == "supported"


BETWEEN = {
    **dict.fromkeys(("flat", "dead", "starved", "sparsity", "copies", "settled"), (0.0, 1.0)),
    **dict.fromkeys(("cancel", "spread_tells", "within", "zeros", "edges"), (0.0, 1.0)),
    **dict.fromkeys(("resemblance", "alike"), (-1.0, 1.0)),
    **dict.fromkeys(("bias", "slope", "noise_change", "noise_score", "unexplained"), (-inf, inf)),
    **dict.fromkeys(("over_chance", "over_bright", "over_filters"), (-inf, inf)),
}
"""Between what the entries of a history lie that are no metrics; others are of any size above 0."""


def domain(measure) -> tuple[float, float]:
    """Between what a measure's values can lie."""
    ((name, settings),) = measure.items()
    metric = MEASURES[name].model_validate(settings).model_dump().get("metric", "")
    if name in ("share", "edge"):
        return 0.0, 1.0
    if name == "gap":
        return -inf, inf
    if name in ("monitor", "best"):
        if "over_layer" in settings or "over_epoch" in settings:
            return 0.0, inf
        own = metric.removeprefix("val_").removeprefix("train_")
        if own in METRICS:
            return METRICS[own].least, METRICS[own].most
        return BETWEEN.get(metric, (0.0, inf))
    return 0.0, inf


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.claim)
def test_every_prediction_can_hold_and_can_fail(claim):
    for prediction, measure in zip(claim.predict, claim.measures(), strict=True):
        low, high = domain(measure)
        limits = [prediction.above, prediction.below, prediction.stated, *(prediction.within or ())]
        near = [limit for limit in limits if limit is not None]
        tried = [
            *near,
            *(limit * factor for limit in near for factor in (0.5, 2)),
            -1.0,
            0.0,
            0.1,
            0.5,
            0.9,
            1.0,
            10.0,
            1e6,
        ]
        values = sorted({value for value in tried if low <= value <= high})
        rulings = {ruling(prediction, *pair) for pair in product(values, values)}
        assert {"supported", "refuted"} <= rulings, prediction
        if prediction.stated is not None:
            assert "weaker than stated" in rulings, prediction


def ruling(prediction: Prediction, first: float, second: float) -> str:
    """The ruling where all replicates have these values."""
    one, other = Span.known(first), Span.known(second)
    contrast = ratio(one, other) if prediction.ratio else difference(one, other) if prediction.difference else one
    if prediction.differences:  # the second pair has the values of the first, turned
        contrast = difference(difference(one, other), difference(other, one))
    found = median([contrast] * 20)
    return rule(prediction, found.low, found.high)


def test_all_52_claims_have_a_file_of_their_own():
    parts = {"N": 15, "I": 9, "O": 8, "S": 8, "G": 10, "C": 2}
    wanted = {f"{part}{number}" for part, count in parts.items() for number in range(1, count + 1)}
    assert {claim.claim for claim in CLAIMS} == wanted
    assert len(CLAIMS) == len(wanted) == 52
