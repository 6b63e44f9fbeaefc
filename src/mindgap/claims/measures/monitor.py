"""Monitor: what a training's history holds at one epoch, of one layer if it is by layer."""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Any

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.params.base import Integer
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Monitor(Measure):
    """A number of the history, or what it is divided by that of another layer or epoch; of a sweep, the mean.

    A training that diverged before that epoch has an infinite one.
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

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        values = [self._of(run) for run in runs]
        return Span.known(sum(values) / len(values))

    def _of(self, run: ArmRun) -> float:
        epoch = run.kept_epoch if self.epoch is None else self.epoch
        value = self._at(run, epoch, self.layer)
        if self.over_epoch is not None:
            value = _ratio(value, self._at(run, self.over_epoch, self.layer))
        if self.over_layer is not None:
            value = _ratio(value, self._at(run, epoch, self.over_layer))
        if self.per_layer and self.layer is not None and self.over_layer is not None:
            value = value ** (1 / abs(self.over_layer - self.layer))
        return value

    def _at(self, run: ArmRun, epoch: int | None, layer: int | None) -> float:
        history = self.history(run, self.metric)
        if epoch is None or epoch >= len(history):  # it diverged before
            return inf
        last = epoch % len(history)
        values = [_number(entry, layer) for entry in history[max(0, last + 1 - self.mean) : last + 1]]
        found = sum(values) / len(values)
        return abs(found) if self.size else found

    @property
    def title(self) -> str:
        name = self.metric.replace("train_", "training ").replace("val_", "validation ").replace("_", " ")
        at = {None: "", -1: " at the end"}.get(self.epoch, f" in epoch {self.epoch}")
        where = "" if self.layer is None else f", layer {self.layer}"
        over = "" if self.over_layer is None else f" / layer {self.over_layer}"
        since = "" if self.over_epoch is None else f" / epoch {self.over_epoch}"
        each = ", a layer" if self.per_layer else ""
        return words(f"{'size of ' * self.size}{name}{at}{where}{over}{since}{each}")


def _number(entry: Any, layer: int | None) -> float:
    found = entry[layer] if isinstance(entry, Sequence) and layer is not None else entry
    return float(found) if isinstance(found, float | int) else inf


def _ratio(value: float, other: float) -> float:
    return value / other if other and isfinite(other) else inf
