"""One run: the model, how it is trained, and its seed."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.params.base import Block, Integer, Real

Metric = Literal["val_accuracy", "val_loss"]


def _known(registry: dict[str, Any]) -> AfterValidator:
    """A name that must stand in a registry of components."""

    def check(name: str) -> str:
        if name not in registry:
            raise ValueError(f"unknown name {name!r}; there are: {', '.join(registry)}")
        return name

    return AfterValidator(check)


PER_NETWORK: JsonDict = {"per_network": True}
"""Marks what may differ between the networks of one population."""


class Model(Block):
    """A multilayer perceptron."""

    hidden: tuple[Annotated[Integer, Field(ge=1, le=100_000)], ...] = Field(
        (64,), description="Units of each hidden layer; none makes a linear classifier."
    )
    activation: Annotated[str, _known(ACTIVATIONS)] = Field(
        "relu", description="Non-linearity of the hidden layers.", examples=list(ACTIVATIONS)
    )
    leak: Real = Field(
        0.01, ge=0, lt=1, description="Slope of leaky_relu for negative inputs.", json_schema_extra=PER_NETWORK
    )
    init: Annotated[str, _known(INITIALIZERS)] = Field(
        "he", description="Distribution of the first weights.", examples=list(INITIALIZERS)
    )
    init_gain: Real = Field(
        1.0,
        gt=0,
        description="Multiplies the first weights; with init normal it is their standard deviation.",
        json_schema_extra=PER_NETWORK,
    )


class EarlyStopping(Block):
    """Stop when validation no longer improves, and go back to the best epoch's weights."""

    patience: Integer = Field(10, ge=1, description="Epochs without improvement before stopping.")
    metric: Metric = Field("val_loss", description="What must improve.")
    min_delta: Real = Field(0.0, ge=0, description="The least change that counts as improvement.")


class Train(Block):
    """How the weights are learned."""

    optimizer: Annotated[str, _known(OPTIMIZERS)] = Field(
        "momentum", description="Step rule.", examples=list(OPTIMIZERS)
    )
    learning_rate: Real = Field(0.05, gt=0, description="Step size.", json_schema_extra=PER_NETWORK)
    momentum: Real = Field(
        0.9, ge=0, lt=1, description="Decay of the velocity; Adam's beta1.", json_schema_extra=PER_NETWORK
    )
    beta2: Real = Field(0.999, ge=0, lt=1, description="Decay of Adam's mean square.", json_schema_extra=PER_NETWORK)
    epsilon: Real = Field(1e-8, gt=0, description="Added to Adam's root mean square.", json_schema_extra=PER_NETWORK)
    batch_size: Integer = Field(32, ge=1, description="Rows a step.")
    epochs: Integer = Field(60, ge=1, description="Passes over the training rows, at most.")
    l2: Real = Field(
        0.0, ge=0, description="Penalty l2/2 times the sum of squared weights.", json_schema_extra=PER_NETWORK
    )
    dropout: Real = Field(
        0.0, ge=0, lt=1, description="Share of hidden units left out at each step.", json_schema_extra=PER_NETWORK
    )
    early_stopping: EarlyStopping | None = Field(None, description="null trains all epochs and keeps the last weights.")


def bounds(name: str) -> tuple[float | None, float | None]:
    """The lowest and highest value that a model or train param may approach, None where there is no bound."""
    field = {**Model.model_fields, **Train.model_fields}[name]
    low = [getattr(item, "gt", getattr(item, "ge", None)) for item in field.metadata]
    high = [getattr(item, "lt", getattr(item, "le", None)) for item in field.metadata]
    return next((b for b in low if b is not None), None), next((b for b in high if b is not None), None)


class RunSpec(Block):
    """All that determines one training on given data: equal specs give equal bits.

    Runs of the same (seed, replicate) share their batches and their base draws.
    """

    model: Model
    train: Train
    seed: Annotated[Integer, Field(ge=0)]
    replicate: Annotated[Integer, Field(ge=0)] = 0

    def vary(self, values: dict[str, Any]) -> "RunSpec":
        """The same run with some model or train params replaced, by their plain names."""
        model = {name: value for name, value in values.items() if name in Model.model_fields}
        train = {name: value for name, value in values.items() if name not in model}
        return RunSpec(
            model=Model(**{**self.model.model_dump(), **model}),
            train=Train(**{**self.train.model_dump(), **train}),
            seed=self.seed,
            replicate=self.replicate,
        )

    def settings(self) -> dict[str, float]:
        """The values that may differ between the networks of one population."""
        return {name: getattr(block, name) for block, name in self._fields(per_network=True)}

    def cohort(self) -> tuple[Any, ...]:
        """What runs must have in common to be trained as one population."""
        common = tuple(getattr(block, name) for block, name in self._fields(per_network=False))
        return (*common, self.seed, self.replicate)

    def _fields(self, *, per_network: bool) -> list[tuple[Block, str]]:
        return [
            (block, name)
            for block in (self.model, self.train)
            for name, field in type(block).model_fields.items()
            if (field.json_schema_extra == PER_NETWORK) == per_network
        ]
