"""What the stage `evaluate` writes of the columns: how much the networks rely on each, and how they depend on it."""

from dataclasses import dataclass

from mindgap.results.statistic import Statistic
from mindgap.store.documents import Document


@dataclass(frozen=True)
class Dependence:
    """What the networks say where a column holds one of `values` in all rows, numbers in the source's units.

    `curves` are by output and value the means over rows, of each replicate: of a class its probability, or, by a loss
    whose outputs are none, the share of rows that are said to be of it; of a regression the target in its own units.
    """

    column: str
    values: list[float] | list[str]
    curves: list[list[list[float]]]


@dataclass(frozen=True)
class Reliance(Document):
    """By how much the `metric` of validation rows falls where a column is shuffled over them, by column.

    `dependences` are of the columns that matter most, as far as they do beyond doubt, these first. All is empty where
    the data are no named columns.
    """

    FILE = "reliance.json"

    metric: str
    columns: dict[str, Statistic]
    dependences: tuple[Dependence, ...]

    @property
    def ranked(self) -> list[tuple[str, Statistic]]:
        """The columns, those that matter most first."""
        return sorted(self.columns.items(), key=lambda found: (-found[1].mean, found[0]))
