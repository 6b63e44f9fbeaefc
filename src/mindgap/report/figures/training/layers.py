"""How the layers fare during training: how large their steps are, what passes no gradient, how active they are."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from mindgap.report.drawing.histories import Curves, curves
from mindgap.report.drawing.style import BLUE, GREY, Drawing, panels, percent_axis
from mindgap.report.numbers import power
from mindgap.report.study import FinishedStudy

TITLE = "How the layers learn"

USUAL_RATIO = 1e-3
"""Steps of about a thousandth of the weights are a common sign of a fitting learning rate."""


def draw(study: FinishedStudy) -> Drawing:
    """Update ratio, flat activations and dead units by layer; with the full monitors, the activations themselves."""
    names = study.layer_names
    hidden = len(names) - 1
    watched = hidden > 0 and "activation_mean" in study.winner_runs[0].history
    canvas, (ratio, flat, dead) = panels(3, columns=3, height=3.1, more=1 if watched else 0)
    _lines(ratio, curves(study.winner_runs, "update_ratio"), names)
    ratio.set_yscale("log")
    ratio.axhline(USUAL_RATIO, color=GREY, lw=1, ls=(0, (4, 3)))
    ratio.yaxis.set_major_formatter(FuncFormatter(power))
    ratio.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=12))
    ratio.minorticks_off()
    ratio.set_title("Update ratio")
    _shares(flat, study, "flat", "Flat activations (%)")
    kinds = _kinds(study)
    _shares(dead, study, "dead", f"Dead {kinds} (%)")
    caption = _CAPTION.format(kinds=kinds, places=_PLACES if study.architecture.blocks else "")
    caption += _activations(canvas, study) if watched else ""
    handles, labels = ratio.get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 7))
    return Drawing(canvas, caption)


def _shares(panel: Axes, study: FinishedStudy, name: str, title: str) -> None:
    """Shares by hidden layer, the mean over the winner's seeds."""
    panel.set_title(title)
    if study.architecture.hidden:
        _lines(panel, curves(study.winner_runs, name), study.layer_names)
        panel.set_ylim(bottom=0, top=max(0.05, 1.1 * panel.get_ylim()[1]))
        percent_axis(panel)
    else:
        panel.set_axis_off()
        panel.text(0.5, 0.5, "no hidden layer", transform=panel.transAxes, ha="center", color=GREY)


def _activations(canvas: Canvas, study: FinishedStudy) -> str:
    """A second row: the activations of the first seed, and units that are copies, where there are any; its caption."""
    copied = bool(np.nanmax(curves(study.winner_runs, "copies")) > 0)
    panel = canvas.add_subplot(2, 3, (4, 5 if copied else 6))
    panel.set_title("Activations of the first seed, mean ± deviation")
    first = study.winner_runs[:1]
    _lines(panel, curves(first, "activation_mean"), study.layer_names, curves(first, "activation_std")[0])
    if not copied:
        return _CAPTION_ACTIVATIONS
    _shares(canvas.add_subplot(2, 3, 6), study, "copies", f"Copied {_kinds(study)} (%)")
    return _CAPTION_ACTIVATIONS + _CAPTION_COPIES.format(kinds=_kinds(study))


def _kinds(study: FinishedStudy) -> str:
    """What the hidden layers consist of."""
    blocks, hidden = len(study.architecture.blocks), len(study.architecture.hidden)
    return "units" if not blocks else "filters" if blocks == hidden else "filters and units"


def _lines(panel: Axes, table: Curves, names: Sequence[str], around: Curves | None = None) -> None:
    """The mean over runs of a table (runs, epochs, layers), a line a layer; `around` it a band, (epochs, layers)."""
    hidden = len(names) - 1
    ended = np.isnan(table[:, 1:, -1]).any(axis=0)
    epochs = np.arange(table.shape[1] - int(ended.sum()))
    for layer in range(table.shape[2]):
        output = layer == hidden
        # The output layer is of another kind: it has no non-linearity of its own.
        colour = GREY if output else BLUE if hidden == 1 else colormaps["viridis"](0.85 * layer / hidden)
        mean = table[:, : len(epochs), layer].mean(axis=0)
        panel.plot(epochs, mean, color=colour, lw=2, label=names[layer])
        if around is not None:
            spread = around[: len(epochs), layer]
            panel.fill_between(epochs, mean - spread, mean + spread, color=colour, alpha=0.15, lw=0)
    panel.set_xlim(0, max(len(epochs) - 1, 1))
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    panel.set_xlabel("epoch")


_CAPTION = (
    "Means over the seeds. Update ratio: the norm of a step over the norm of the layer's weights; about 0.001 (dashed) "
    "is a common sign of a fitting learning rate. Flat: the share of activations where the non-linearity passes hardly "
    "any gradient (saturated; for ReLU: zero). Dead: the share of {kinds} that are flat for every training "
    "row{places}, and so cannot learn."
)

_PLACES = " (filters: at every place of it)"

_CAPTION_ACTIVATIONS = (
    " Below, for the first seed alone: the mean of a hidden layer's activations over its units and up to 1,024 "
    "training rows, and one standard deviation around it. A band that shrinks from layer to layer means that the "
    "signal dies out."
)

_CAPTION_COPIES = (
    " Copied (mean over the seeds): the share of {kinds} with the same weights as another of their layer, which "
    "will stay the same."
)
