"""Chance: how likely it alone would have made a verdict, from a prediction to all claims of a page (docs/claims.md)."""

from collections.abc import Sequence

from scipy.stats import binom

from mindgap.claims.measures import Span
from mindgap.params.claim import Prediction
from mindgap.results.judgement import Chance, Verdict

LEVEL = 0.05
"""An interval of 95 % decides where the chance of the side it decides for, both sides counted, is at most this."""


def of_prediction(prediction: Prediction, spans: Sequence[Span]) -> Chance:
    """The sign test of each side: of so many coins, as many heads as replicates lie there or more.

    What may lie on the other side counts there, so that it is at most 2.5 % exactly where the interval decides. To lie
    within two ends is to pass both tests, and to lie outside is to pass one.
    """
    if prediction.within is not None:
        least, most = prediction.within
        return Chance(
            claimed=max(_sign([one.low >= least for one in spans]), _sign([one.high <= most for one in spans])),
            refuting=min(_sign([one.high < least for one in spans]), _sign([one.low > most for one in spans])),
        )
    if prediction.below is not None:
        below = prediction.below
        return Chance(_sign([one.high < below for one in spans]), _sign([one.low > below for one in spans]))
    assert prediction.above is not None
    above = prediction.above
    return Chance(_sign([one.low > above for one in spans]), _sign([one.high < above for one in spans]))


def together(chances: Sequence[Chance]) -> Chance:
    """Of several predictions on a task: all must hold, so the greatest; one refuted is enough, by Bonferroni."""
    return Chance(
        claimed=max(chance.claimed for chance in chances),
        refuting=min(1.0, len(chances) * min(chance.refuting for chance in chances)),
    )


def overall(chances: Sequence[Chance]) -> Chance:
    """Of a claim over tasks, each side by `on_most` of them, as the rule asks for."""
    return Chance(
        claimed=on_most([chance.claimed for chance in chances]),
        refuting=on_most([chance.refuting for chance in chances]),
    )


def on_most(chances: Sequence[float]) -> float:
    """That fewer than m, more than half of n, are so in truth: n - m + 1 times the m-th least.

    Benjamini and Heller (2008), "Screening for partial conjunction hypotheses", by Bonferroni, for any dependence.
    """
    needed = len(chances) // 2 + 1
    return min(1.0, (len(chances) - needed + 1) * sorted(chances)[needed - 1])


def of_verdict(verdict: Verdict, parts: Sequence[Sequence[Chance]]) -> float:
    """Of what a claim comes to, both sides counted; `parts` are its tasks, together where predictions are the same.

    All parts must hold, so the greatest; one refuted is enough, by Bonferroni. That a part holds on some of its tasks
    and is refuted on others takes one of each, so the greater of both leasts.
    """
    if verdict == "depends":
        split = [2 * len(own) * max(min(one.claimed for one in own), min(one.refuting for one in own)) for own in parts]
        return min(1.0, len(parts) * min(split))
    return two_sided(together([overall(own) for own in parts]))


def two_sided(chance: Chance) -> float:
    """Of the likelier side, twice, as either could have been seen."""
    return min(1.0, 2 * min(chance.claimed, chance.refuting))


def holm(chances: Sequence[float]) -> list[float]:
    """Holm's correction (1979): each times the number of those that are not less, and never less than one before it.

    Those that are then at most LEVEL hold all at once, but for that chance.
    """
    corrected, largest = [0.0] * len(chances), 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda place: chances[place])):
        largest = max(largest, min(1.0, (len(chances) - rank) * chances[place]))
        corrected[place] = largest
    return corrected


def _sign(there: Sequence[bool]) -> float:
    return float(binom.sf(sum(there) - 1, len(there), 0.5))
