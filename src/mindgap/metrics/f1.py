"""F1: recall and precision of the second of two classes in one number."""

from mindgap.metrics import Table
from mindgap.metrics._confusion import OfConfusion, f1
from mindgap.words import words


class F1(OfConfusion):
    """2 precision recall / (precision + recall) of the second class."""

    classes = 2
    place = 4
    title = words("F1 (%)")
    from_perfect = words("what F1 lacks")

    def counted(self) -> float:
        return float(self._counts[:, 1].sum() / len(self._counts))

    def score(self, counts: Table) -> Table:
        return f1(counts)[..., 1]
