"""Entries of histories in pictures of claims: their names and axes, how an arm's line looks, numbers by replicate."""

from collections.abc import Sequence
from textwrap import fill, wrap
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import LogLocator, NullLocator

from mindgap.metrics import METRICS
from mindgap.report.drawing.style import LEVELS, SPLIT_NAMES, WIDTH, log_axis, number_axis, short
from mindgap.results.arm import ArmRun

Table = npt.NDArray[np.float64]

LINES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1)), (0, (6, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")

MOST = 150
"""Points of a line; of longer histories so many are drawn, evenly apart."""

ENTRIES = {
    "alike": "likeness to pictures of random weights",
    "activation_mean": "mean activation",
    "activation_std": "deviation of activations",
    "backprop_std": "deviation of gradients by activations",
    "copies": "units that equal another (%)",
    "dead": "dead units (%)",
    "edges": "what a plane explains of filters (%)",
    "effective_rate": "size of step / gradient",
    "flat": "flat activations (%)",
    "gradient_norm": "norm of gradient by weights",
    "objective": "training loss with penalties",
    "over_bright": "more lost than by hiding what stands out",
    "over_chance": "more lost than by hiding at random",
    "over_filters": "less like random weights' pictures than another filter's",
    "pull": "pull at rows that are right",
    "settled": "rows that no longer pull (%)",
    "sparsity": "weights below 0.001 (%)",
    "update_ratio": "norm of step / weights",
    "weight_norm": "norm of weights",
    "within": "weights within deviations (%)",
}
"""What entries of a history that are no metrics are called; of shares, in percent."""

BY_COORDINATE = ("effective_rate",)
"""Entries that have a number a coordinate where others have one a layer."""


def title(entry: str) -> str:
    """What an entry of a history is called: validation accuracy (%), dead units (%)."""
    split, _, metric = entry.partition("_")
    if split in SPLIT_NAMES and metric in METRICS:
        return f"{SPLIT_NAMES[split]} {METRICS[metric].title}"
    return ENTRIES.get(entry, entry.replace("_", " "))


def is_share(entry: str) -> bool:
    """Whether its values lie between 0 and 1, and are written in percent."""
    return title(entry).endswith("(%)")


def scale(panel: Axes, entry: str, log: bool | None, values: Table) -> None:
    """Make y the axis of an entry: in percent for shares; log if so asked, or, if None, where others span decades."""
    there = values[np.isfinite(values) & (values > 0)]
    if log or (log is None and not is_share(entry) and spans_decades(values)):
        to_log(panel, there)
    elif is_share(entry):
        percent(panel.yaxis)


def spans_decades(values: Table) -> bool:
    """Whether those above 0 lie more than a decade apart."""
    there = values[np.isfinite(values) & (values > 0)]
    return bool(there.size) and bool(there.max() > 10 * there.min())


def name_beside(panel: Axes, entry: str, layer: int | None = None) -> None:
    """Write an entry's name beside y."""
    panel.set_ylabel(fill(title(entry) + of_layer(entry, layer), 30))


def of_layer(entry: str, layer: int | None) -> str:
    """What follows the name of an entry of one layer, or of one coordinate of a ravine."""
    return "" if layer is None else f", {'coordinate' if entry in BY_COORDINATE else 'layer'} {layer}"


def percent(axis: Axis, least: float = 0.0) -> None:
    """Write shares, or differences of such where `least` is -1, in percent; a tick at 1 may lie beyond by rounding."""
    number_axis(axis, 100, least - 1e-9, 1 + 1e-9)


def shares_end(panel: Axes) -> None:
    """Let a linear y axis of shares end little beyond what a share can be."""
    low, high = panel.get_ylim()
    panel.set_ylim(max(low, -0.04 * high), min(high, 1 + 0.04 * (1 - low)))


def to_log(panel: Axes, values: Table) -> None:
    """Make y a log axis for values above 0, with more ticks where these span few decades."""
    log_axis(panel)
    few = not values.size or values.max() < 1e3 * values.min()
    panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if few else (1.0,), numticks=8))
    panel.yaxis.set_minor_locator(NullLocator())


