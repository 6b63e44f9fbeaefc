"""The verdict: what an evaluation says, in words; of no result, so that another wording or rule reads no test rows."""

from dataclasses import dataclass
from math import inf

from mindgap.metrics import METRICS
from mindgap.results.evaluation import Evaluation
from mindgap.results.statistic import Statistic
from mindgap.stages.leading import BALANCED, leading
from mindgap.tasks import TASKS

GAP, LARGE_GAP = 0.01, 0.05
"""A gap of the score whose interval lies above the first is overfitting; with a mean below the second, a little."""

HALF = 0.5
"""Where a network may be ahead by so much, that it learned nothing cannot be said."""

ENOUGH = 0.95
"""A network below this on its own training rows has not learned them."""


GUESSED = ("average_precision", "f1", "macro_f1", "precision", "recall")
"""Scores by which who guesses may be ahead of who always says the most frequent class."""

TELLING = ("roc_auc", BALANCED)
"""Metrics by which who guesses is not: the first that there is says whether classes are told apart."""

ELSEWHERE = -0.25
"""Where the mean of the training rows explains less of the test rows' variance, these lie half a deviation away."""

TREES = "trees"
"""The baseline of boosted trees, where there is one."""


@dataclass(frozen=True)
class Verdict:
    """A label of a few words, and a text with the figures it rests on."""

    label: str
    text: str


def verdict(evaluation: Evaluation) -> Verdict:
    """What the measurements say.

    It is about the score, see `leading`: accuracy, balanced accuracy where classes are unequal, or of a regression R2,
    the share of the variance explained; and about test rows, as validation rows were chosen by. All intervals are those
    of the evaluation, over seeds and rows, or over folds. In this order: it learned nothing (the interval of its
    advantage over the trivial baseline, or the mean, is not above 0, nor is that of its ROC AUC, or of more than two
    classes its balanced accuracy, which counts alone where the score is one that guessing raises; unless some seeds did
    learn, or it reaches half of the whole scale: then it is not decided); it decides no better (that of its ROC AUC
    alone is above 0); it overfits (the whole interval of the gap lies above 1 point; a little,
    if the mean is below 5); it is worse than linear (the whole interval of its advantage lies below 0); it is not
    decided (the seeds leave 5 points open, and more than the rows do; or the gap may be beyond 5 points); it underfits
    (below 95 % in training and hardly better than linear); or it fits well. Of boosted trees, where there are any, it
    is said whether they do better or worse, if the whole interval lies on one side; and of a regression whether the
    targets of test rows lie elsewhere than those of training rows.
    """
    task = TASKS[evaluation.task]
    lead = leading(evaluation)
    score, said = lead.score, {**task.said, **({} if lead.score == task.score else _of_score(lead.score))}
    train, val, test = (evaluation.metrics[split][score] for split in ("train", "val", "test"))
    gap, seen = evaluation.test_gap[score], evaluation.gap[score]
    trivial, linear = (evaluation.advantage[name][score] for name in task.baselines)
    nothing, straight = (evaluation.baselines[name]["test"][score] for name in task.baselines)
    telling = next((name for name in TELLING if name in evaluation.advantage[task.trivial]), score)
    told = evaluation.advantage[task.trivial][telling]
    (low, high), ahead, apart = _ends(gap), _ends(trivial)[0] > 0, _ends(told)[0] > 0
    beside = f"{said['a linear']} reaches {_share(straight)} on test rows"
    alone = f"{said['nothing'].format(share=_share(nothing))} on test rows, and the network is {_apart(trivial)}"
    kind, more = ("folds", "repeats of them") if evaluation.folds else ("seeds", "of them")
    differ = (
        f"The {kind} differ, from {_share(min(test.values))} to {_share(max(test.values))} on test rows: use more "
        f"{more}, and look at their learning curves."
    )
    if not ahead and trivial.mean > GAP and _differ(trivial, 3, kind):
        label, text = "not decided", differ
    elif not ahead and _ends(trivial)[1] > HALF:
        label, text = "not decided", f"{alone}: these are too few rows to tell."
    elif not ahead and apart:
        chance = ": no more than chance may bring" if _ends(trivial)[1] > 0 else ""
        label, text = "decides no better", f"{alone}{chance}. {_yet(evaluation, telling, told)}"
    elif ahead and score in GUESSED and not apart:
        name, reached = _name(telling), _share(evaluation.metrics["test"][telling].mean)
        label = "learned nothing"
        text = (
            f"{alone}, but so may be who guesses: its {name} is {reached}, {_apart(told)} than without looking at any "
            "feature, no more than chance may bring. Look at gates, learning rate and labels."
        )
    elif not ahead:
        label, text = "learned nothing", f"{alone}: no more than chance may bring. "
        if _ends(trivial)[1] > LARGE_GAP:
            text += "More test rows would tell; look at gates, learning rate and labels."
        else:
            text += "Look at gates, learning rate and labels; there may be nothing to learn."
    elif low > GAP:
        label = "overfits" if gap.mean > LARGE_GAP else "overfits a little"
        text = f"It remembers training rows better than it generalises: {said['remedy']} may close the gap."
        if _ends(linear)[1] < 0:
            text += f" {beside}: the network is {_apart(linear)}."
    elif _ends(linear)[1] < 0:
        label = "worse than linear"
        text = f"{beside}: the network is {_apart(linear)}, and too small, too regularised or not trained out."
    elif _differ(test, 1, kind) and 4 * test.errors[kind] > LARGE_GAP:
        label, text = "not decided", differ
    elif high > LARGE_GAP:
        label = "not decided"
        rows = (
            "more rows"
            if evaluation.folds
            else "more rows, for the test above all, or data.folds where they can be cut"
        )
        more = {"seeds": "more seeds", "folds": "more repeats"}[kind] if _differ(gap, 1, kind) else rows
        text = f"The gap may be small or large: use {more}."
    elif train.mean < ENOUGH and linear.mean < 2 * GAP:
        label = "underfits"
        more = "filters or units" if evaluation.spec["model"].get("convolution") else "units"
        text = (
            f"There is hardly a gap. {beside}, and the network is {_apart(linear)}: try more {more} or more epochs; "
            "what they do not bring may be noise."
        )
    else:
        label, text = "fits well", "The gap is small."
        if _ends(linear)[0] <= 0:
            text += f" {beside}; as far as these rows can tell, that is as good."
        if train.mean < ENOUGH:
            text += " What is still wrong is noise, not trained out, or beyond a network of this size."
    if TREES in evaluation.advantage:
        text += f" {_beside_trees(evaluation.advantage[TREES][score], evaluation.baselines[TREES]['test'][score])}"
    if evaluation.task == "regression" and nothing < ELSEWHERE:
        text += (
            " The targets of test rows lie elsewhere than those of training rows, as by time or between groups: look "
            "at the means of the splits. No penalty closes such a gap; a column that tells what has changed may."
        )
    if high < 0:
        text += " Test rows are easier than training rows: look at where they come from."
    if lead.unequal is not None:
        right = evaluation.metrics["test"]["accuracy"].mean
        most = evaluation.baselines[task.trivial]["test"]["accuracy"]
        text += (
            f" Classes are unequal, the largest having {lead.unequal:.3g} times the training rows of the smallest, so "
            f"that balanced accuracy leads, in which all classes weigh alike: of all test rows {_share(right)} are "
            f"right, and the most frequent class alone is right in {_share(most)}."
        )
    figures = (
        f"{said['score is']} {_share(train.mean)} on training and {_share(test.mean)} on test rows, a gap of "
        f"{_points(gap.mean)} points{_between(gap)}. On validation rows it is {_share(val.mean)}, a gap of "
        f"{_points(seen.mean)}"
    )
    return Verdict(label, f"{figures}. {text}")


