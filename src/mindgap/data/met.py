"""What new rows of a table had that its training rows had not, and what is made of it: one rule for each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from mindgap.data.encoded import OTHERS, EncodedColumn, OneHot, TargetMeans

SHOWN = 10
"""So many names are told, and of others only that there are more."""


@dataclass
class Met:
    """Gathered while rows are prepared, block by block.

    `unused` are columns that training did not have; `unseen` counts, by column, cells of categories that no training
    row had, and `counts_as` says as what they count; `missing` are cells that were imputed, both of `rows` rows. `ids`
    are the identifiers of the rows, by column, where the file has those that training had. `small` says that all
    values lie in 0..1, where those of the training rows went beyond.
    """

    reordered: bool = False
    unused: list[str] = field(default_factory=list)
    unseen: dict[str, Counter[str]] = field(default_factory=dict)
    counts_as: dict[str, str] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    ids: dict[str, list[str]] = field(default_factory=dict)
    small: bool = False

    def add(self, column: EncodedColumn, unseen: Counter[str], missing: int) -> None:
        """Count a column of a block."""
        name = column.column.name
        if unseen:
            self.unseen[name] = self.unseen.get(name, Counter()) + unseen
            self.counts_as[name] = _counts_as(column)
        if missing:
            self.missing[name] += missing

    def said(self) -> list[str]:
        """A sentence for each kind of what was met, and each column of unseen categories."""
        found = []
        if self.small:
            found.append(
                "all values lie in 0..1, where those that the network was trained on go beyond, as pixels of 0 to 255 "
                "do; it takes them in the same units"
            )
        if self.reordered:
            found.append("the columns come in another order than in training; they were found by their names")
        if self.unused:
            found.append(f"not used, as the network was not trained on them: columns {_listed(self.unused)}")
        for column, cells in self.unseen.items():
            found.append(
                f"column {column!r}: {cells.total()} of {self.rows} rows hold categories that no training row had, "
                f"{self.counts_as[column]}: {_listed(sorted(cells))}"
            )
        for column, count in self.missing.items():
            found.append(
                f"column {column!r}: {count} of {self.rows} cells are missing, and were filled in as in training"
            )
        return found


def _counts_as(column: EncodedColumn) -> str:
    if isinstance(column, TargetMeans):
        return "and count as the mean of all"
    if isinstance(column, OneHot) and column.others:
        return f"or too few, and count as {OTHERS}"
    return "and count as none of those known"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
