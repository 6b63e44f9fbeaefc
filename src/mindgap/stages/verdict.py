"""The verdict: what an evaluation says, in words; of no result, so that another wording or rule reads no test rows."""

from dataclasses import dataclass
from math import sqrt

from mindgap.results.evaluation import Evaluation
from mindgap.tasks import TASKS

GAP, LARGE_GAP = 0.01, 0.05
"""A gap of the score whose interval lies above the first is overfitting; with a mean below the second, a little."""

ENOUGH = 0.95
"""A network below this on its own training rows has not learned them."""


@dataclass(frozen=True)
class Verdict:
    """A label of a few words, and a text with the figures it rests on."""

    label: str
    text: str


def verdict(evaluation: Evaluation) -> Verdict:
    """What the measurements say.

    It is about the score: accuracy, or of a regression R2, the share of the variance explained. The gap's interval here
    is over seeds and rows: its half-width is the root of the squares of that over seeds and 1.96 times the standard
    error over rows, of training and validation. In this order: it overfits (the whole interval lies above 1 point; a
    little, if the mean is below 5); it learned nothing (no better than the most frequent class, or the mean); it is
    worse than linear (so is the whole interval of validation over seeds); it is not decided (that interval is wider
    than 5 points, or the gap or its interval reaches beyond 5); it underfits (below 95 % in training and hardly better
    than linear); or it fits well.
    """
    task = TASKS[evaluation.task]
    score, said, metrics = task.score, task.said, evaluation.metrics
    train, val = metrics["train"][score].mean, metrics["val"][score].mean
    nothing, linear = (evaluation.baselines[name]["val"][score] for name in task.baselines)
    gap, (val_low, val_high) = evaluation.gap[score], metrics["val"][score].ends
    over_seeds, over_rows = (gap.ends[1] - gap.ends[0]) / 2, [evaluation.row_error[name] for name in ("train", "val")]
    half = sqrt(over_seeds**2 + 1.96**2 * sum(error**2 for error in over_rows))
    low, high = gap.mean - half, gap.mean + half
    if low > GAP:
        label = "overfits" if gap.mean > LARGE_GAP else "overfits a little"
        text = f"It remembers training rows better than it generalises: {said['remedy']} may close the gap."
        if val < linear:
            text += f" {said['a linear']} does better on validation, with {_share(linear)}."
    elif val <= nothing:
        label, text = "learned nothing", said["nothing"].format(share=_share(nothing))
    elif val_high < linear:
        label = "worse than linear"
        text = (
            f"{said['a linear']} reaches {_share(linear)}: the network is too small, too regularised or not trained "
            "out."
        )
    elif val_high - val_low > LARGE_GAP:
        label, values = "not decided", metrics["val"][score].values
        text = (
            f"The seeds differ, from {_share(min(values))} to {_share(max(values))} on validation rows: use more of "
            "them, and look at their learning curves."
        )
    elif high > LARGE_GAP or abs(gap.mean) > LARGE_GAP:
        label = "not decided"
        text = "The gap may be small or large: use more rows, for validation above all, or more seeds."
    elif train < ENOUGH and val - linear < 2 * GAP:
        label = "underfits"
        text = (
            f"There is hardly a gap. {said['a linear']} reaches {_share(linear)}: try more units or more epochs; what "
            "they do not bring may be noise."
        )
    else:
        label = "fits well"
        text = "The gap is small; what is still wrong is noise, not trained out, or beyond a network of this size."
    figures = (
        f"{said['score is']} {_share(train)} on training and {_share(val)} on validation rows, a gap of "
        f"{_points(gap.mean)} points ({_points(low)} to {_points(high)} over seeds and the choice of rows)"
    )
    return Verdict(label, f"{figures}. {text}")


def _share(value: float) -> str:
    return f"{value:.1%}".replace("-", "−") if value > -1 else "less than −100%"


def _points(value: float) -> str:
    return f"{100 * value:.1f}".replace("-", "−") if abs(value) < 10 else f"{'−' * (value < 0)}1000 and more"
