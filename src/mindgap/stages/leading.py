"""What leads: the metric that people look at first, and the score that the verdict is about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mindgap.metrics import METRICS
from mindgap.results.evaluation import Evaluation
from mindgap.tasks import TASKS

UNEQUAL = 3
"""Classes are unequal where the largest has so many times the training rows of the smallest."""

BALANCED = "balanced_accuracy"


@dataclass(frozen=True)
class Leading:
    """The metrics that lead a page, by their names; `unequal` is how many times the rows of the smallest class the
    largest has, where that is why; None elsewhere."""

    headline: str
    score: str
    unequal: float | None


def leading(evaluation: Evaluation) -> Leading:
    """What leads in an evaluation, see `leading_of`."""
    return leading_of(evaluation.task, evaluation.class_counts, evaluation.objective, evaluation.metrics["test"])


def leading_of(name: str, counts: Sequence[int], objective: str, measured: Collection[str]) -> Leading:
    """The rule: a score that runs were chosen by; or else balanced accuracy where classes are unequal; or the task's.

    A score is 1 where all is right, and larger is better. A regression's headline stays: it is in the target's units.
    `counts` are training rows by class, none of a regression, and `measured` the names of all metrics that there are.
    """
    task = TASKS[name]
    times = max(counts) / min(counts) if all(counts) and len(counts) else 1.0
    unequal = times if times >= UNEQUAL and BALANCED in measured else None
    score = task.score if unequal is None else BALANCED
    chosen = objective.removeprefix("val_")
    if chosen != task.headline and chosen in measured and _is_score(chosen):
        score, unequal = chosen, unequal if chosen == BALANCED else None
    return Leading(task.headline if name == "regression" else score, score, unequal)


def _is_score(metric: str) -> bool:
    return METRICS[metric].larger_is_better and METRICS[metric].most == 1
