"""A statistic: a metric's mean over the replicates of a network, and how far it may lie from the truth."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Statistic:
    """Values by replicate, their mean, and the ends of its 95 % interval.

    `errors` names what the interval covers the choice of, `seeds` and `rows`, with the standard error of the mean that
    each makes. Where nothing tells how far the mean may be off the ends are null, and nothing is covered: on training
    rows, which are what they are, or where all rows say the same of what has no bounds.
    """

    values: list[float]
    mean: float
    low: float | None
    high: float | None
    errors: Mapping[str, float]
