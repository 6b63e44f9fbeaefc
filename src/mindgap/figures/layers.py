"""How the layers fare during training: the size of their steps, and how many activations or units pass no gradient."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from mindgap.figures.histories import Curves, curves
from mindgap.figures.style import BLUE, GREY, Drawing, panels, percent_axis, power
from mindgap.study_files import StudyFiles

USUAL_RATIO = 1e-3
"""Steps of about a thousandth of the weights are a common sign of a fitting learning rate."""


def draw(study: StudyFiles) -> Drawing:
    """Update-to-weight ratio, flat activations and dead units by layer; the mean over the winner's seeds."""
    canvas, axes = panels(3, columns=3, height=3.1)
    hidden = len(study.units) - 2
    _lines(axes[0], curves(study.winner_runs, "update_ratio"), hidden + 1)
    axes[0].set_yscale("log")
    axes[0].axhline(USUAL_RATIO, color=GREY, lw=1, ls=(0, (4, 3)))
    axes[0].yaxis.set_major_formatter(FuncFormatter(power))
    axes[0].yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=12))
    axes[0].minorticks_off()
    axes[0].set_title("Update ratio")
    for panel, name, title in ((axes[1], "flat", "Flat activations (%)"), (axes[2], "dead", "Dead units (%)")):
        panel.set_title(title)
        if hidden:
            _lines(panel, curves(study.winner_runs, name), hidden + 1)
            panel.set_ylim(bottom=0, top=max(0.05, 1.1 * panel.get_ylim()[1]))
            percent_axis(panel)
        else:
            panel.set_axis_off()
            panel.text(0.5, 0.5, "no hidden layer", transform=panel.transAxes, ha="center", color=GREY)
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 7))
    return Drawing(canvas, _CAPTION)


def _lines(panel: Axes, table: Curves, layers: int) -> None:
    ended = np.isnan(table[:, 1:, -1]).any(axis=0)
    epochs = np.arange(table.shape[1] - int(ended.sum()))
    for layer in range(table.shape[2]):
        last = layer == layers - 1
        colour = BLUE if layers <= 2 else colormaps["viridis"](0.85 * layer / (layers - 1))
        name = "output layer" if last else f"hidden layer {layer + 1}"
        # The output layer is of another kind: it has no non-linearity of its own.
        panel.plot(
            epochs, table[:, : len(epochs), layer].mean(axis=0), color=GREY if last else colour, lw=2, label=name
        )
    panel.set_xlim(0, max(len(epochs) - 1, 1))
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    panel.set_xlabel("epoch")


_CAPTION = (
    "Means over the seeds. Update ratio: the norm of a step over the norm of the layer's weights; about 0.001 (dashed) "
    "is a common sign of a fitting learning rate. Flat: the share of activations where the non-linearity passes hardly "
    "any gradient (saturated; for ReLU: zero). Dead: the share of units that are flat for every training row, and so "
    "cannot learn."
)
