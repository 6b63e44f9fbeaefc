"""Activations layer by layer as histograms, arm by arm: the famous picture of CS231n, lecture 6."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, GREY, WIDTH, Drawing, Table, note, short
from mindgap.report.numbers import significant
from mindgap.results.arm import ArmRun

MOST = 10
"""Layers that are drawn."""


@dataclass(frozen=True)
class _Layer:
    """Edges of bins, counts in these, and the mean and the deviation of all activations."""

    number: int
    edges: entries.Table
    counts: entries.Table
    mean: float
    std: float

    @property
    def ends(self) -> tuple[float, float]:
        """Between what lie all but the outermost thousandths."""
        shares = np.cumsum(self.counts) / self.counts.sum()
        first, last = int(np.searchsorted(shares, 0.001)), int(np.searchsorted(shares, 0.999))
        return float(self.edges[first]), float(self.edges[min(last + 1, len(self.edges) - 1)])


def draw(tested: TestedClaim, epoch: int, layers: Sequence[int] | None, task: str | None) -> Drawing:
    """Rows are arms, columns layers, at most ten; of the first replicate, on one task, by default the first.

    Of one layer alone columns are tasks.
    """
    found = {
        name: {arm: _layers(runs[0], epoch, layers) for arm, runs in own.items()}
        for name, own in tested.runs.items()
        if task in (None, name)
    }
    found = {name: own for name, own in found.items() if any(own.values())}
    if not found:
        return note("No training has histograms of activations in this epoch.")
    one = max(len(own) for arms_of in found.values() for own in arms_of.values()) == 1
    when = {0: "before the first step", -1: "at the end"}.get(epoch, f"in epoch {epoch}")
    if one:
        return Drawing(
            _of_tasks(found),
            f"Activations of one hidden layer, {when}, of the first replicate, with mean (black line) and deviation "
            "(±). Panels of a task have one x axis; each histogram has its own height.",
            table=_table(found),
        )
    name = next(iter(found))
    return Drawing(
        _of_layers(found[name]),
        f"Activations of the hidden layers on {short(name, 30)}, {when}, of the first replicate, with their mean and "
        "deviation (±). A row has one x axis; each histogram has its own height. A mere spike at 0 is a layer that "
        "passes nothing on, spikes at both ends are saturated units.",
        table=_table({name: found[name]}),
    )


def _table(found: dict[str, dict[str, list[_Layer]]]) -> Table:
    return table_of(
        ("task", "arm", "layer", "from", "to", "activations", "mean", "deviation"),
        (
            (task, arm, layer.number, low, high, int(count), layer.mean, layer.std)
            for task, arms in found.items()
            for arm, layers in arms.items()
            for layer in layers
            for (low, high), count in zip(pairwise(layer.edges), layer.counts, strict=True)
        ),
    )


def _of_layers(found: dict[str, list[_Layer]]) -> Canvas:
    """A row an arm, a column a layer."""
    canvas, grid = _grid(found, max(map(len, found.values())))
    for place, (own, row) in enumerate(zip(found.values(), grid, strict=True)):
        for panel, layer in zip(row, own, strict=False):
            _bars(panel, layer, _ends(own), entries.colour(place))
            if place == 0:
                panel.set_title(f"layer {layer.number}", fontsize=9)
        for panel in row[len(own) :]:
            _blank(panel)
    return canvas


def _of_tasks(found: dict[str, dict[str, list[_Layer]]]) -> Canvas:
    """A row an arm, a column a task."""
    canvas, grid = _grid(next(iter(found.values())), len(found))
    for column, (name, own) in enumerate(found.items()):
        ends = _ends([layer for layers in own.values() for layer in layers])
        for place, layers in enumerate(own.values()):
            panel = grid[place][column]
            if layers:
                _bars(panel, layers[0], ends, entries.colour(place))
                panel.axvline(layers[0].mean, color=BLACK, lw=1.4)
            else:
                _blank(panel)
        number = next(layers[0].number for layers in own.values() if layers)
        grid[0][column].set_title(f"{short(name, 20)}, layer {number}", fontsize=9)
    return canvas


def _grid(found: dict[str, list[_Layer]], columns: int) -> tuple[Canvas, list[list[Axes]]]:
    """Panels by row and column, the rows with the names of arms."""
    canvas = Canvas(figsize=(WIDTH, 0.55 + 1.15 * len(found)), layout="constrained")
    grid: list[list[Axes]] = canvas.subplots(len(found), columns, squeeze=False).tolist()
    for row, arm in zip(grid, found, strict=True):
        row[0].set_ylabel(short(arm, 18), fontsize=9, color="#1f2937")
    return canvas, grid


def _blank(panel: Axes) -> None:
    """A panel for what diverged, or has fewer layers."""
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(visible=False)
    for spine in panel.spines.values():
        spine.set_visible(False)


def _layers(run: ArmRun, epoch: int, wanted: Sequence[int] | None) -> list[_Layer]:
    """The hidden layers of a run; none where it diverged before, or was not watched."""
    history = run.history
    counts, ends, means, stds = (
        own[epoch] if -len(own) <= epoch < len(own) else []
        for own in (history.get(f"activation_{name}", []) for name in ("histogram", "range", "mean", "std"))
    )
    numbers = [number for number in (range(len(counts)) if wanted is None else wanted) if number < len(counts)]
    return [
        _Layer(
            number,
            np.linspace(ends[number][0], ends[number][1], len(counts[number]) + 1),
            np.asarray(counts[number], np.float64),
            entries.number(means[number]),
            entries.number(stds[number]),
        )
        for number in numbers[:MOST]
        if counts[number] is not None
    ]


def _ends(layers: Sequence[_Layer]) -> tuple[float, float]:
    """An x axis that has room for all layers of an arm."""
    low, high = min(layer.ends[0] for layer in layers), max(layer.ends[1] for layer in layers)
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def _bars(panel: Axes, layer: _Layer, ends: tuple[float, float], colour: str) -> None:
    density = layer.counts / layer.counts.max()
    # The outline is seen even where all bins together are narrower than a pixel.
    panel.stairs(density, layer.edges, fill=True, color=colour, ec=colour, lw=1)
    panel.set_ylim(0, 1.08)
    panel.set_xlim(*ends)
    tick = _round_below(max(ends))
    panel.set_xticks([0, tick], ["0", f"{tick:g}"])
    panel.set_yticks([])
    panel.grid(visible=False)
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="x", labelsize=7, pad=1, length=2)
    mean = "0" if abs(layer.mean) < 0.02 * layer.std else _written(layer.mean)
    panel.set_xlabel(f"{mean} ± {_written(layer.std)}", fontsize=7, color=GREY, labelpad=2)


def _round_below(value: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a value."""
    power = 10.0 ** np.floor(np.log10(value)) if value > 0 else 1.0
    return float(max(step * power for step in (1, 2, 5) if step == 1 or step * power <= value))


def _written(value: float) -> str:
    """A number with two digits."""
    return significant(float(f"{value:.1e}")) if abs(value) < 1e-4 else f"{value:.2g}".replace("-", "−")
