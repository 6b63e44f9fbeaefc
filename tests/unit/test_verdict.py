"""Verdicts follow from the intervals of the gap and of the advantages, all on test rows."""

from dataclasses import replace

import numpy as np
import pytest

from mindgap.intervals import Sample, advantage, gap, measured, unseen
from mindgap.results.evaluation import Evaluation, FoldEvaluation
from mindgap.results.statistic import Statistic
from mindgap.stages.verdict import verdict


def around(mean, half, values=None, *, seeds=0.001, rows=0.001):
    """A statistic of an interval half as wide as `half`."""
    return Statistic(values or [mean], mean, mean - half, mean + half, {"seeds": seeds, "rows": rows})


def evaluation(task, score, train, val, test, gap, trivial, linear, straight, nothing, model=None):
    """As much of an evaluation as a verdict looks at; `straight` and `nothing` are what the baselines reach."""
    trivial_name = "majority" if task == "classification" else "mean"
    metrics = {"train": measured([train]), "val": around(val, 0.01), "test": test}
    return Evaluation(
        task=task,
        params={},
        spec={"model": model or {}},
        replicates=(1,),
        metrics={split: {score: found} for split, found in metrics.items()},
        gap={score: around(train - val, 0.01)},
        test_gap={score: gap},
        overfitting_epoch=None,
        confusion={},
        baselines={"linear": {"test": {score: straight}}, trivial_name: {"test": {score: nothing}}},
        advantage={"linear": {score: linear}, trivial_name: {score: trivial}},
    )


def judge(
    train,
    test,
    *,
    linear=0.9,
    majority=0.1,
    half=0.004,
    seeds=0.001,
    rows=0.001,
    values=None,
    task="classification",
    model=None,
):
    """The verdict on scores, whose intervals are all half as wide as `half`."""
    return verdict(
        evaluation(
            task,
            "accuracy" if task == "classification" else "r2",
            train,
            test,
            around(test, half, values, seeds=seeds, rows=rows),
            around(train - test, half, seeds=seeds, rows=rows),
            around(test - majority, half, seeds=seeds, rows=rows),
            around(test - linear, half, seeds=seeds, rows=rows),
            linear,
            majority,
            model,
        )
    )


@pytest.mark.parametrize(
    ("train", "test", "label", "beside"),
    [
        (0.11, 0.105, "learned nothing", {"majority": 0.11}),
        (0.98, 0.50, "learned nothing", {"majority": 0.5, "linear": 0.5}),  # random labels, learned by heart
        (0.98, 0.52, "learned nothing", {"majority": 0.5, "linear": 0.5, "half": 0.03}),  # as chance may bring
        (1.00, 0.92, "overfits", {}),
        (1.00, 0.80, "overfits", {}),  # though a linear classifier does better
        (1.00, 0.97, "overfits a little", {}),
        (1.00, 0.97, "not decided", {"half": 0.025}),
        (1.00, 0.98, "fits well", {"half": 0.015}),
        (1.00, 0.80, "not decided", {"half": 0.2}),
        (0.87, 0.868, "worse than linear", {}),
        (0.87, 0.868, "underfits", {"half": 0.04, "linear": 0.89}),  # by no more than chance may bring
        (0.92, 0.915, "underfits", {}),
        (0.92, 0.915, "fits well", {"linear": 0.8}),
        (0.99, 0.985, "fits well", {}),
        (0.90, 0.98, "fits well", {}),  # a gap that is surely below 0 is surely not large
        (0.85, 0.905, "underfits", {}),
    ],
)
def test_verdicts_follow_the_measurements(train, test, label, beside):
    assert judge(train, test, **beside).label == label


def test_a_network_too_small_is_told_to_have_more_of_what_it_has():
    blocks = {"convolution": [{"filters": 2}]}
    assert "try more units or" in judge(0.92, 0.915, model={"convolution": []}).text
    assert "try more filters or units or" in judge(0.92, 0.915, model=blocks).text


def test_targets_that_lie_elsewhere_in_test_rows_are_told_of():
    def of(mean):
        return judge(0.5, -2.4, linear=-3.0, majority=mean, half=0.001, task="regression").text

    assert "The targets of test rows lie elsewhere" in of(-4.8)
    assert "elsewhere" not in of(-0.1)


def test_few_rows_cannot_tell_whether_anything_was_learned():
    found = judge(1.0, 0.83, majority=0.5, linear=0.6, half=0.6)
    assert found.label == "not decided"
    assert "too few rows to tell" in found.text


