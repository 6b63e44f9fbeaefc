"""Monitor: what a training's history holds at one epoch, of one layer if it is by layer."""

from collections.abc import Sequence
from math import inf, isfinite

from pydantic import Field

from mindgap.claims.measures import Measure, Span
from mindgap.params.base import Integer
from mindgap.results.arm import ArmRun
from mindgap.words import words


class Monitor(Measure):
    """A number of the history, or what it is divided by that of another layer; of a sweep, the mean over its values.

    A training that diverged before that epoch has an infinite one.
    """

    metric: str = Field(description="What of the history: val_accuracy, activation_std, dead, ... (docs/params.md).")
    epoch: Integer | None = Field(
        None, description="Which epoch, or from the last as -1; null: that whose weights are kept."
    )
    layer: Integer | None = Field(None, description="Which layer, from 0, or from the last as -1; null: it has none.")
    over_layer: Integer | None = Field(None, description="Divide by this layer's number; null: by none.")

    def of(self, runs: Sequence[ArmRun], epochs: int) -> Span:
        values = [self._of(run) for run in runs]
        return Span.known(sum(values) / len(values))

    def _of(self, run: ArmRun) -> float:
        history, epoch = self.history(run, self.metric), run.kept_epoch if self.epoch is None else self.epoch
        if epoch is None or epoch >= len(history):  # it diverged before
            return inf
        value = self._at(history[epoch], self.layer)
        if self.over_layer is None:
            return value
        other = self._at(history[epoch], self.over_layer)
        return value / other if other and isfinite(other) else inf

    def _at(self, entry: float | Sequence[float | None] | None, layer: int | None) -> float:
        found = entry[layer] if isinstance(entry, Sequence) and layer is not None else entry
        return float(found) if isinstance(found, float | int) else inf

    @property
    def title(self) -> str:
        name = self.metric.replace("train_", "training ").replace("val_", "validation ").replace("_", " ")
        at = {None: "", -1: " at the end"}.get(self.epoch, f" in epoch {self.epoch}")
        where = "" if self.layer is None else f", layer {self.layer}"
        return words(f"{name}{at}{where}{'' if self.over_layer is None else f' / layer {self.over_layer}'}")
