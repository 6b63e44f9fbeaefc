"""Titles: what the measures of a claim are called, wherever people read of it; no result holds them."""

from collections import Counter

from mindgap.claims.measures import measure_of
from mindgap.params.claim import Claim


def titles(claim: Claim) -> list[str]:
    """The title of each prediction's measure: equal measures have one, and no two others the same.

    Those whose letters and digits alone are the same have the number of their first prediction with them, so that they
    stay apart also where names may have no other signs, as in MLflow.
    """
    measures = [measure_of(measure) for measure in claim.measures()]
    first = [measures.index(measure) for measure in measures]
    shared = Counter(_signs(measures[place].title) for place in set(first))
    return [
        f"{measures[place].title}: prediction {place + 1}"
        if shared[_signs(measures[place].title)] > 1
        else measures[place].title
        for place in first
    ]


def _signs(title: str) -> str:
    return "".join(filter(str.isalnum, title))
