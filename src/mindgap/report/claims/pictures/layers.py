"""An entry of the history layer by layer, at one epoch: the median over replicates, and where half of them lie."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of_bands
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import GREY, Drawing, note, panels, short
from mindgap.results.arm import ArmRun

_Line = tuple[range, entries.Table]

BY_WEIGHTS = ("gradient_norm", "sparsity", "update_ratio", "weight_norm")
"""Entries by dense layer, of which the first and the last have other shapes than those between hidden layers."""


def draw(tested: TestedClaim, metric: str, epoch: int, factor: float | None) -> Drawing:
    """One panel a task, one line an arm; dashes fall from the first arm's last layer by a `factor` a layer.

    Of what is by dense layer those from hidden layer to hidden layer alone are drawn.
    """
    tables = {
        task: {arm: _by_layer(entries.at_first_point(runs), metric, epoch) for arm, runs in found.items()}
        for task, found in tested.runs.items()
    }
    shown = {task: own for task, own in tables.items() if any(np.isfinite(table).any() for table in own.values())}
    if not shown:
        return note(f"No training has {metric} by layer in this epoch.")
    lines: dict[tuple[str, str], _Line] = {}
    canvas, axes = panels(len(shown), columns=entries.columns(len(shown)), height=3.0)
    for panel, (task, found) in zip(axes, shown.items(), strict=True):
        entries.scale(panel, metric, None, np.concatenate([table.ravel() for table in found.values()]))
        own = {arm: _quartiles(table, metric) for arm, table in found.items()}
        for place, (arm, line) in enumerate(own.items()):
            _draw_line(panel, line, place, arm)
        if factor is not None:
            _falling(panel, next(iter(own.values())), factor)
        lines |= {(task, arm): line for arm, line in own.items()}
        if entries.is_share(metric):
            entries.shares_end(panel)
        panel.set_title(short(task, 30))
        panel.set_xlabel("layer, from 0")
        panel.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    entries.name_beside(axes[0], metric)
    entries.legend(canvas, axes[0])
    caption = _caption(metric, epoch, factor, [table for own in shown.values() for table in own.values()])
    return Drawing(canvas, caption, table=table_of_bands(metric, "layer", lines))


def _by_layer(runs: list[ArmRun], metric: str, epoch: int) -> entries.Table:
    """Shape (runs, layers), NaN where there is none, and where runs have other numbers of layers."""
    histories = [run.history.get(metric, []) for run in runs]
    rows = [own[epoch] if -len(own) <= epoch < len(own) else None for own in histories]
    layers = max((len(row) for row in rows if isinstance(row, list)), default=0)
    return np.array([[entries.number(row, layer) for layer in range(layers)] for row in rows]).reshape(
        len(rows), layers
    )


def _quartiles(table: entries.Table, metric: str) -> _Line:
    """The layers that are drawn, and the quartiles in these, (3, layers)."""
    layers = range(table.shape[1])
    kept = layers[1:-1] if metric in BY_WEIGHTS else layers
    return kept, entries.quartiles(table[:, kept.start : kept.stop])


def _draw_line(panel: Axes, line: _Line, place: int, arm: str) -> None:
    layers, band = line
    low, middle, high = np.where(band > 0, band, np.nan) if panel.get_yscale() == "log" else band
    panel.fill_between(layers, low, high, color=entries.colour(place), alpha=0.25, lw=0)
    panel.plot(layers, middle, label=short(arm, 24), **entries.dotted(place))


def _falling(panel: Axes, line: _Line, factor: float) -> None:
    layers, (_, middle, _) = line
    steps = np.arange(len(layers))[::-1]
    panel.plot(layers, middle[-1] * factor**steps, color=GREY, lw=1.2, ls=(0, (4, 3)), zorder=1)


def _caption(metric: str, epoch: int, factor: float | None, tables: list[entries.Table]) -> str:
    when = {0: "before the first step", -1: "at the end"}.get(epoch, f"in epoch {epoch}")
    text = f"Each layer {when}: medians over the replicates, of which half lie in the bands."
    if metric in BY_WEIGHTS:
        text += " Only weights between hidden layers are shown, as the first and the last layer have other shapes."
    if factor is not None:
        text += f" Dashed: a factor of {factor:g} a layer, on the way back from the last."
    if not entries.is_share(metric) and any((table == 0).any() for table in tables):
        text += " A log axis has no place for zeros."
    return text
