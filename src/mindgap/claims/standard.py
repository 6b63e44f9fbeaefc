"""Standard: effects of all measures on one scale, so that they can stand side by side; right is as claimed."""

from collections.abc import Sequence
from math import inf, isfinite, isnan, log, nan

import numpy as np

from mindgap.claims.contrast import Median
from mindgap.claims.measures import Span
from mindgap.params.claim import Prediction
from mindgap.results.judgement import Standard

FAR = 1000.0
"""What lies farther out counts as this; replicates that are all equal have no deviation, and lie there."""

QUARTILES = 1.349
"""So far apart lie the quartiles of a normal distribution, in its deviations."""


def standard(prediction: Prediction, spans: Sequence[Span], found: Median) -> Standard:
    """How far the median and its interval lie beyond the prediction's limit, in robust deviations of the replicates.

    The deviation is that of a normal distribution with the same quartiles; what was not reached counts at its bound,
    and what diverged not at all. Ratios are in logarithms. Of two ends the nearer counts. Above 0 is as claimed.
    """
    scale = _Scale(prediction)
    known = [value for value in map(scale.known, spans) if isfinite(value)]
    lower, upper = np.quantile(known or [0.0], (0.25, 0.75))
    deviation = float(upper - lower) / QUARTILES
    low, high, middle = scale.of(found.low), scale.of(found.high), scale.known(found.middle)
    reached = [scale.beyond(place) for place in (low, high, min(max(scale.centre, low), high))]
    return Standard(
        low=_in(deviation, min(reached)),
        middle=None if isnan(middle) else _in(deviation, scale.beyond(middle)),
        high=_in(deviation, max(reached)),
    )


class _Scale:
    """The numbers that a prediction is about, ratios in logarithms, and its limits among them."""

    def __init__(self, prediction: Prediction) -> None:
        self._logs = prediction.ratio is not None
        least, most = prediction.within or (prediction.above, prediction.below)
        self._least = -inf if least is None else self.of(least)
        self._most = inf if most is None else self.of(most)
        self.centre = (self._least + self._most) / 2

    def of(self, value: float) -> float:
        if not self._logs:
            return value
        return log(value) if value > 0 else -inf

    def known(self, span: Span) -> float:
        """A number, or the bound that is known of it; NaN where nothing is."""
        low, high = self.of(span.low), self.of(span.high)
        if low == -inf and high == inf:
            return nan
        return low if isfinite(low) or low == high else high

    def beyond(self, place: float) -> float:
        sides = [place - self._least] if isfinite(self._least) else []
        return min([*sides, self._most - place] if isfinite(self._most) else sides, default=inf)


def _in(deviation: float, value: float) -> float:
    if not value or not isfinite(deviation):
        return 0.0
    return max(-FAR, min(FAR, value / deviation if deviation else value * inf))