def _yet(evaluation: Evaluation, telling: str, told: Statistic) -> str:
    """What a network has learned by that metric, though it decides no better."""
    reached = f"{_share(evaluation.metrics['test'][telling].mean)} on test rows, {_apart(told)}"
    if telling == BALANCED:
        return (
            f"Yet it tells classes apart: its balanced accuracy is {reached} than without looking at any feature. "
            "Where rarer classes count, search.objective: val_balanced_accuracy lets it lead."
        )
    return (
        f"Yet it ranks: its {_name(telling)} is {reached} than without looking at any feature. Where that counts, "
        "search.objective: val_roc_auc lets it lead; train.class_weight and final.threshold move where it decides."
    )


def _beside_trees(trees: Statistic, reached: float) -> str:
    """Whether boosted trees do better."""
    low, high = _ends(trees)
    told = "do better" if high < 0 else "do worse" if low > 0 else "may be better or worse"
    return f"Boosted trees {told}: they reach {_share(reached)} on test rows, and the network is {_apart(trees)}."


def _of_score(metric: str) -> dict[str, str]:
    """The words of another score than the task's."""
    name = _name(metric)
    return {
        "score is": f"{name[0].upper()}{name[1:]} is",
        "nothing": "The baseline that looks at no feature has {share}",
    }


def _name(metric: str) -> str:
    """What a metric is called inside a sentence, without its unit."""
    return METRICS[metric].title.removesuffix(" (%)")


def _ends(statistic: Statistic) -> tuple[float, float]:
    """The ends of an interval; without one, anything may be."""
    if statistic.low is None or statistic.high is None:
        return -inf, inf
    return statistic.low, statistic.high


def _differ(statistic: Statistic, times: float, kind: str) -> bool:
    """Whether the seeds, or the folds, leave more open than the rows do, by so many times."""
    return statistic.errors.get(kind, 0.0) > times * statistic.errors.get("rows", 0.0)


def _apart(advantage: Statistic) -> str:
    """How much better or worse a network is than a baseline on the same rows, and the interval of how much better."""
    size, word = _points(abs(advantage.mean)), "better" if advantage.mean >= 0 else "worse"
    return f"{size} points {word}{_between(advantage, ' better')}"


def _between(statistic: Statistic, what: str = "") -> str:
    """The interval, in points."""
    if statistic.low is None or statistic.high is None:
        return ""
    return f" (95 %: {_points(statistic.low)} to {_points(statistic.high)}{what})"


def _share(value: float) -> str:
    return f"{value:.2%}".replace("-", "−") if value > -1 else "less than −100%"


def _points(value: float) -> str:
    return f"{100 * value:.2f}".replace("-", "−") if abs(value) < 10 else f"{'−' * (value < 0)}1000 and more"