def test_a_verdict_without_an_interval_has_no_brackets():
    none = Statistic([0.0], 0.0, None, None, {})
    found = verdict(evaluation("regression", "r2", 0.0, 0.0, around(0.0, 0.1), none, none, none, 0.3, 0.0))
    assert "(" not in found.text.replace("(R²)", "")


def test_a_network_that_is_no_better_than_linear_as_far_as_rows_tell_is_said_to_be():
    text = judge(1.0, 0.98, linear=0.975, half=0.015).text
    assert "A linear classifier reaches 97.50% on test rows; as far as these rows can tell, that is as good." in text
    assert "as good" not in judge(1.0, 0.98, linear=0.9).text


def test_it_is_said_whether_boosted_trees_do_better():
    def of(low, high):
        ahead, reached = Statistic([0.0], (low + high) / 2, low, high, {"rows": 0.01}), 0.9
        plain = evaluation(
            "classification", "accuracy", 0.97, 0.9, *map(around, (0.95, 0.01, 0.5, 0.2), [0.004] * 4), 0.8, 0.5
        )
        beside = {"trees": {"test": {"accuracy": reached}}}
        return verdict(
            replace(
                plain,
                baselines={**plain.baselines, **beside},
                advantage={**plain.advantage, "trees": {"accuracy": ahead}},
            )
        ).text

    better = (
        "Boosted trees do better: they reach 90.00% on test rows, and the network is 2.00 points worse (95 %: −3.00"
    )
    assert better in of(-0.03, -0.01)
    assert "Boosted trees do worse: they reach 90.00% on test rows, and the network is 2.00 points better" in of(
        0.01, 0.03
    )
    assert "Boosted trees may be better or worse:" in of(-0.01, 0.03)
    assert "trees" not in judge(0.99, 0.985).text


def with_metric(found, name, reached, ahead, objective=""):
    """The same evaluation, which says by another metric too what is reached, and by how much more than by guessing."""
    return replace(
        found,
        metrics={**found.metrics, "test": {**found.metrics["test"], name: around(reached, 0.03)}},
        advantage={**found.advantage, "majority": {**found.advantage["majority"], name: ahead}},
        objective=objective or found.objective,
    )


def by_guessing(score, ahead, *, objective=""):
    """An evaluation of networks that are `ahead` of the most frequent class, or of no row of a class, by a score."""
    half = [around(value, 0.004) for value in (0.73, 0.2)]
    own = evaluation("classification", score, 0.95, 0.73, *half, around(*ahead), around(0.1, 0.004), 0.6, 0.72)
    return replace(own, objective=objective)


def test_a_network_that_ranks_but_decides_no_better_has_not_learned_nothing():
    found = verdict(with_metric(by_guessing("accuracy", (0.01, 0.03)), "roc_auc", 0.71, around(0.21, 0.05)))
    assert found.label == "decides no better"
    assert "the network is 1.00 points better (95 %: −2.00 to 4.00 better): no more than chance may" in found.text
    said = "Yet it ranks: its ROC AUC is 71.00% on test rows, 21.00 points better (95 %: 16.00 to 26.00 better)"
    assert said in found.text
    worse = verdict(with_metric(by_guessing("accuracy", (-0.1, 0.03)), "roc_auc", 0.71, around(0.21, 0.05)))
    assert "the network is 10.00 points worse (95 %: −13.00 to −7.00 better). Yet it ranks:" in worse.text
    nothing = verdict(with_metric(by_guessing("accuracy", (0.01, 0.03)), "roc_auc", 0.52, around(0.02, 0.05)))
    assert nothing.label == "learned nothing"


def test_of_more_classes_balanced_accuracy_says_whether_they_are_told_apart():
    found = verdict(with_metric(by_guessing("accuracy", (-0.01, 0.03)), "balanced_accuracy", 0.43, around(0.1, 0.05)))
    assert found.label == "decides no better"
    assert "Yet it tells classes apart: its balanced accuracy is 43.00% on test rows, 10.00 points better" in found.text


@pytest.mark.parametrize("score", ["average_precision", "f1", "macro_f1", "precision", "recall"])
def test_a_score_that_guessing_raises_does_not_say_that_anything_was_learned(score):
    ahead = by_guessing(score, (0.25, 0.05), objective=f"val_{score}")
    guessed = verdict(with_metric(ahead, "roc_auc", 0.51, around(0.01, 0.05)))
    assert guessed.label == "learned nothing"
    assert "25.00 points better (95 %: 20.00 to 30.00 better), but so may be who guesses" in guessed.text
    assert "its ROC AUC is 51.00%, 1.00 points better" in guessed.text
    assert verdict(with_metric(ahead, "roc_auc", 0.71, around(0.21, 0.05))).label == "overfits"


