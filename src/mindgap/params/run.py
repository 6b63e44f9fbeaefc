"""One run: the model, how it is trained, and its seed."""

from collections.abc import Collection, Mapping
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from mindgap.errors import UserError
from mindgap.metrics import METRICS
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.architecture import NONE, Architecture, UnfitBlocks
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.losses import LOSSES
from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.nn.poolings import POOLINGS
from mindgap.nn.schedules import SCHEDULES
from mindgap.params.augment import Augment
from mindgap.params.base import Block, Integer, Real, TransformName, blocks_in, class_name, known
from mindgap.params.convolution import ANY, LESS, MORE, Convolution
from mindgap.params.names import path_of, placed, value_at
from mindgap.registry import Registry


def is_objective(name: str) -> str:
    """A metric of the validation rows, of those that every run is measured by."""
    metric = name.removeprefix("val_")
    if metric == name or metric not in METRICS or METRICS[metric].thorough:
        raise ValueError(f"unknown name {name!r}; there are: {', '.join(objectives())}")
    return name


def objectives() -> list[str]:
    """All names that an objective may have."""
    return [f"val_{metric}" for metric in METRICS if not METRICS[metric].thorough]


Objective = Annotated[str, AfterValidator(is_objective)]
"""What runs are chosen or stopped by."""


def _trainable(name: str) -> str:
    """A metric that training measures only where it is named. Raises ValueError for any other."""
    if name not in METRICS or not METRICS[name].final:
        allowed = [metric for metric in METRICS if METRICS[metric].final]
        raise ValueError(f"unknown name {name!r}; there are: {', '.join(allowed)}; others are measured anyway")
    return name


BALANCED: Literal["balanced"] = "balanced"


def _class_weight(value: Any) -> Any:
    """Weights by the classes' names, however YAML reads these; refuse in one message what is neither."""
    if value is None or value == BALANCED:
        return value
    pairs = list(value.items()) if isinstance(value, Mapping) else value
    try:
        found = tuple((class_name(name), float(weight)) for name, weight in pairs)
    except (TypeError, ValueError) as error:
        if "name of a class" in str(error):
            raise
        raise ValueError(f"balanced, or a weight for each class such as {{sick: 5, well: 1}}, not {value!r}") from None
    if not found or any(not 0 < weight < inf for _, weight in found):
        raise ValueError(f"each weight must be above 0 and finite, found {value!r}")
    return found


ClassWeight = Annotated[Literal["balanced"] | tuple[tuple[str, float], ...] | None, BeforeValidator(_class_weight)]
"""How much the rows of each class count: by their names, or each class as much as any other."""

PER_NETWORK: JsonDict = {"per_network": True}
"""Marks what may differ between the networks of one population."""

SETTING: JsonDict = {"setting": True}
"""Marks what only components use that have it among their settings."""


def marked(field: FieldInfo, mark: JsonDict) -> bool:
    """Whether a field's declaration has a mark."""
    marks = field.json_schema_extra
    return isinstance(marks, dict) and mark.items() <= marks.items()


