"""Monitor: what a training's history holds at one epoch, of one layer if it is by layer."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mindgap.claims.measures import Measure, Span
from mindgap.errors import UserError
from mindgap.params.base import Integer
from mindgap.params.metric import Reading
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Monitor(Measure):
    """A number of the history, or what it is divided by that of another layer or epoch; of a sweep, the mean.

    Of a training that diverged or ended before that epoch nothing is known; nor at the end of one that diverged.
    """

    metric: str = Field(description="What of the history: val_accuracy, activation_std, dead, ... (docs/params.md).")
    epoch: Integer | None = Field(
        None, description="Which epoch, or from the last as -1; null: that whose weights are kept."
    )
    layer: Integer | None = Field(None, description="Which layer, from 0, or from the last as -1; null: it has none.")
    over_layer: Integer | None = Field(None, description="Divide by this layer's number; null: by none.")
    over_epoch: Integer | None = Field(None, description="Divide by the number of this epoch; null: by none.")
    per_layer: bool = Field(False, description="Of the layers between both, the geometric mean of their factors.")
    size: bool = Field(False, description="Without the sign.")
    mean: Integer = Field(1, ge=1, description="The mean over so many epochs, of which `epoch` is the last.")

    @model_validator(mode="after")
    def _layers_between(self) -> Self:
        if self.per_layer and (self.layer is None or self.over_layer is None or self.layer == self.over_layer):
            raise ValueError("per_layer needs layer and over_layer, and these to differ")
        return self

    def reads(self) -> list[Reading]:
        epoch: int | Literal["kept"] = "kept" if self.epoch is None else self.epoch
        read = [Reading(self.metric, self.layer, epoch)]
        read += [] if self.over_layer is None else [Reading(self.metric, self.over_layer, epoch)]
        return read + ([] if self.over_epoch is None else [Reading(self.metric, self.layer, self.over_epoch)])

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        values = [self._of(run) for run in runs]
        known = [value for value in values if value is not None]
        return Span.known(sum(known) / len(known)) if len(known) == len(values) else Span.unknown()

    def _of(self, run: ArmRun) -> float | None:
        value = self._at(run, self.epoch, self.layer)
        if self.over_epoch is not None:
            value = _ratio(value, self._at(run, self.over_epoch, self.layer))
        if self.over_layer is not None:
            value = _ratio(value, self._at(run, self.epoch, self.over_layer))
        if value is None or not self.per_layer or self.layer is None or self.over_layer is None:
            return value
        return value ** (1 / abs(self.over_layer - self.layer)) if value >= 0 else None

    def _at(self, run: ArmRun, epoch: int | None, layer: int | None) -> float | None:
        history = self.history(run, self.metric)
        if run.status == "diverged" and (epoch is None or epoch < 0):  # its end is no end of a training
            return None
        epoch = run.kept_epoch if epoch is None else epoch
        if epoch is None or not -len(history) <= epoch < len(history):  # it diverged before, or ended
            return None
        last = epoch % len(history)
        values = [self._number(entry, layer) for entry in history[max(0, last + 1 - self.mean) : last + 1]]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        found = sum(known) / len(known)
        return abs(found) if self.size else found

    def _number(self, entry: Any, layer: int | None) -> float | None:
        if isinstance(entry, Sequence) and layer is not None:
            if not -len(entry) <= layer < len(entry):
                raise UserError(f"measure: {self.metric} has {len(entry)} layers, and none of the number {layer}")
            entry = entry[layer]
        return float(entry) if isinstance(entry, float | int) else None

    @property
    def title(self) -> str:
        name = self.metric.replace("train_", "training ").replace("val_", "validation ").replace("_", " ")
        at = {None: "", -1: " at the end"}.get(self.epoch, f" in epoch {self.epoch}")
        where = "" if self.layer is None else f", layer {self.layer}"
        over = "" if self.over_layer is None else f" / layer {self.over_layer}"
        since = "" if self.over_epoch is None else f" / epoch {self.over_epoch}"
        each = ", a layer" if self.per_layer else ""
        mean = "" if self.mean == 1 else f", mean of {self.mean}"
        return words(f"{'size of ' * self.size}{name}{at}{where}{over}{since}{each}{mean}")


def _ratio(value: float | None, other: float | None) -> float | None:
    return None if value is None or not other else value / other