def columns(count: int) -> int:
    """How many panels stand side by side."""
    return 2 if count == 4 else min(count, 3)


def dotted(place: int) -> dict[str, Any]:
    """Colour and mark of an arm's line of few points; later ones are smaller, so that where they agree all are seen."""
    size = max(7.0 - 1.2 * place, 3.5)
    return {"color": colour(place), "marker": MARKERS[place % len(MARKERS)], "ms": size, "lw": max(size / 2.6, 1.6)}


def look(place: int, count: int) -> dict[str, Any]:
    """Colour of an arm's line, and its dashes where there are more lines than three."""
    return {"color": colour(place), "ls": LINES[place % len(LINES)] if count > 3 else "-"}


def colour(place: int) -> str:
    """The colour of an arm, by its place among the claim's."""
    return LEVELS[place % len(LEVELS)]


def legend(canvas: Canvas, panel: Axes) -> None:
    """Name the lines of a panel under all of them, in as many rows as they need."""
    handles, labels = panel.get_legend_handles_labels()
    widest = max((len(label) for label in labels), default=1)
    columns = max(1, min(len(labels), int(WIDTH / (0.09 * widest + 0.6))))
    canvas.legend(handles, labels, loc="outside lower center", ncols=columns)


def names_below(panel: Axes, names: Sequence[str], inches: float) -> None:
    """Write names under the places 0, 1, ..., in several lines or, where that is not enough, aslant."""
    room = max(int(inches / len(names) * 14), 6)
    lines = [wrap(short(name, 40), room, break_long_words=False) for name in names]
    if all(len(own) <= 3 and max(map(len, own)) <= room for own in lines):
        panel.set_xticks(range(len(names)), ["\n".join(own) for own in lines])
    else:
        panel.set_xticks(range(len(names)), [short(name, 20) for name in names], rotation=32, ha="right")
        for label in panel.get_xticklabels():
            label.set_rotation_mode("anchor")


def at_first_point(runs: Sequence[ArmRun]) -> list[ArmRun]:
    """Of a sweep, the trainings at its first values; otherwise all."""
    return [run for run in runs if run.point == runs[0].point]


def number(entry: Any, layer: int | None = None) -> float:
    """A number of a history, of a layer if it is by layer; NaN where there is none."""
    if isinstance(entry, Sequence) and layer is not None:
        entry = entry[layer] if -len(entry) <= layer < len(entry) else None
    return float(entry) if isinstance(entry, int | float) and np.isfinite(entry) else np.nan


def at(run: ArmRun, entry: str, epoch: int | None = None, layer: int | None = None) -> float:
    """An entry at an epoch, or at that whose weights are kept; NaN for what a run that diverged does not have."""
    history, asked = run.history.get(entry, []), run.kept_epoch if epoch is None else epoch
    if asked is None or not -len(history) <= asked < len(history):
        return np.nan
    return np.nan if run.status == "diverged" and epoch is None else number(history[asked], layer)


def by_epoch(runs: Sequence[ArmRun], entry: str, layer: int | None = None) -> Table:
    """An entry by run and epoch, NaN where there is none: shape (runs, epochs)."""
    table = np.full((len(runs), max((len(run.history.get(entry, ())) for run in runs), default=0)), np.nan)
    for row, run in zip(table, runs, strict=True):
        own = [number(value, layer) for value in run.history.get(entry, ())]
        row[: len(own)] = own
    return table


def quartiles(table: Table) -> Table:
    """The lower quartile, the median and the upper one over the rows; NaN where fewer than half of the rows have any.

    Shape (rows, columns) gives (3, columns).
    """
    there = np.isfinite(table).mean(axis=0) >= 0.5
    found = np.full((3, table.shape[1]), np.nan)
    if there.any():
        found[:, there] = np.nanquantile(table[:, there], (0.25, 0.5, 0.75), axis=0)
    return found


def thinned(count: int) -> npt.NDArray[np.int64]:
    """The places 0 .. count - 1, or MOST of them, evenly apart, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST)).round().astype(np.int64))
