"""Average precision: how well the second class's rows come before the first's, the best placed weighing most."""

import numpy as np

from mindgap.metrics import Table
from mindgap.metrics._ranking import Found, OfRanking
from mindgap.words import words


class AveragePrecision(OfRanking):
    """The mean over the second class's rows of the precision among all rows at least as far up; 0 without any.

    That is sum_n (R_n - R_(n-1)) P_n over the thresholds n, with R recall and P precision. Who knows nothing has the
    share of the second class.
    """

    place = 8
    title = words("average precision (%)")
    from_perfect = words("what average precision lacks")

    def counted(self) -> float:
        return float(np.count_nonzero(self.measured.targets))

    def score(self, margins: Table, found: Found) -> float:
        right, taken = _taken(margins, found)
        return float((right / taken)[found].mean()) if found.any() else 0.0

    def without(self, margins: Table, found: Found) -> Table:
        """A row less changes the precision at its own place and further down."""
        count = np.count_nonzero(found)
        if count < 2:
            return np.full(len(margins), self.score(margins, found))
        right, taken = _taken(margins, found)
        order = np.sort(margins[found])
        places = np.argsort(margins[found], kind="stable")
        share, right, taken = (part[found][places] for part in (right / taken, right, taken))
        fewer = np.maximum(taken - 1, 1)
        # Sums of what lies above each of the thresholds, and of what lies at it or below.
        above = np.append(share[::-1].cumsum()[::-1], 0.0)
        below, less = (np.append(0.0, part.cumsum()) for part in (right / fewer, (right - 1) / fewer))
        at = np.searchsorted(order, margins, "right")
        own = _own(margins, order, right, taken)
        table: Table = np.where(found, (above[at] + less[at] - own) / (count - 1), (above[at] + below[at]) / count)
        return table


def _own(margins: Table, order: Table, right: Table, taken: Table) -> Table:
    """What a row of the second class itself would add to the sum of those at it or below, were it not left out."""
    at = np.minimum(np.searchsorted(order, margins, "left"), len(order) - 1)
    return np.asarray((right[at] - 1) / np.maximum(taken[at] - 1, 1), np.float64)


def _taken(margins: Table, found: Found) -> tuple[Table, Table]:
    """How many rows of the second class, and how many of all, lie at least as far up as each row."""
    every, own = np.sort(margins), np.sort(margins[found])
    right, taken = (len(rows) - np.searchsorted(rows, margins, "left").astype(np.float64) for rows in (own, every))
    return right, taken