class Model(Block):
    """A multilayer perceptron; for images, with convolution before it."""

    convolution: tuple[Convolution, ...] = Field(
        (),
        description="Blocks of convolution before the hidden layers, for images; none at first. A search, or a sweep, "
        "names a setting of the first block as `convolution1.filters` or `convolution1.pool.size`, and so on.",
        json_schema_extra=ANY,
    )
    hidden: tuple[Annotated[Integer, Field(ge=1, le=100_000)], ...] = Field(
        (64,), description="Units of each hidden layer; none makes a linear model."
    )
    activation: Annotated[str, known(ACTIVATIONS)] = Field(
        "relu", description="Non-linearity of the hidden layers.", examples=list(ACTIVATIONS)
    )
    leak: Real | None = Field(
        None,
        ge=0,
        le=10,
        description="leaky_relu's slope for negative inputs, prelu's first slope, elu's alpha; null: 0.01, 0.25, 1.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    pieces: Integer = Field(2, ge=2, le=100, description="Linear pieces of a maxout unit.", json_schema_extra=SETTING)
    init: Annotated[str, known(INITIALIZERS)] = Field(
        "he", description="Distribution of the first weights.", examples=list(INITIALIZERS)
    )
    init_gain: Real = Field(
        1.0,
        gt=0,
        description="Multiplies the first weights; with init normal or uniform it is their standard deviation.",
        json_schema_extra=PER_NETWORK,
    )
    normalization: Annotated[str, known((NONE, *NORMALIZATIONS))] = Field(
        NONE,
        description="Normalises hidden layers, with a learned scale and shift.",
        examples=[NONE, *NORMALIZATIONS],
    )
    normalization_place: Literal["before", "after"] = Field("before", description="Before or after the activation.")
    normalization_groups: Integer = Field(
        1,
        ge=1,
        description="Groups of units for group and instance; must divide the units of each hidden layer.",
        json_schema_extra=SETTING,
    )
    batch_statistics: Literal["average", "exponential"] = Field(
        "average",
        description="Batch normalisation in use: the average over an epoch's batches, or an exponential one. Each "
        "batch's variance is the biased one, a mean over its rows, in training and in use; in use PyTorch takes the "
        "unbiased one, rows / (rows - 1) as large.",
        json_schema_extra=SETTING,
    )

    @model_validator(mode="after")
    def _groups_divide(self) -> Self:
        if self.normalization == NONE or "normalization_groups" not in NORMALIZATIONS[self.normalization].settings:
            return self
        for count in self._normalized():
            if count % self.normalization_groups:
                raise ValueError(f"normalization_groups: {self.normalization_groups} does not divide {count} units")
        return self

    def _normalized(self) -> list[int]:
        """Units of what each hidden layer normalises, whatever the image."""
        dense = (*(block.filters for block in self.convolution), *self.hidden)
        return self.model_copy(update={"convolution": (), "hidden": dense}).architecture(1, 1).normalized

    @property
    def over_rows(self) -> bool:
        """Whether it is normalised over the rows of a batch."""
        return self.normalization != NONE and NORMALIZATIONS[self.normalization].over_rows

    @property
    def layers(self) -> int:
        """Hidden layers, of convolution and dense ones."""
        return len(self.convolution) + len(self.hidden)

    def architecture(self, features: int, outputs: int, image: tuple[int, int, int] | None = None) -> Architecture:
        """The architecture for data of so many features, with so many outputs.

        `image` is (height, width, channels) where rows are images. Raises UserError for blocks that do not fit it.
        """
        try:
            return Architecture(
                units=(features, *self.hidden, outputs),
                activation=self.activation,
                pieces=self.pieces,
                normalization=self.normalization,
                place=self.normalization_place,
                groups=self.normalization_groups,
                statistics=self.batch_statistics,
                image=image if self.convolution else None,
                blocks=tuple(block.built() for block in self.convolution),
            )
        except UnfitBlocks as error:
            place = ".".join(map(str, ("model.convolution", *error.path)))
            raise UserError(f"{place}: {error}") from None


class EarlyStopping(Block):
    """Stop when validation no longer improves, and go back to the best epoch's weights."""

    patience: Integer = Field(10, ge=1, description="Epochs without improvement before stopping.")
    metric: Objective = Field("val_loss", description="What must improve; it must be one of the data's task.")
    min_delta: Real = Field(0.0, ge=0, description="The least change that counts as improvement.")


class Switch(Block):
    """Go on with another optimiser from an epoch on, or when validation loss stalls, whichever comes first."""

    optimizer: Annotated[str, known(OPTIMIZERS)] = Field(
        "momentum", description="The step rule after the switch; its state begins at 0.", examples=list(OPTIMIZERS)
    )
    momentum: Real = Field(0.9, ge=0, lt=1, description="Its momentum.")
    epoch: Integer | None = Field(None, ge=1, description="Switch after this epoch; null: only when stalled.")
    patience: Integer | None = Field(
        None, ge=1, description="Switch after so many epochs without a lower validation loss; null: only at the epoch."
    )

    @model_validator(mode="after")
    def _has_a_moment(self) -> Self:
        if self.epoch is None and self.patience is None:
            raise ValueError("switch needs a moment: give epoch, patience or both")
        return self


class Train(Block):
    """How the weights are learned."""

    loss: Annotated[str, known(LOSSES)] = Field(
        "cross_entropy",
        description="What is minimised; for classes, mse and mae take one-hot targets. Where the task is regression "
        "and none is given: mse. Its targets are standardised.",
        examples=list(LOSSES),
    )
    label_smoothing: Real = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of cross_entropy's target spread over all classes.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    margin: Real = Field(
        1.0, gt=0, description="What hinge wants between the scores.", json_schema_extra=PER_NETWORK | SETTING
    )
    huber_delta: Real = Field(
        1.0,
        gt=0,
        description="Where huber turns from squared to absolute, in standard deviations of the target.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    class_weight: ClassWeight = Field(
        None,
        description="Classes only: how much a row counts in the loss by its class: balanced, each class as much as any "
        "other; or weights such as {sick: 5, well: 1}, 1 for classes that are not named. Weights are scaled to a mean "
        "of 1. What is measured counts each row once. null: all rows alike.",
        examples=["null", "balanced", "{class: weight, ...}"],
    )
    optimizer: Annotated[str, known(OPTIMIZERS)] = Field(
        "momentum", description="Step rule.", examples=list(OPTIMIZERS)
    )
    learning_rate: Real = Field(0.05, gt=0, description="Step size.", json_schema_extra=PER_NETWORK)
    momentum: Real = Field(
        0.9,
        ge=0,
        lt=1,
        description="Decay of the velocity; Adam's beta1. The velocity holds steps, v <- momentum v - learning_rate g, "
        "w <- w + v: where the rate changes, each gradient keeps the rate it came with. PyTorch's velocity holds "
        "gradients, v <- momentum v + g, w <- w - learning_rate v: all of them take the new rate. At a constant rate "
        "both are the same.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    beta2: Real = Field(
        0.999,
        ge=0,
        lt=1,
        description="Decay of Adam's and RMSProp's mean square.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    epsilon: Real = Field(
        1e-8,
        gt=0,
        description="Added to the root of a sum or mean of squares; below 1e-30 it counts as 1e-30.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    bias_correction: bool = Field(
        True,
        description="Whether Adam's means are divided by what they lack in the first steps, as they begin at 0.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    schedule: Annotated[str, known(SCHEDULES)] = Field(
        "constant", description="How the learning rate changes.", examples=list(SCHEDULES)
    )
    decay: Real = Field(
        0.1,
        gt=0,
        le=1,
        description="What the schedule decays by in decay_epochs.",
        json_schema_extra=PER_NETWORK | SETTING,
    )
    decay_epochs: Real = Field(
        10.0, gt=0, description="Epochs in which it does.", json_schema_extra=PER_NETWORK | SETTING
    )
    warmup_epochs: Real = Field(
        0.0,
        ge=0,
        description="Epochs in which the learning rate rises to its full size: over their n steps by 1/n each, the "
        "first of them included.",
        json_schema_extra=PER_NETWORK,
    )
    switch: Switch | None = Field(None, description="null keeps the optimiser to the end.")
    switch_learning_rate: Real = Field(
        0.01, gt=0, description="Step size after the switch, where there is one.", json_schema_extra=PER_NETWORK
    )
    batch_size: Integer | None = Field(
        32,
        ge=1,
        description="Rows a step; 1 is single-sample, null is full-batch descent. The last step of an epoch has what "
        "is left; under batch normalisation, fewer than 8 rows go with the step before, as their variance says little.",
    )
    epochs: Integer = Field(
        60, ge=0, description="Passes over the training rows, at most; 0: the networks are measured as initialised."
    )
    clip_norm: Real | None = Field(
        None,
        gt=0,
        description="Scales the whole gradient down to this norm; null: never.",
        json_schema_extra=PER_NETWORK,
    )
    l1: Real = Field(
        0.0, ge=0, description="Penalty l1 times the sum of absolute weights.", json_schema_extra=PER_NETWORK
    )
    l2: Real = Field(
        0.0, ge=0, description="Penalty l2/2 times the sum of squared weights.", json_schema_extra=PER_NETWORK
    )
    weight_decay: Real = Field(
        0.0,
        ge=0,
        description="Decoupled: each step multiplies the weights by 1 - learning rate times this.",
        json_schema_extra=PER_NETWORK,
    )
    max_norm: Real | None = Field(
        None,
        gt=0,
        description="Bound on the norm of each unit's incoming weights; null: none.",
        json_schema_extra=PER_NETWORK,
    )
    dropout: Real = Field(
        0.0, ge=0, lt=1, description="Share of hidden units left out at each step.", json_schema_extra=PER_NETWORK
    )
    input_dropout: Real = Field(
        0.0, ge=0, lt=1, description="Share of features left out at each step.", json_schema_extra=PER_NETWORK
    )
    channel_dropout: Real = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of the maps of each block of convolution left out as a whole at each step.",
        json_schema_extra=PER_NETWORK,
    )
    dropout_form: Literal["inverted", "vanilla"] = Field(
        "inverted", description="Whether what is kept is scaled up in training, or everything down in use."
    )
    input_noise: Real = Field(
        0.0, ge=0, description="Deviation of Gaussian noise on the features in training.", json_schema_extra=PER_NETWORK
    )
    augment: Augment | None = Field(None, description="Random changes to training images; null: none.")
    early_stopping: EarlyStopping | None = Field(None, description="null trains all epochs and keeps the last weights.")
    divergence: Real | None = Field(
        3.0,
        gt=1,
        description="A run ends as diverged at the first epoch whose training loss is above this multiple of its first "
        "value; null: only where a loss is no number.",
        json_schema_extra=PER_NETWORK,
    )
    metrics: tuple[Annotated[str, AfterValidator(_trainable)], ...] = Field(
        (),
        description="Metrics that are measured after each epoch beside the usual ones; those that runs are chosen or "
        "stopped by are so anyway. The evaluation has all.",
    )
    monitors: Literal["basic", "full"] = Field(
        "basic",
        description="full also records activations' mean, deviation and histogram, sparsity, copied units, "
        "back-propagated gradients (backprop_std), gradients before the first step, for classes how hard the loss "
        "pulls at outputs that are right (pull) and the share of rows where it does not pull at all (settled), and for "
        "cross_entropy the entropy and divergence of the predictions.",
    )

    @property
    def measured(self) -> frozenset[str]:
        """The metrics that are measured after each epoch beside the usual ones."""
        stopping = self.early_stopping.metric.removeprefix("val_") if self.early_stopping else None
        return frozenset({*self.metrics, *({stopping} if stopping and METRICS[stopping].final else ())})


