"""How each metric is shown: its name, its numbers, and the bounds within which it can lie."""

from collections.abc import Callable
from functools import partial

from mindgap.metrics import METRICS, Style
from mindgap.report.numbers import NOTHING, decimal, percent, points, significant
from mindgap.results.statistic import Statistic

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

    def interval(self, statistic: Statistic) -> str:
        """The interval of a mean, a dash where there is none."""
        return _interval(statistic, self.value)

    def gap_interval(self, statistic: Statistic) -> str:
        """The same for a difference of two values."""
        return _interval(statistic, self.difference)


def _interval(statistic: Statistic, write: Writer) -> str:
    if statistic.low is None or statistic.high is None:
        return NOTHING
    return f"{write(statistic.low)} to {write(statistic.high)}"


def shown(objective: str) -> Shown:
    """How a metric, or an objective such as val_accuracy, is shown."""
    return Shown(objective.removeprefix("val_"))


def compared(metric: str, advantage: Statistic) -> str:
    """How much better or worse networks are than a baseline: 0.95 better (0.37 worse to 2.25 better)."""
    write = partial(_better, Shown(metric).difference)
    if advantage.low is None or advantage.high is None:
        return write(advantage.mean)
    low, high = write(advantage.low), write(advantage.high)
    if low.split()[-1] == high.split()[-1]:  # said once
        low = low.split()[0]
    return f"{write(advantage.mean)} ({low} to {high})"


def _better(write: Writer, value: float) -> str:
    return f"{write(abs(value)).removeprefix('+')} {'better' if value >= 0 else 'worse'}"
