"""A metric over a sweep of two params as a map, arm by arm."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import FuncFormatter

from mindgap.claims.measures import reaches
from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import Drawing, note, panels, short
from mindgap.report.numbers import setting
from mindgap.results.arm import ArmRun

COLOURS = "cividis"
"""Told apart by people with any kind of colour blindness, and in grey."""


def draw(tested: TestedClaim, metric: str, value: float | None) -> Drawing:
    """One panel an arm and task; a cell is a pair of values: the median of the metric at the kept epoch.

    With a `value` it is the share of replicates that reach it.
    """
    if len(tested.claim.over) != 2:
        return note("Only a sweep over two params has a map.")
    shown = {
        (task, arm): _cells(tested, runs, metric, value)
        for task, found in tested.runs.items()
        for arm, runs in found.items()
        if any(metric in run.history for run in runs)
    }
    if not shown:
        return note(f"No training has the entry {metric}.")
    canvas, axes = panels(len(shown), columns=min(len(tested.claim.arms), 3), height=2.5)
    everything = np.concatenate([cells.ravel() for cells in shown.values()])
    share = value is not None or entries.is_share(metric)
    ends = (0.0, 1.0) if share else (float(np.nanmin(everything)), float(np.nanmax(everything)))
    norm = Normalize(*ends)
    for panel, ((task, arm), cells) in zip(axes, shown.items(), strict=True):
        _map(panel, tested, cells, norm, share)
        panel.set_title(f"{short(task, 20)}: {short(arm, 20)}")
    bar = canvas.colorbar(ScalarMappable(norm, COLOURS), ax=axes, shrink=0.7, aspect=28)
    bar.outline.set_visible(False)
    if share:
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{100 * at:.0f}"))
    bar.set_label(entries.title(metric) if value is None else f"replicates (%) that reach\n{_goal(metric, value)}")
    (first, across), (second, up) = tested.claim.over.items()
    table = table_of(
        ("task", "arm", first, second, metric if value is None else f"share that reaches {metric} {value:g}"),
        (
            (task, arm, across[column], up[row], cell)
            for (task, arm), cells in shown.items()
            for (row, column), cell in np.ndenumerate(cells)
        ),
    )
    return Drawing(canvas, _caption(metric, value), table=table)


def _cells(tested: TestedClaim, runs: list[ArmRun], metric: str, value: float | None) -> entries.Table:
    """Shape (values of the second param, values of the first); NaN where most runs diverged."""
    found = []
    for point in tested.claim.points:
        own = [run for run in runs if run.point == point]
        if value is None:
            kept = np.array([[entries.at(run, metric)] for run in own])
            found.append(entries.quartiles(kept)[1, 0])
        else:
            found.append(np.mean([any(reaches(metric, at, value) for at in run.history[metric]) for run in own]))
    first, second = tested.claim.over.values()
    return np.array(found).reshape(len(first), len(second)).T


def _map(panel: Axes, tested: TestedClaim, cells: entries.Table, norm: Normalize, share: bool) -> None:
    (first, across), (second, up) = tested.claim.over.items()
    panel.pcolormesh(np.ma.masked_invalid(cells), cmap=COLOURS, norm=norm, edgecolors="white", lw=1)
    for (row, column), cell in np.ndenumerate(cells):
        text = "×" if np.isnan(cell) else f"{100 * cell:.0f}" if share else f"{cell:.2g}"
        dark = np.isfinite(cell) and float(norm(float(cell))) < 0.55
        place: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5}
        panel.text(column + 0.5, row + 0.5, text, color="white" if dark else "black", **place)
    panel.grid(visible=False)
    panel.set_xticks(np.arange(len(across)) + 0.5, [_tick(own) for own in across], rotation=0)
    panel.set_yticks(np.arange(len(up)) + 0.5, [_tick(own) for own in up])
    panel.set_xlabel(first.replace("_", " "))
    panel.set_ylabel(second.replace("_", " "))
    panel.tick_params(length=0, labelsize=8)


def _goal(metric: str, value: float) -> str:
    """What is to be reached: validation accuracy of 90 %."""
    of = f"{100 * value:g} %" if entries.is_share(metric) else setting(value)
    return f"{entries.title(metric).removesuffix(' (%)')} of {of}"


def _tick(value: Any) -> str:
    return short(setting(value), 10)


def _caption(metric: str, value: float | None) -> str:
    if value is None:
        return (
            f"Each cell is a pair of values: the median over the replicates of the {entries.title(metric)} at the kept "
            "epoch. In a cell with a cross most of them diverged."
        )
    return (
        "Each cell is a pair of values: of a hundred replicates so many reach a "
        f"{_goal(metric, value)} at any time. Darker is fewer."
    )