class Variant(Block):
    """Which of the variants of the prepared rows a run reads, where a search goes through them."""

    transform: TransformName | None = Field(
        None, description="As `preprocess.transform` names them; null: that of the study."
    )


BLOCKS: dict[str, type[Block]] = {"model": Model, "train": Train, "preprocess": Variant}
"""The blocks of a run."""

FIELDS: dict[str, FieldInfo] = {name: field for block in BLOCKS.values() for name, field in block.model_fields.items()}
"""All params of a run by their names, which differ."""


def loss_params(loss: str) -> set[str]:
    """Train params that change what a loss means: losses under different ones are no measure of the same thing."""
    return {"loss", *LOSSES[loss].settings}


def field_of(name: str) -> FieldInfo | None:
    """The declaration of a run's param, or of a setting of a block; None for what is no name of one."""
    first, *inner = (part for part in path_of(name) if isinstance(part, str))
    field = FIELDS.get(first)
    for part in inner:
        blocks = blocks_in(field.annotation) if field else []
        field = blocks[0].model_fields.get(part) if blocks else None
    return field


def left_by(name: str) -> str | None:
    """What a greater value leaves of an image: less, more, or any; None for params that nothing of it depends on."""
    marks = {"less": LESS, "more": MORE, "any": ANY}
    field = field_of(name)
    return next((left for left, mark in marks.items() if field and marked(field, mark)), None)


