"""The params of an estimator, and the run that they describe."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, StrictBool, ValidationError
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from mindgap.nn.losses import LOSSES
from mindgap.params.base import Block, Fraction, Integer, Real
from mindgap.params.remarks import remarks
from mindgap.params.run import Model, RunSpec, Train
from mindgap.tasks import Task

ELSEWHERE = {"early_stopping", "divergence", "switch", "switch_learning_rate", "monitors", "augment"} | {
    "class_weight",
    "metrics",
}
"""Train params that are a study's: here stopping is scikit-learn's, and rows are neither images nor watched."""


OWN = ("warm_start", "image_shape")
"""Params that no study has."""

Positive = Annotated[Integer, Field(ge=1)]


class Stopping(Block):
    """When training ends before its last epoch."""

    tol: Real | None = Field(1e-4, ge=0, description="The least fall of the loss that counts; null: never stop early.")
    patience: Integer = Field(10, ge=1, description="Epochs in a row that may pass without such a fall.")
    early_stopping: bool = Field(False, description="Judge by held-out rows and go back to their best epoch.")
    validation_fraction: Fraction = Field(0.1, description="Share of rows that early_stopping holds out.")


class Plan(Block):
    """All that the params of an estimator say."""

    run: RunSpec
    stopping: Stopping
    warm_start: StrictBool
    image_shape: tuple[Positive, Positive, Positive] | None


class Params(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both estimators can be told; nothing is looked at before `fit`.

    The params have the names, bounds and meanings of a study's `model` and `train`, with other defaults: Adam, a step
    of 1e-3, batches of at most 64 rows. `loss` None is cross_entropy for classes and mse for values. `tol`, `patience`,
    `early_stopping` and `validation_fraction` are those of `Stopping`. With `convolution`, rows are images of
    `image_shape` (height, width, channels), flattened in this order. `warm_start` lets `fit` go on with the network
    there is. `random_state` is None, an integer or a `numpy.random.RandomState`.
    """

    _task: ClassVar[Task]

    def __init__(
        self,
        hidden: tuple[int, ...] = (100,),
        activation: str = "relu",
        *,
        leak: float | None = None,
        pieces: int = 2,
        init: str = "he",
        init_gain: float = 1.0,
        normalization: str = "none",
        normalization_place: str = "before",
        normalization_groups: int = 1,
        batch_statistics: str = "average",
        loss: str | None = None,
        label_smoothing: float = 0.0,
        margin: float = 1.0,
        huber_delta: float = 1.0,
        optimizer: str = "adam",
        learning_rate: float = 1e-3,
        momentum: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        bias_correction: bool = True,
        schedule: str = "constant",
        decay: float = 0.1,
        decay_epochs: float = 10.0,
        warmup_epochs: float = 0.0,
        batch_size: int | None = 64,
        epochs: int = 200,
        clip_norm: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        weight_decay: float = 0.0,
        max_norm: float | None = None,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        dropout_form: str = "inverted",
        input_noise: float = 0.0,
        convolution: Sequence[Mapping[str, Any]] = (),
        channel_dropout: float = 0.0,
        image_shape: tuple[int, int, int] | None = None,
        tol: float | None = 1e-4,
        patience: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.leak = leak
        self.pieces = pieces
        self.init = init
        self.init_gain = init_gain
        self.normalization = normalization
        self.normalization_place = normalization_place
        self.normalization_groups = normalization_groups
        self.batch_statistics = batch_statistics
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.margin = margin
        self.huber_delta = huber_delta
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.beta2 = beta2
        self.epsilon = epsilon
        self.bias_correction = bias_correction
        self.schedule = schedule
        self.decay = decay
        self.decay_epochs = decay_epochs
        self.warmup_epochs = warmup_epochs
        self.batch_size = batch_size
        self.epochs = epochs
        self.clip_norm = clip_norm
        self.l1 = l1
        self.l2 = l2
        self.weight_decay = weight_decay
        self.max_norm = max_norm
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.dropout_form = dropout_form
        self.input_noise = input_noise
        self.convolution = convolution
        self.channel_dropout = channel_dropout
        self.image_shape = image_shape
        self.tol = tol
        self.patience = patience
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state

    def _plan(self, seed: int | None = None) -> Plan:
        """The params, validated.

        Without a seed, one is drawn from `random_state`, and params without effect are warned of.
        Raises ValueError with the path of each param that is wrong, what was found and what is allowed.
        """
        first = seed is None
        if seed is None:
            seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        own = self.get_params(deep=False)
        if own["loss"] is None:
            own["loss"] = self._task.loss
        model = {name: own[name] for name in Model.model_fields}
        train = {name: own[name] for name in Train.model_fields if name not in ELSEWHERE}
        stopping = {name: own[name] for name in Stopping.model_fields}
        run = {"model": model, "train": train, "seed": seed}
        try:
            plan = Plan.model_validate({"run": run, "stopping": stopping, **{name: own[name] for name in OWN}})
        except ValidationError as error:
            raise ValueError("\n".join(_message(item) for item in error.errors())) from None
        if plan.run.model.convolution and plan.image_shape is None:
            raise ValueError("image_shape: convolution needs (height, width, channels) of the images (found None)")
        if plan.run.train.epochs == 0:
            raise ValueError("run.train.epochs: a fit has 1 epoch at least (found 0)")
        loss = plan.run.train.loss
        if self._task.name not in LOSSES[loss].tasks:
            fitting = ", ".join(name for name, kind in LOSSES.items() if self._task.name in kind.tasks)
            raise ValueError(f"run.train.loss: {loss} is not for {self._task.name}; there are: {fitting}")
        for remark in remarks(plan.run) if first else ():
            warnings.warn(remark, UserWarning, stacklevel=3)
        return plan


def _message(item: Any) -> str:
    path, message = ".".join(map(str, item["loc"])), item["msg"].removeprefix("Value error, ")
    return f"{path}: {message[0].lower()}{message[1:]} (found {item['input']!r})"
