"""How each metric is shown: its name, its numbers, and the bounds within which it can lie."""

from collections.abc import Callable
from functools import partial

from mindgap.metrics import METRICS, Style
from mindgap.report.numbers import NOTHING, decimal, percent, points, significant
from mindgap.results.evaluation import Statistic
from mindgap.tasks import cost

Writer = Callable[[float | None], str]


def _signed(value: float | None) -> str:
    return significant(value, "+")


_WRITERS: dict[Style, tuple[Writer, Writer, float, str, str]] = {
    "percent": (percent, points, 100.0, " %", " points"),
    "share of variance": (partial(decimal, digits=3), partial(points, digits=1), 1.0, "", " points"),
    "number": (significant, _signed, 1.0, "", ""),
}
"""What writes values and differences, what axes multiply them by, and the units that may stand behind them."""


class Shown:
    """A metric as people read it.

    `name` stands inside a sentence and `title` alone; `from_perfect` names its distance from the best there is. `value`
    and `difference` write its numbers, and `unit` and `difference_unit` may stand behind these; axes show them
    times `factor`. No value lies below `least` or above `most`.
    """

    def __init__(self, metric: str) -> None:
        kind = METRICS[metric]
        self.name, self.from_perfect = kind.title, kind.from_perfect
        self.title = self.name[0].upper() + self.name[1:]
        self.least, self.most = kind.least, kind.most
        self.value, self.difference, self.factor, self.unit, self.difference_unit = _WRITERS[kind.style]

    def within(self, end: float) -> float:
        """An end of a value's interval, no further than the metric can be: Student's t knows nothing of bounds."""
        return min(max(end, self.least), self.most)

    def interval(self, statistic: Statistic) -> str:
        """The interval of a mean, a dash where there is none."""
        return _interval(statistic, self.value, self.least, self.most)

    def gap_interval(self, statistic: Statistic) -> str:
        """The same for a difference of two values."""
        widest = self.most - self.least
        return _interval(statistic, self.difference, -widest, widest)


def _interval(statistic: Statistic, write: Writer, least: float, most: float) -> str:
    if statistic.low is None or statistic.high is None:
        return NOTHING
    low, high = (write(min(max(end, least), most)) for end in (statistic.low, statistic.high))
    return f"{low} to {high}"


def shown(objective: str) -> Shown:
    """How a metric, or an objective such as val_accuracy, is shown."""
    return Shown(objective.removeprefix("val_"))


def compared(metric: str, value: float, other: float) -> str:
    """How much better or worse a metric's value is than another, in points where the values are in percent."""
    size = Shown(metric).difference(abs(value - other)).removeprefix("+")
    return f"{size} {'better' if cost(metric, value) <= cost(metric, other) else 'worse'}"
