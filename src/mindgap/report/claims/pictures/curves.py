"""An entry of the history over the epochs, arm by arm: the median over replicates, and where half of them lie."""

from collections.abc import Sequence
from math import inf
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mindgap.claims.measures import MEASURES
from mindgap.claims.measures.epochs_to import EpochsTo
from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of_bands
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import GREY, Drawing, note, panels, short
from mindgap.results.arm import ArmRun

_Line = tuple[npt.NDArray[np.int64], entries.Table]


def draw(
    tested: TestedClaim,
    metric: str,
    log: bool | None,
    layer: int | None,
    task: str | None,
    point: Literal["first", "best"],
) -> Drawing:
    """One panel a task, or of one task alone; one curve an arm.

    Of a sweep it is that of the first values or, in each replicate, of the best (see `_best`). `layer` is for entries
    by layer; `log` is by default where values are no shares.
    """
    chosen = {
        name: {
            arm: _best(tested, runs) if point == "best" else entries.at_first_point(runs) for arm, runs in own.items()
        }
        for name, own in tested.runs.items()
    }
    shown = {
        name: found
        for name, found in chosen.items()
        if task in (None, name) and np.isfinite(_everything(found, metric, layer)).any()
    }
    if not shown:
        return note(f"No training has the entry {metric}.")
    units = {name: "step" if tested.claim.simulated(name) else "epoch" for name in shown}
    canvas, axes = panels(len(shown), columns=entries.columns(len(shown)), height=2.9)
    reached = _reached(tested, metric)
    ended = False
    drawn = {name: {arm: _quartiles(runs, metric, layer) for arm, runs in own.items()} for name, own in shown.items()}
    if log is None:  # on all tasks the same
        log = not entries.is_share(metric) and any(entries.spans_decades(_middles(lines)) for lines in drawn.values())
    for panel, (name, lines) in zip(axes, drawn.items(), strict=True):
        entries.scale(panel, metric, log, _middles(lines))
        for place, (arm, (epochs, band)) in enumerate(lines.items()):
            ended |= _curve(panel, epochs, band, arm, entries.look(place, len(lines)))
        for value in reached:
            panel.axhline(value, color=GREY, lw=1, ls=(0, (4, 3)))
        if entries.is_share(metric) and panel.get_yscale() == "linear":
            entries.shares_end(panel)
        panel.set_title(short(name, 30))
        panel.set_xlabel(units[name])
        panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    entries.name_beside(axes[0], metric, layer)
    entries.legend(canvas, axes[0])
    zeros = any(panel.get_yscale() == "log" for panel in axes) and any(
        (_everything(found, metric, layer) == 0).any() for found in shown.values()
    )
    across = " or ".join(sorted({*units.values()}))
    every = {(name, arm): line for name, own in drawn.items() for arm, line in own.items()}
    table = table_of_bands(metric + entries.of_layer(metric, layer), across, every)
    swept = bool(tested.claim.over) and point == "best"
    return Drawing(canvas, _caption(swept, bool(reached), ended, zeros), table=table)


def _best(tested: TestedClaim, runs: Sequence[ArmRun]) -> list[ArmRun]:
    """Of each replicate the training that first reaches what the claim counts epochs to; of those that are as soon, or
    where nothing is counted, the one of the least validation loss.
    """
    counted = _counted(tested)

    def order(run: ArmRun) -> tuple[float, ...]:
        loss = entries.at(run, "val_loss")
        soon = [own.of([run], 0).high for own in counted if own.metric in run.history]
        return (*soon, loss if np.isfinite(loss) else inf)

    replicates = dict.fromkeys(run.replicate for run in runs)
    return [min((run for run in runs if run.replicate == own), key=order) for own in replicates]


def _quartiles(runs: list[ArmRun], metric: str, layer: int | None) -> _Line:
    """The epochs that are drawn, and the quartiles in these, (3, epochs)."""
    table = entries.by_epoch(runs, metric, layer)
    epochs = entries.thinned(table.shape[1])
    return epochs, entries.quartiles(table[:, epochs])


def _middles(lines: dict[str, _Line]) -> entries.Table:
    """The medians of a task's arms."""
    return np.concatenate([band[1] for _, band in lines.values()])


def _curve(panel: Axes, epochs: npt.NDArray[np.int64], band: entries.Table, arm: str, look: dict[str, Any]) -> bool:
    """Draw an arm; whether its line ends before its last epoch, as most runs diverged or were stopped."""
    low, middle, high = np.where(band > 0, band, np.nan) if panel.get_yscale() == "log" else band
    panel.fill_between(epochs, low, high, color=look["color"], alpha=0.2, lw=0)
    panel.plot(epochs, middle, lw=2, label=short(arm, 24), **look)
    return bool(np.isfinite(band[1]).any() and np.isnan(band[1, -1]))


def _everything(found: dict[str, list[ArmRun]], metric: str, layer: int | None) -> entries.Table:
    """All that a task's arms have of an entry."""
    return np.concatenate([entries.by_epoch(runs, metric, layer).ravel() for runs in found.values()])


def _reached(tested: TestedClaim, metric: str) -> list[float]:
    """The values of this entry to which the claim counts epochs."""
    return sorted({own.value for own in _counted(tested) if own.metric == metric and not own.of_first})


def _counted(tested: TestedClaim) -> list[EpochsTo]:
    """The claim's measures that count epochs."""
    asked = [MEASURES[name].model_validate(own) for measure in tested.claim.measures() for name, own in measure.items()]
    return [own for own in asked if isinstance(own, EpochsTo)]


def _caption(swept: bool, reached: bool, ended: bool, zeros: bool) -> str:
    text = "Lines are medians over the replicates; half of these lie in the shaded bands."
    if swept:
        text += " Of each arm and replicate it is the best point of the sweep that is drawn."
    if reached:
        text += " Dashed is the value to which epochs are counted."
    if ended:
        text += " A line ends where fewer than half of the runs go on, as they diverged or were stopped."
    return text + " A log axis has no place for zeros." * zeros
