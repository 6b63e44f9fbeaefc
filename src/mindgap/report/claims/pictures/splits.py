"""A metric on training and on validation rows, arm by arm, and the gap between them."""

import numpy as np
from matplotlib.axes import Axes

from mindgap.metrics import METRICS
from mindgap.report.claims import entries
from mindgap.report.claims.tables import QUARTILES, table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import GREY, SPLIT_NAMES, SPLITS, Drawing, note, panels, short
from mindgap.report.numbers import significant

SIDES = {"train": "o", "val": "s"}


def draw(tested: TestedClaim, metric: str) -> Drawing:
    """One panel a task, one row an arm: medians at the kept epoch, bars over half of the replicates, and the gap."""
    tables = {
        task: {
            arm: [entries.at(run, f"{split}_{metric}") for split in SIDES for run in entries.at_first_point(runs)]
            for arm, runs in found.items()
        }
        for task, found in tested.runs.items()
    }
    shown = {
        task: {arm: np.array(own).reshape(len(SIDES), -1) for arm, own in found.items()}
        for task, found in tables.items()
        if any(np.isfinite(own).any() for own in found.values())
    }
    if not shown:
        return note(f"No training has a {metric} of both splits.")
    columns, rows = min(len(shown), 3), len(tested.claim.arms)
    canvas, axes = panels(len(shown), columns=columns, height=1.2 + 0.42 * rows)
    missing = False
    for number, (panel, (task, found)) in enumerate(zip(axes, shown.items(), strict=True)):
        for place, table in enumerate(found.values()):
            missing |= bool(np.isnan(table).any())
            _dumbbell(panel, place, table, metric)
        names = [short(arm, 22) for arm in found] if number % columns == 0 else [""] * rows
        panel.set_yticks(range(rows), names)
        panel.set_ylim(rows - 0.4, -0.75)
        panel.grid(axis="y", visible=False)
        panel.margins(x=0.08)
        panel.set_title(short(task, 30))
        panel.set_xlabel(METRICS[metric].title if metric in METRICS else metric)
        if METRICS[metric].style == "percent":
            entries.percent(panel.xaxis)
    entries.legend(canvas, axes[0])
    return Drawing(
        canvas,
        _CAPTION + " Runs that diverged are left out." * missing,
        table=table_of(
            ("task", "arm", "metric", "rows", *QUARTILES),
            (
                (task, arm, metric, *row)
                for task, found in shown.items()
                for arm, table in found.items()
                for row in _rows(table)
            ),
        ),
    )


def _gap(table: entries.Table) -> float:
    """The median over replicates."""
    gaps = table[0] - table[1]
    return float(np.nanmedian(gaps)) if np.isfinite(gaps).any() else np.nan


def _rows(table: entries.Table) -> list[tuple[object, ...]]:
    sides = [(SPLIT_NAMES[split], *own) for split, own in zip(SIDES, entries.quartiles(table.T).T, strict=True)]
    return [*sides, ("gap", np.nan, _gap(table), np.nan)]


def _dumbbell(panel: Axes, place: int, table: entries.Table, metric: str) -> None:
    """Training and validation of an arm, (2, replicates), joined by the gap between their medians."""
    quartiles = entries.quartiles(table.T)
    if np.isnan(quartiles).any():
        panel.text(0.5, place, "diverged", transform=panel.get_yaxis_transform(), ha="center", va="center", color=GREY)
        return
    panel.plot(quartiles[1], [place, place], color="#c4c9d1", lw=3, zorder=1, solid_capstyle="butt")
    for (split, marker), (low, middle, high) in zip(SIDES.items(), quartiles.T, strict=True):
        panel.plot([low, high], [place, place], color=SPLITS[split], lw=1.4, zorder=2)
        label = SPLIT_NAMES[split] if place == 0 else None
        panel.plot(middle, place, marker, color=SPLITS[split], ms=8, mec="white", mew=0.8, zorder=3, label=label)
    gap = _gap(table)
    written = f"{100 * gap:.1f}" if METRICS[metric].style == "percent" else significant(gap)
    panel.annotate(
        f"gap {written}".replace("-", "−"), (quartiles[1].mean(), place), xytext=(0, 6), textcoords="offset points",
        ha="center", fontsize=7.5, color=GREY,
    )  # fmt: skip


_CAPTION = (
    "Round marks are training rows, square ones validation rows, at the epoch whose weights are kept: medians over the "
    "replicates, with bars over half of them. The line between them is the gap; its number is the median of all gaps."
)
