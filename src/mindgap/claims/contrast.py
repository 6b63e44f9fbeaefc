"""Contrasts: the number that a prediction is about, over replicates, and how far its median may lie from the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isnan

from scipy.stats import binom

from mindgap.claims.measures import Span

ERROR = 0.025
"""An interval of 95 % leaves out so much at each end."""


@dataclass(frozen=True)
class Median:
    """The median over replicates, known or between two numbers, and its 95 % interval, whose ends may be infinite."""

    middle: Span
    low: float
    high: float


def ratio(first: Span, second: Span) -> Span:
    """What one number is divided by another; of two infinite ones, of two zeros, or where one may be negative, nothing
    is known.
    """
    if first.low < 0 or second.low < 0:
        return Span.unknown()
    low = 0.0 if not first.low or second.high == inf else first.low / second.high if second.high else inf
    high = inf if first.high == inf or not second.low else first.high / second.low
    return Span(low, high)


def difference(first: Span, second: Span) -> Span:
    """What one number is minus another."""
    return _span(first.low - second.high, first.high - second.low)


def _span(low: float, high: float) -> Span:
    """Between two numbers; an end that infinite ones of both signs cancelled in is open."""
    return Span(-inf if isnan(low) else low, inf if isnan(high) else high)


def median(spans: Sequence[Span]) -> Median:
    """The median and its interval, by the order of the values alone: no number of them is taken for normal.

    Of n values the k-th least and the k-th greatest hold the median between them unless fewer than k of n lie on one
    side of it, which has the chance of so many heads of n coins; k is the largest for which that is at most 2.5 % each.
    What is known of a value only by a bound counts as far out as it may lie, so that an interval never narrows by it.
    """
    count = len(spans)
    lows, highs = sorted(span.low for span in spans), sorted(span.high for span in spans)
    left_out = int(binom.ppf(ERROR, count, 0.5))
    while left_out and binom.cdf(left_out - 1, count, 0.5) > ERROR:
        left_out -= 1
    inner, outer = (count - 1) // 2, count // 2
    middle = _span((lows[inner] + lows[outer]) / 2, (highs[inner] + highs[outer]) / 2)
    if not left_out:
        return Median(middle, -inf, inf)
    return Median(middle, lows[left_out - 1], highs[count - left_out])