def test_test_rows_that_are_easier_are_told_of():
    assert "Test rows are easier than training rows" in judge(0.90, 0.98).text
    assert "easier" not in judge(0.99, 0.985).text


def test_seeds_that_differ_decide_nothing():
    apart = {"half": 0.3, "seeds": 0.2, "rows": 0.02, "values": [0.1, 0.1, 0.95], "linear": 0.3}
    found = judge(0.39, 0.383, **apart)
    assert found.label == "not decided"
    assert "The seeds differ, from 10.00% to 95.00% on test rows" in found.text
    assert judge(0.34, 0.33, **{**apart, "half": 0.03}).label == "not decided"
    assert judge(0.105, 0.1, **apart).label == "learned nothing"


def test_verdicts_on_a_regression_are_about_the_variance_explained():
    def of(train, test, linear=0.5):
        return judge(train, test, linear=linear, majority=-0.01, half=0.001, task="regression")

    assert of(-0.02, -0.02).label == "learned nothing"
    assert of(0.9, 0.6).label == "overfits"
    assert of(0.4, 0.41).label == "worse than linear"
    assert of(0.53, 0.50).label == "overfits a little"
    assert of(0.51, 0.50).label == "underfits"
    assert of(0.99, 0.985).label == "fits well"
    assert (
        "(R²) is 90.00% on training and 60.00% on test rows, a gap of 30.00 points (95 %: 29.90 to 30.10)"
        in of(0.9, 0.6).text
    )
    worse = "reaches 70.00% on test rows: the network is 10.00 points worse (95 %: −10.10 to −9.90 better)."
    assert worse in of(0.9, 0.6, linear=0.7).text
    assert "less than −100% on test rows, a gap of 1000 and more points" in of(0.9, -50).text


def test_what_a_network_is_ahead_by_is_told_with_its_interval():
    text = judge(0.98, 0.52, majority=0.5, linear=0.5, half=0.03).text
    assert "The most frequent class alone is right in 50.00% on test rows" in text
    assert "the network is 2.00 points better (95 %: −1.00 to 5.00 better): no more than chance may bring." in text


def sampled(random, learns, rows, chance):
    """The evaluation of five networks that learned as much as they did, or nothing, on so many rows of two classes."""

    def share(hits):
        return Sample.of(hits.mean(axis=1).tolist(), hits.astype(float), least=0.0, most=1.0)

    hard = random.random((1, rows)) < chance + (1 - chance) * 0.5
    train = share(random.random((5, 3 * rows)) < 0.99)
    right = hard if learns else random.random((5, rows)) < chance
    test = share(right | (random.random((5, rows)) < 0.05) if learns else right)
    majority = share(random.random((1, rows)) < chance)
    return evaluation(
        "classification",
        "accuracy",
        0.99,
        test.values[0],
        unseen(test),
        gap(train, test),
        advantage(test, majority, larger_is_better=True),
        advantage(test, majority, larger_is_better=True),
        chance,
        chance,
    )


@pytest.mark.parametrize("rows", [30, 60, 200])
def test_networks_that_learned_nothing_are_said_to_in_at_least_95_of_100_cases(rows):
    random = np.random.default_rng(0)
    labels = [verdict(sampled(random, learns=False, rows=rows, chance=0.5)).label for _ in range(400)]
    assert labels.count("learned nothing") >= 380


def test_networks_that_learned_are_not_said_to_have_learned_nothing():
    random = np.random.default_rng(0)
    labels = [verdict(sampled(random, learns=True, rows=200, chance=0.5)).label for _ in range(100)]
    assert "learned nothing" not in labels


@pytest.mark.parametrize(
    ("luck", "rows", "label", "said"),
    [
        (0.001, 0.004, "fits well", "The gap is small."),
        (0.03, 0.004, "not decided", "The folds differ, from 90.00% to 99.00% on test rows: use more repeats of them"),
        (0.001, 0.04, "not decided", "The gap may be small or large: use more rows."),
    ],
)
def test_of_folds_their_luck_asks_for_repeats_and_their_rows_for_rows(luck, rows, label, said):
    half = 2 * np.hypot(luck, rows)

    def over(mean, values=None):
        return Statistic(values or [mean], mean, mean - half, mean + half, {"folds": luck, "rows": rows})

    scores = [0.90, 0.99, 0.97]
    own = evaluation(
        "classification", "accuracy", 0.97, 0.95, over(0.953, scores), over(0.01), over(0.45), over(0.2), 0.75, 0.5
    )
    fold = FoldEvaluation(1, 1, {"train": 60, "val": 20, "test": 20}, {}, {}, {}, {})
    found = verdict(replace(own, folds=(fold,) * 3))
    assert found.label == label
    assert said in found.text
