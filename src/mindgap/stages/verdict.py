"""The verdict: what an evaluation says, in words."""

from math import sqrt
from typing import Any

from mindgap.tasks import SCORES, Task

GAP, LARGE_GAP = 0.01, 0.05
"""A gap of the score whose interval lies above the first is overfitting; with a mean below the second, a little."""

ENOUGH = 0.95
"""A network below this on its own training rows has not learned them."""

Baselines = dict[str, dict[str, dict[str, float]]]
"""A baseline's metrics, by its name, split and metric."""


def verdict(
    task: Task,
    metrics: dict[str, dict[str, Any]],
    gap: dict[str, Any],
    baselines: Baselines,
    row_errors: dict[str, float],
) -> dict[str, str]:
    """What the measurements say, in words: a label and a text with the figures it rests on.

    It is about the score: accuracy, or of a regression R2, the share of the variance explained. The gap's interval here
    is over seeds and rows: its half-width is the root of the squares of that over seeds and 1.96 times the standard
    error over rows (`row_errors`, by split). In this order: it overfits (the whole interval lies above 1 point; a little,
    if the mean is below 5); it learned nothing (no better than the most frequent class, or the mean); it is worse than
    linear (so is the whole interval of validation over seeds); it is not decided (that interval is wider than 5 points,
    or the gap or its interval reaches beyond 5); it underfits (below 95 % in training and hardly better than linear);
    or it fits well.
    """
    words, score, trivial = _WORDS[task], SCORES[task], next(name for name in baselines if name != "linear")
    train, val = metrics["train"][score]["mean"], metrics["val"][score]["mean"]
    nothing, linear = (baselines[name]["val"][score] for name in (trivial, "linear"))
    mean, (low, high), (val_low, val_high) = gap[score]["mean"], _ends(gap[score]), _ends(metrics["val"][score])
    half = sqrt(((high - low) / 2) ** 2 + 1.96**2 * (row_errors["train"] ** 2 + row_errors["val"] ** 2))
    low, high = mean - half, mean + half
    figures = (
        f"{words['score']} {_share(train)} on training and {_share(val)} on validation rows, a gap of {_points(mean)} "
        f"points ({_points(low)} to {_points(high)} over seeds and the choice of rows)"
    )
    if low > GAP:
        label = "overfits" if mean > LARGE_GAP else "overfits a little"
        text = f"It remembers training rows better than it generalises: {words['remedy']} may close the gap."
        if val < linear:
            text += f" {words['linear']} does better on validation, with {_share(linear)}."
    elif val <= nothing:
        label = "learned nothing"
        text = words["nothing"].format(share=_share(nothing))
    elif val_high < linear:
        label = "worse than linear"
        text = (
            f"{words['linear']} reaches {_share(linear)}: the network is too small, too regularised or not trained out."
        )
    elif val_high - val_low > LARGE_GAP:
        label, values = "not decided", metrics["val"][score]["values"]
        text = (
            f"The seeds differ, from {_share(min(values))} to {_share(max(values))} on validation rows: use more of them, "
            "and look at their learning curves."
        )
    elif high > LARGE_GAP or abs(mean) > LARGE_GAP:
        label = "not decided"
        text = "The gap may be small or large: use more rows, for validation above all, or more seeds."
    elif train < ENOUGH and val - linear < 2 * GAP:
        label = "underfits"
        text = (
            f"There is hardly a gap. {words['linear']} reaches {_share(linear)}: try more units or more epochs; what they "
            "do not bring may be noise."
        )
    else:
        label = "fits well"
        text = "The gap is small; what is still wrong is noise, not trained out, or beyond a network of this size."
    return {"label": label, "text": f"{figures}. {text}"}


def _share(value: float) -> str:
    return f"{value:.1%}".replace("-", "−") if value > -1 else "less than −100%"


def _points(value: float) -> str:
    return f"{100 * value:.1f}".replace("-", "−") if abs(value) < 10 else f"{'−' * (value < 0)}1000 and more"


_WORDS: dict[Task, dict[str, str]] = {
    "classification": {
        "score": "Accuracy is",
        "linear": "A linear classifier",
        "nothing": "The most frequent class alone is right in {share}: look at checks, learning rate and labels.",
        "remedy": "more data, augmentation, a stronger penalty or dropout, or a smaller network",
    },
    "regression": {
        "score": "The share of the target's variance that is explained (R²) is",
        "linear": "Ridge regression",
        "nothing": "It explains no more than the mean of the training rows does: look at checks and learning rate.",
        "remedy": "more data, a stronger penalty or dropout, or a smaller network",
    },
}


def _ends(measured: dict[str, Any]) -> tuple[float, float]:
    """The ends of the interval; both are the mean where one seed gives none."""
    mean = measured["mean"]
    return (
        mean if measured["low"] is None else measured["low"],
        mean if measured["high"] is None else measured["high"],
    )
