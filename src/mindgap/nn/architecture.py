"""An architecture: what all networks of a population share, and how a network's numbers lie in one flat row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.arrays import Array
from mindgap.nn.hidden import Group, Kind
from mindgap.nn.maps import Maps
from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.poolings import POOLINGS

NONE = "none"
"""The name of no normalisation, and of no pooling."""


@dataclass(frozen=True)
class Block:
    """A convolution by `filters` of `kernel` by `kernel` positions, and after the activation a pooling."""

    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    pooling: str = NONE
    pool_size: int = 1


class UnfitBlocks(ValueError):
    """Blocks that do not fit the image, or what is left of it; `path` is the place in them, the first one's being 0."""

    def __init__(self, message: str, *path: int | str) -> None:
        super().__init__(message)
        self.path = path


class Passage(NamedTuple):
    """The maps that a block is given, those that its activations are, and those that leave it."""

    given: Maps
    filtered: Maps
    left: Maps


class LayerRow(NamedTuple):
    """A layer with weights and what goes with it: its activation, normalisation and pooling.

    `shape` of what leaves it is (height, width, channels), or (units,); `parameters` are those that are trained, and
    `multiply_adds` those of the products of one row.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Architecture:
    """Units of each layer from features to outputs, the activation, and normalisation.

    `normalization` is the name of one, or none; it is at the place `before` or `after` the activation. `pieces`,
    `groups` and `statistics` are settings that some components have. Before the dense layers come `blocks` of
    convolution, which need the features to be an `image` of (height, width, channels).

    Raises UnfitBlocks for blocks that do not fit the image, or what is left of it.
    """

    units: tuple[int, ...]
    activation: str = "relu"
    pieces: int = 2
    normalization: str = "none"
    place: Literal["before", "after"] = "before"
    groups: int = 1
    statistics: Literal["average", "exponential"] = "average"
    image: tuple[int, int, int] | None = None
    blocks: tuple[Block, ...] = ()

    def __post_init__(self) -> None:
        _ = self.passages

    @cached_property
    def passages(self) -> list[Passage]:
        """What goes through each block."""
        found = passages(self.blocks, self.image)
        if found and found[0].given.units != self.units[0]:
            size = " x ".join(map(str, self.image or ()))
            raise UnfitBlocks(f"images of {size} have {found[0].given.units} values, and the rows have {self.units[0]}")
        return found

    @cached_property
    def hidden(self) -> list[int]:
        """Units of each hidden layer: filters of the blocks, then units of the dense ones."""
        return [*(block.filters for block in self.blocks), *self.units[1:-1]]

    @cached_property
    def names(self) -> list[str]:
        """The layers with weights: those of the blocks, then the dense ones."""
        blocks = [f"convolution{number}" for number in range(1, len(self.blocks) + 1)]
        return [*blocks, *(f"dense{number}" for number in range(1, len(self.units)))]

    @cached_property
    def shapes(self) -> list[tuple[int, int]]:
        """(fan_in, fan_out) of each layer's weights; a hidden unit has an output a piece.

        A filter has a weight a channel and position of its kernel.
        """
        widths = [units * ACTIVATIONS[self.activation].pieces(self.pieces) for units in self.hidden]  # none is asked
        seen = [
            passage.given.channels * block.kernel**2 for passage, block in zip(self.passages, self.blocks, strict=True)
        ]
        first = self.passages[-1].left.units if self.passages else self.units[0]
        return list(zip([*seen, first, *self.units[1:-1]], [*widths, self.units[-1]], strict=True))

    @cached_property
    def positions(self) -> list[int]:
        """How many positions each layer's weights are at: of a filter those of its map, of dense layers one."""
        return [*(passage.filtered.positions for passage in self.passages), *(1 for _ in self.units[1:])]

    @cached_property
    def multiply_adds(self) -> list[int]:
        """Of one row, by layer."""
        return [fan_in * units * at for (fan_in, units), at in zip(self.shapes, self.positions, strict=True)]

    @cached_property
    def activations(self) -> int:
        """Values that the hidden layers give one row, each piece of a unit for itself."""
        return sum(units * at for (_, units), at in zip(self.shapes[:-1], self.positions[:-1], strict=True))

    @cached_property
    def table(self) -> list[LayerRow]:
        """What a reader wants to know of each layer with weights, and of what pools or normalises behind it."""
        sizes: dict[str, int] = {}
        for group in self.layout:
            if group.kind != "statistic":
                owner = group.name.split(".")[0].removeprefix("norm").removeprefix("activation")
                name = self.names[int(owner) - 1] if owner.isdigit() else owner
                sizes[name] = sizes.get(name, 0) + group.size
        maps = (passage.left for passage in self.passages)
        shapes = [*((left.height, left.width, left.channels) for left in maps), *((units,) for units in self.units[1:])]
        parameters = (sizes[name] for name in self.names)
        return [LayerRow(*row) for row in zip(self.names, shapes, parameters, self.multiply_adds, strict=True)]

    @cached_property
    def fan_outs(self) -> list[int]:
        """To how many outputs of each layer one input goes: all units, or all filters at each position of a kernel."""
        spread = [*(block.kernel**2 for block in self.blocks), *(1 for _ in self.units[1:])]
        return [units * each for (_, units), each in zip(self.shapes, spread, strict=True)]

    @cached_property
    def kinked(self) -> bool:
        """Whether the outputs' derivatives have jumps."""
        poolings = (POOLINGS[block.pooling] for block in self.blocks if block.pooling != NONE)
        return ACTIVATIONS[self.activation].kinked or any(pooling.kinked for pooling in poolings)

    @cached_property
    def normalized(self) -> list[int]:
        """Units of what each hidden layer normalises: pre-activations, or activations."""
        if self.normalization == NONE:
            return []
        return [fan_out for _, fan_out in self.shapes[:-1]] if self.place == "before" else self.hidden

    @cached_property
    def layout(self) -> list[Group]:
        """All groups in the order of the flat row: weights, then others, then statistics."""
        found = []
        for name, (fan_in, fan_out) in zip(self.names, self.shapes, strict=True):
            found.append(Group(f"{name}.weights", (fan_in, fan_out), "weight"))
            found.append(Group(f"{name}.bias", (1, fan_out), "other"))
        for number, units in enumerate(self.normalized, start=1):
            found += _named(f"norm{number}", NORMALIZATIONS[self.normalization].groups(units, self.groups))
        for number, units in enumerate(self.hidden, start=1):
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

    def layers(self, flat: Array) -> list[tuple[Array, Array]]:
        """Views of weights (count, in, out) and biases (count, 1, out) by layer."""
        views = self.views(flat)
        return [(views[f"{name}.weights"], views[f"{name}.bias"]) for name in self.names]


