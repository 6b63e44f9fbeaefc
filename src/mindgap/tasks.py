"""Tasks: what is asked of a network, classes or a number, and all that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from mindgap.metrics import METRICS
from mindgap.words import words

TaskName = Literal["classification", "regression"]


@dataclass(frozen=True)
class Task:
    """One kind of question to a network.

    `headline` is the metric that runs are chosen by unless params differ, and the first that people look at. Verdicts
    are about the `score`: 1 is perfect, and its scale is the same for all data. `loss` is what is minimised unless
    params differ, and by what the linear baseline is fitted; `trivial` is the baseline that looks at no feature.
    `said` are the words for it all.
    """

    name: TaskName
    headline: str
    score: str
    loss: str
    trivial: str
    said: Mapping[str, str]

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """What every run is measured by, the headline first."""
        own = [name for name in METRICS if self.name in METRICS[name].tasks]
        return tuple(sorted(own, key=lambda name: (name != self.headline, METRICS[name].place, name)))

    @property
    def objectives(self) -> tuple[str, ...]:
        """What runs may be chosen or stopped by: metrics of the validation rows, that of the headline first."""
        return tuple(f"val_{name}" for name in self.metrics if not METRICS[name].thorough)

    @property
    def baselines(self) -> tuple[str, str]:
        """The trivial baseline and the linear one."""
        return self.trivial, "linear"


CLASSIFICATION = Task(
    name="classification",
    headline="accuracy",
    score="accuracy",
    loss="cross_entropy",
    trivial="majority",
    said=words(
        {
            "linear": "Linear classifier",
            "trivial": "Majority class",
            "trivial, short": "Majority class",
            "a linear": "A linear classifier",
            "trees": "Boosted trees",
            "score is": "Accuracy is",
            "nothing": "The most frequent class alone is right in {share}",
            "remedy": "more data, augmentation, a stronger penalty or dropout, or a smaller network",
        }
    ),
)

REGRESSION = Task(
    name="regression",
    headline="rmse",
    score="r2",
    loss="mse",
    trivial="mean",
    said=words(
        {
            "linear": "Ridge regression",
            "trivial": "Mean of the training rows",
            "trivial, short": "Training mean alone",
            "a linear": "Ridge regression",
            "trees": "Boosted trees",
            "score is": "The share of the target's variance that is explained (R²) is",
            "nothing": "The mean of the training rows alone explains {share}",
            "remedy": "more data, a stronger penalty or dropout, or a smaller network",
        }
    ),
)

TASKS: dict[str, Task] = {task.name: task for task in (CLASSIFICATION, REGRESSION)}


def cost(objective: str, value: float) -> float:
    """A value of a split's metric such as val_accuracy, turned where larger is better, so that the least is best."""
    metric = objective.removeprefix("val_").removeprefix("train_")
    return -value if METRICS[metric].larger_is_better else value
