"""What a hidden layer's components share: the numbers that they learn, and what they are built from."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal

from mindgap.nn.arrays import Array, Buffer, DType

Kind = Literal["weight", "other", "statistic"]


@dataclass(frozen=True)
class Group:
    """Numbers of a network that belong together.

    Weights are drawn by the initialiser, and penalties apply to them alone; others (biases, scales, shifts, slopes)
    begin at `start`, a number or the name of a setting; statistics begin likewise and are no concern of the optimiser.
    """

    name: str
    shape: tuple[int, ...]
    kind: Kind
    start: float | str = 0.0

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Site:
    """Where an activation or a normalisation stands, and all that it may be built from.

    It gives `units` values a row, for each of `count` networks and at most `rows` rows. `values` and `gradients` are
    views of its own groups by name, (count, *shape). `leak` (count, 1, 1), `pieces`, `groups` and `exponential` are
    settings that some components have: see `Architecture`.

    In a block of convolution the units are its filters, and what it says of each of the `positions` of their maps
    counts as a row.
    """

    units: int
    rows: int
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    leak: Array
    pieces: int
    groups: int
    exponential: bool
    positions: int = 1

    def buffer(self, pieces: int = 1) -> Buffer:
        """Room for so many values a unit and row, laid out as what comes in."""
        return Buffer(self.count, self.rows, self.units * pieces, self.dtype, units_first=self.positions > 1)

    @property
    def count(self) -> int:
        return len(self.leak)

    @property
    def dtype(self) -> DType:
        kind: DType = self.leak.dtype.type
        return kind