def blocks_of(model: Model, values: Mapping[str, Any]) -> tuple[Convolution, ...]:
    """A model's blocks of convolution, with those replaced of these values, by their names, that are settings of them.

    Raises ValidationError for values that cannot be.
    """
    plain: Any = {"convolution": [block.model_dump() for block in model.convolution]}
    for name, value in values.items():
        path = path_of(name)
        plain = placed(plain, path, value) if path[0] in plain else plain
    return Model(convolution=plain["convolution"]).convolution


def bounds(name: str) -> tuple[float | None, float | None]:
    """The lowest and highest value that a model or train param may approach, None where there is no bound."""
    field = field_of(name)
    if field is None:
        raise KeyError(name)
    low = [getattr(item, "gt", getattr(item, "ge", None)) for item in field.metadata]
    high = [getattr(item, "lt", getattr(item, "le", None)) for item in field.metadata]
    return next((b for b in low if b is not None), None), next((b for b in high if b is not None), None)


class RunSpec(Block):
    """All that determines one training on given data: equal specs give equal bits.

    Runs of the same (seed, replicate) share their batches and their base draws, also within one population.
    """

    model: Model
    train: Train
    seed: Annotated[Integer, Field(ge=0)]
    replicate: Annotated[Integer, Field(ge=0)] = 0
    preprocess: Variant = Variant()

    @model_serializer(mode="wrap")
    def _without_what_is_not_asked(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A run that reads the study's own variant says nothing of it."""
        found: dict[str, Any] = handler(self)
        if self.preprocess.transform is None:
            found.pop("preprocess", None)
        return found

    @model_validator(mode="after")
    def _batches_have_a_variance(self) -> Self:
        if self.model.over_rows and self.train.batch_size == 1:
            raise ValueError(
                "batch_size: one row has no variance, which "
                f"model.normalization: {self.model.normalization} needs; 2 at least"
            )
        return self

    @classmethod
    def of(cls, params: Mapping[str, Any], values: Mapping[str, Any]) -> Self:
        """The run that plain params describe, with some of its params replaced or added by their names."""
        blocks = {"model": params["model"], "train": params["train"], "preprocess": params.get("preprocess", {})}
        for name, value in values.items():
            path = path_of(name)
            block = next((block for block, kind in BLOCKS.items() if path[0] in kind.model_fields), "train")
            blocks[block] = placed(blocks[block], path, value)
        return cls(**{**params, **blocks})

    def vary(self, values: Mapping[str, Any]) -> Self:
        """The same run with some of its params replaced, by their names."""
        return self.of(self.model_dump(), values)

    def value(self, name: str) -> Any:
        """The plain value of one of its params, by its name."""
        run = self.model_dump(mode="json")
        return value_at({**run["model"], **run["train"], **run.get("preprocess", {})}, path_of(name))

    def settings(self) -> dict[str, float]:
        """The values that may differ between the networks of one population; a bound that is null is infinite."""
        values = {name: getattr(block, name) for block, name in self._fields(per_network=True)}
        if values["leak"] is None:
            values["leak"] = ACTIVATIONS[self.model.activation].leak
        return {name: inf if value is None else value for name, value in values.items()}

    def cohort(self) -> tuple[Any, ...]:
        """What runs must have in common to be trained as one population."""
        return tuple(getattr(block, name) for block, name in self._fields(per_network=False))

    def components(self, params: Collection[str] | None = None) -> list[Path]:
        """The files of all components that the params name, or some of these params."""
        return [registry.file(name) for param, registry, name in self._named() if params is None or param in params]

    def used(self) -> set[str]:
        """The names of the params that have an effect, given the components that are named.

        What is of hidden layers has none where there are none, nor a rate after a switch that never comes.
        `dropout_form` counts always.
        """
        hidden = bool(self.model.layers)
        found = {name for name, field in FIELDS.items() if not marked(field, SETTING)}
        if not hidden:
            found -= {"activation", "normalization"}
        if not self.model.hidden:
            found.discard("dropout")
        if not self.model.convolution:
            found -= {"convolution", "channel_dropout"}
        if not hidden or self.model.normalization == NONE:
            found.discard("normalization_place")
        if self.train.switch is None:
            found.discard("switch_learning_rate")
        for param, registry, name in self._named():
            if param != "convolution" and (hidden or param not in ("activation", "normalization")):
                own = set(Switch.model_fields) if param == "switch" else set()
                found |= set(registry[name].settings) - own
        return found

    def _named(self) -> list[tuple[str, Registry[Any], str]]:
        """Each param that names a component, with its registry and the name."""
        model, train = self.model, self.train
        found: list[tuple[str, Registry[Any], str]] = [
            ("activation", ACTIVATIONS, model.activation),
            ("init", INITIALIZERS, model.init),
            ("loss", LOSSES, train.loss),
            ("optimizer", OPTIMIZERS, train.optimizer),
            ("schedule", SCHEDULES, train.schedule),
        ]
        if model.normalization != NONE:
            found.append(("normalization", NORMALIZATIONS, model.normalization))
        found += [("convolution", POOLINGS, block.pool.kind) for block in model.convolution if block.pool is not None]
        if train.switch is not None:
            found.append(("switch", OPTIMIZERS, train.switch.optimizer))
        return found

    def _fields(self, *, per_network: bool) -> list[tuple[Block, str]]:
        return [
            (block, name)
            for block in (self.model, self.train)
            for name, field in type(block).model_fields.items()
            if marked(field, PER_NETWORK) == per_network
        ]
