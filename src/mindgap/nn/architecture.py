"""An architecture: what all networks of a population share, and how a network's numbers lie in one flat row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.arrays import Array
from mindgap.nn.hidden import Group, Kind
from mindgap.nn.normalizations import NORMALIZATIONS


@dataclass(frozen=True)
class Architecture:
    """Units of each layer from features to outputs, the activation, and normalisation.

    `normalization` is the name of one, or none; it is at the place `before` or `after` the activation. `pieces`,
    `groups` and `statistics` are settings that some components have.
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
        """(fan_in, fan_out) of each dense layer, from the first to the last; a hidden unit has an output a piece."""
        hidden = self.units[1:-1]  # without any, no activation is asked
        widths = [units * ACTIVATIONS[self.activation].pieces(self.pieces) for units in hidden]
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
            found += _named(f"norm{number}", NORMALIZATIONS[self.normalization].groups(units, self.groups))
        for number, units in enumerate(self.units[1:-1], start=1):
            found += _named(f"activation{number}", ACTIVATIONS[self.activation].groups(units))
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
        """Views of flat rows (count, >= parameters) by group, each (count, *shape); statistics if rows have them."""
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


def _named(prefix: str, groups: Iterable[Group]) -> list[Group]:
    """A component's groups, by names that no other has."""
    return [replace(group, name=f"{prefix}.{group.name}") for group in groups]
