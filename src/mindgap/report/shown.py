"""How each metric is shown: its name, its numbers, and the bounds within which it can lie."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from mindgap.report.numbers import NOTHING, decimal, percent, points, significant
from mindgap.tasks import cost

Writer = Callable[[float | None], str]


def _signed(value: float | None) -> str:
    return significant(value, "+")


@dataclass(frozen=True)
class Shown:
    """A metric as people read it.

    `name` stands inside a sentence and `title` alone; `from_perfect` names its distance from the best there is. `value`
    and `difference` write its numbers, and `unit` and `difference_unit` may stand behind these; axes show them
    times `factor`. No value lies below `least` or above `most`.
    """

    name: str
    from_perfect: str
    value: Writer = significant
    difference: Writer = _signed
    factor: float = 1.0
    unit: str = ""
    difference_unit: str = ""
    least: float = 0.0
    most: float = inf

    @property
    def title(self) -> str:
        return self.name[0].upper() + self.name[1:]

    def within(self, end: float) -> float:
        """An end of a value's interval, no further than the metric can be: Student's t knows nothing of bounds."""
        return min(max(end, self.least), self.most)

    def interval(self, statistic: dict[str, Any]) -> str:
        """The interval of a mean, a dash where there is none."""
        return _interval(statistic, self.value, self.least, self.most)

    def gap_interval(self, statistic: dict[str, Any]) -> str:
        """The same for a difference of two values."""
        widest = self.most - self.least
        return _interval(statistic, self.difference, -widest, widest)


def _interval(statistic: dict[str, Any], write: Writer, least: float, most: float) -> str:
    if statistic["low"] is None:
        return NOTHING
    low, high = (write(min(max(statistic[end], least), most)) for end in ("low", "high"))
    return f"{low} to {high}"


SHOWN = {
    "accuracy": Shown(
        "accuracy (%)", "the error", percent, points, 100.0, unit=" %", difference_unit=" points", most=1.0
    ),
    "rmse": Shown("RMSE", "the RMSE"),
    "mae": Shown("MAE", "the MAE"),
    "r2": Shown(
        "R²",
        "1 − R²",
        partial(decimal, digits=3),
        partial(points, digits=1),  # of variance explained
        difference_unit=" points",
        least=-inf,
        most=1.0,
    ),
    "loss": Shown("loss", "the loss"),
    "entropy": Shown("entropy (nats)", "the entropy"),
    "divergence": Shown("divergence (nats)", "the divergence"),
}
"""By metric, in the order of tables."""


def shown(objective: str) -> Shown:
    """How an objective such as val_accuracy is shown."""
    return SHOWN[objective.removeprefix("val_")]


def compared(metric: str, value: float, other: float) -> str:
    """How much better or worse a metric's value is than another, in points where the values are in percent."""
    size = SHOWN[metric].difference(abs(value - other)).removeprefix("+")
    return f"{size} {'better' if cost(metric, value) <= cost(metric, other) else 'worse'}"
