"""ROC AUC: how well outputs tell two classes' rows apart, whatever the threshold."""

import numpy as np

from mindgap.metrics import Table
from mindgap.metrics._ranking import Found, OfRanking
from mindgap.words import words


class RocAuc(OfRanking):
    """The chance that a row of the second class lies above one of the first; ties count half; 1/2 without a pair.

    What leaving a row out changes follows from its placement, the share of the other class's rows that it is on the
    right side of (DeLong et al. 1988).
    """

    place = 7
    title = words("ROC AUC (%)")
    from_perfect = words("what ROC AUC lacks")

    def counted(self) -> float:
        found = np.count_nonzero(self.measured.targets)
        return 2.0 * min(found, len(self.measured.targets) - found)

    def score(self, margins: Table, found: Found) -> float:
        own, others = np.count_nonzero(found), np.count_nonzero(~found)
        if not own or not others:
            return 0.5
        return float(_placed(margins[found], margins[~found]).sum() / (own * others))

    def without(self, margins: Table, found: Found) -> Table:
        area = self.score(margins, found)
        left = np.full(len(margins), area)
        for own, sign in ((found, 1), (~found, -1)):
            rows, others = sign * margins[own], sign * margins[~own]
            if len(rows) > 1 and len(others):
                left[own] = (len(rows) * area - _placed(rows, others) / len(others)) / (len(rows) - 1)
        return left


def _placed(rows: Table, others: Table) -> Table:
    """How many of the others each row lies above; ties count half."""
    ordered = np.sort(others)
    placed: Table = (np.searchsorted(ordered, rows, "left") + np.searchsorted(ordered, rows, "right")) / 2
    return placed