def passages(blocks: Iterable[Block], image: tuple[int, int, int] | None) -> list[Passage]:
    """What goes through each of the blocks from an image of (height, width, channels) on; errors as `Architecture`."""
    found: list[Passage] = []
    for number, block in enumerate(blocks):
        if image is None:
            raise UnfitBlocks("it is for images, and the rows of these data are none; leave it out")
        maps = found[-1].left if found else Maps(image[2], image[0], image[1])
        around, name = maps.padded(block.padding), f"convolution{number + 1}"
        if block.kernel > min(around.height, around.width):
            raise UnfitBlocks(
                f"{name} has a kernel of {block.kernel} x {block.kernel}, and of the image {around.height} x "
                f"{around.width} are left{', with padding' if block.padding else ''}; a smaller kernel, more padding, "
                "or less pooling and stride before it",
                number,
                "kernel",
            )
        filtered = maps.windows(block.kernel, block.stride, block.padding, block.filters)
        left = filtered if block.pooling == NONE else filtered.pooled(block.pool_size)
        if not left.positions:
            raise UnfitBlocks(
                f"{name} pools {block.pool_size} x {block.pool_size} of what are {filtered.height} x "
                f"{filtered.width}, which leaves nothing; a smaller pool",
                number,
                "pool",
                "size",
            )
        found.append(Passage(maps, filtered, left))
    return found


def _named(prefix: str, groups: Iterable[Group]) -> list[Group]:
    """A component's groups, by names that no other has."""
    return [replace(group, name=f"{prefix}.{group.name}") for group in groups]
