"""The metrics of each task: their names, and which way is better."""

from typing import Literal

Task = Literal["classification", "regression"]

METRICS: dict[Task, tuple[str, ...]] = {
    "classification": ("accuracy", "loss"),
    "regression": ("rmse", "mae", "r2", "loss"),
}
"""What every run is measured by, by task; a task's first is the one that its runs are chosen by unless params differ."""

SCORES: dict[Task, str] = {"classification": "accuracy", "regression": "r2"}
"""What verdicts are about, by task: 1 is perfect, and its scale is the same for all data."""

LARGER_IS_BETTER = ("accuracy", "r2")


def cost(objective: str, value: float) -> float:
    """A value of an objective such as val_accuracy, turned where larger is better, so that the least cost is the best."""
    return -value if objective.removeprefix("val_") in LARGER_IS_BETTER else value
