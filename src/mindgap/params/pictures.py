"""Settings of the pictures of claims, known without what draws them."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from mindgap.metrics import METRICS
from mindgap.params.base import Block, Integer, Name, Real, known
from mindgap.params.claim import Named
from mindgap.params.metric import Reading, SplitMetric
from mindgap.params.run import Objective


class Picture(Block):
    """A picture; its fields are its settings, see docs/claims.md."""

    swept: ClassVar[int | None] = None
    """Of a sweep over how many params it is; None: of any, or of none."""

    def reads(self) -> list[Reading]:
        """What it needs of the histories of some arm on some task."""
        return []


class OfMetric(Picture):
    """A picture of an entry of one number."""

    metric: str

    def reads(self) -> list[Reading]:
        return [Reading(self.metric)]


class BestSoFar(OfMetric):
    """The expected best of searches."""

    metric: Objective = "val_accuracy"


class Curves(Picture):
    """An entry over the epochs."""

    metric: str = "train_loss"
    log: bool | None = None
    layer: Integer | None = None
    task: Name | None = None
    point: Literal["first", "best"] = "first"

    def reads(self) -> list[Reading]:
        return [Reading(self.metric, self.layer)]


class Dropout(Picture):
    """Forms of dropout."""

    limit: Real | None = None


class Excitement(Picture):
    """What excites the filters of a block."""

    task: Name | None = None
    block: Annotated[Integer, Field(ge=0)] = 0


class Fifths(Picture):
    """A share by fifths of the rows."""

    metric: str = "errors_by_spread"

    def reads(self) -> list[Reading]:
        return [Reading(self.metric, "each", 0)]


class Grid(OfMetric):
    """A sweep of two params."""

    swept = 2
    metric: SplitMetric = "val_accuracy"
    value: Real | None = None


class Histograms(Picture):
    """Activations by layer."""

    epoch: Integer = 0
    layers: Annotated[tuple[Integer, ...], Field(min_length=1)] | None = None
    task: Name | None = None

    def reads(self) -> list[Reading]:
        each: tuple[int | Literal["each"], ...] = ("each",)
        return [Reading("activation_std", layer, self.epoch) for layer in self.layers or each]


class Layers(Picture):
    """An entry by layer."""

    metric: str = "activation_std"
    epoch: Integer = 0
    factor: Real | None = None

    def reads(self) -> list[Reading]:
        return [Reading(self.metric, "each", self.epoch)]


class Pair(Picture):
    """Two entries over the epochs."""

    first: str = "train_loss"
    second: str = "train_divergence"

    def reads(self) -> list[Reading]:
        return [Reading(self.first), Reading(self.second)]


class Paths(Picture):
    """Paths down a ravine."""

    steps: Annotated[Integer, Field(ge=1)] = 40


class Points(OfMetric):
    """The trials of searches."""

    params: Annotated[tuple[Name, ...], Field(min_length=1, max_length=2)]
    metric: Objective = "val_accuracy"
    task: Name | None = None


class Splits(Picture):
    """A metric on training and validation rows."""

    metric: Annotated[str, known(METRICS)] = "accuracy"

    def reads(self) -> list[Reading]:
        return [Reading(f"{split}_{self.metric}") for split in ("train", "val")]


class Stack(Picture):
    """Parts that add up."""

    parts: Annotated[tuple[str, ...], Field(min_length=1)]
    total: str
    beside: str | None = None

    def reads(self) -> list[Reading]:
        return [Reading(entry, epoch=-1) for entry in (*self.parts, self.total, *filter(None, [self.beside]))]


class States(OfMetric):
    """How trainings ended."""

    metric: str = "train_loss"
    moved: Real = 0.95


class Sweep(Picture):
    """A metric over the swept param."""

    swept = 1
    metric: str = "val_accuracy"
    layer: Integer | None = None
    epoch: Integer | None = None

    def reads(self) -> list[Reading]:
        return [Reading(self.metric, self.layer, "kept" if self.epoch is None else self.epoch)]


class Templates(Picture):
    """First-layer weights as images."""

    task: Name | None = None


class Values(Picture):
    """The measure of a prediction, by its number, or any other."""

    prediction: Annotated[Integer, Field(ge=0)] = 0
    measure: Named | None = None


class Weights(Picture):
    """A histogram of a layer's weights."""

    layer: Integer = 0
    task: Name | None = None
    log: bool = False
    deviations: Real | None = None

    def reads(self) -> list[Reading]:
        return [Reading("weight_norm", self.layer)]


class Work(Picture):
    """What a computational graph keeps."""

    counts: Annotated[tuple[str, ...], Field(min_length=1)] = ("gates", "values")
    equal: str = "slope"

    def reads(self) -> list[Reading]:
        return [Reading(entry, epoch=0) for entry in (*self.counts, self.equal)]


SETTINGS: dict[str, type[Picture]] = {
    "best_so_far": BestSoFar,
    "curves": Curves,
    "dropout": Dropout,
    "excitement": Excitement,
    "fifths": Fifths,
    "grid": Grid,
    "histograms": Histograms,
    "layers": Layers,
    "pair": Pair,
    "paths": Paths,
    "points": Points,
    "splits": Splits,
    "stack": Stack,
    "states": States,
    "sweep": Sweep,
    "templates": Templates,
    "values": Values,
    "weights": Weights,
    "work": Work,
}
"""The settings of those that have any."""


def picture_of(name: str, settings: dict[str, Any]) -> Picture:
    """The settings of a picture, with all that were not given."""
    return SETTINGS.get(name, Picture).model_validate(settings)
