"""An architecture: what all networks of a population share, and how a network's numbers lie in one flat row."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Literal

from mindgap.nn.arrays import Array

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
class Architecture:
    """Units of each layer from features to outputs, the activation, and normalisation.

    `pieces` are the linear pieces of a maxout unit. `normalization` is none, batch, layer, group or instance, at the
    place `before` or `after` the activation, with `groups` of units for group and instance.
    """

    units: tuple[int, ...]
    activation: str = "relu"
    pieces: int = 2
    normalization: str = "none"
    place: Literal["before", "after"] = "before"
    groups: int = 1
    statistics: Literal["average", "exponential"] = "average"

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """(fan_in, fan_out) of each dense layer, from the first to the last; a maxout unit has an output a piece."""
        widths = [units * (self.pieces if self.activation == "maxout" else 1) for units in self.units[1:-1]]
        return list(zip(self.units[:-1], [*widths, self.units[-1]], strict=True))

    @cached_property
    def normalized(self) -> list[int]:
        """Units of what each hidden layer normalises: pre-activations, or activations."""
        if self.normalization == "none":
            return []
        return [fan_out for _, fan_out in self.shapes[:-1]] if self.place == "before" else list(self.units[1:-1])

    @cached_property
    def layout(self) -> list[Group]:
        """All groups in the order of the flat row: weights, then others, then statistics."""
        found = []
        for number, (fan_in, fan_out) in enumerate(self.shapes, start=1):
            found.append(Group(f"dense{number}.weights", (fan_in, fan_out), "weight"))
            found.append(Group(f"dense{number}.bias", (1, fan_out), "other"))
        for number, units in enumerate(self.normalized, start=1):
            own = self.groups if self.normalization == "instance" else units
            found.append(Group(f"norm{number}.scale", (1, own), "other", 1.0))
            found.append(Group(f"norm{number}.shift", (1, own), "other"))
            if self.normalization == "batch":
                found.append(Group(f"norm{number}.mean", (1, units), "statistic"))
                found.append(Group(f"norm{number}.variance", (1, units), "statistic", 1.0))
        if self.activation == "prelu":
            for number, units in enumerate(self.units[1:-1], start=1):
                found.append(Group(f"prelu{number}.slope", (1, units), "other", "leak"))
        order: Mapping[Kind, int] = {"weight": 0, "other": 1, "statistic": 2}
        return sorted(found, key=lambda group: order[group.kind])

    @cached_property
    def weights(self) -> int:
        """Number of weights of one network: the first columns of its row."""
        return sum(group.size for group in self.layout if group.kind == "weight")

    @cached_property
    def parameters(self) -> int:
        """Number of trained values of one network: the columns before the statistics."""
        return sum(group.size for group in self.layout if group.kind != "statistic")

    @cached_property
    def values(self) -> int:
        """Number of all values of one network, the length of its row."""
        return sum(group.size for group in self.layout)

    def views(self, flat: Array) -> dict[str, Array]:
        """Views of flat rows (count, >= parameters) by group, each (count, *shape); statistics if the rows have them."""
        ends = [0]
        for group in self.layout:
            ends.append(ends[-1] + group.size)
        return {
            group.name: flat[:, start:stop].reshape(len(flat), *group.shape)
            for group, (start, stop) in zip(self.layout, pairwise(ends), strict=True)
            if stop <= flat.shape[1]
        }

    def dense(self, flat: Array) -> list[tuple[Array, Array]]:
        """Views of weights (count, in, out) and biases (count, 1, out) by layer."""
        views = self.views(flat)
        return [
            (views[f"dense{number}.weights"], views[f"dense{number}.bias"]) for number in range(1, len(self.shapes) + 1)
        ]
