"""Precision: how many rows that are taken for the second of two classes are of it."""

from mindgap.metrics import Table
from mindgap.metrics._confusion import OfConfusion, ratio
from mindgap.words import words


class Precision(OfConfusion):
    """The share of the second class's rows among those that are taken for it; 0 where none are."""

    classes = 2
    place = 5
    title = words("precision (%)")
    from_perfect = words("what precision lacks")

    def counted(self) -> float:
        return float(self._counts[..., 1].sum() / len(self._counts))

    def score(self, counts: Table) -> Table:
        return ratio(counts[..., 1, 1], counts[..., 1].sum(axis=-1))
