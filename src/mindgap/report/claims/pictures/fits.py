"""The curves that networks draw through the rows of a regression with one feature, arm by arm."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, open_split
from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, GREY, Drawing, note, panels, short
from mindgap.training.measure import outputs_by_chunk

PLACES = 300

ROWS = 150
"""Training rows that are drawn, the first of them."""

TRUTHS = {"sine": lambda x: np.sin(2 * np.pi * x)}
"""What rows are drawn from, by the name of their data; see `mindgap.data.sources.synthetic`."""


@dataclass(frozen=True)
class _Fit:
    """Training rows x and y, places along x, the truth and the answers at these, all in their own units."""

    x: entries.Table
    y: entries.Table
    places: entries.Table
    truth: entries.Table | None
    answers: entries.Table | None
    names: tuple[str, str]

    @property
    def table(self) -> Iterator[tuple[float, ...]]:
        """x and, where there are such, the training row, the answer and the truth."""
        for x, y in zip(self.x[:ROWS], self.y[:ROWS], strict=True):
            yield x, y, np.nan, np.nan
        nothing = np.full(len(self.places), np.nan)
        lines = (nothing if own is None else own for own in (self.answers, self.truth))
        for x, answer, truth in zip(self.places, *lines, strict=True):
            yield x, np.nan, answer, truth

    @property
    def ends(self) -> tuple[float, float]:
        """Between what lie the lines, and all rows that are not far out."""
        far = 4 * np.subtract(*np.quantile(self.y, (0.75, 0.25)))
        near = self.y[np.abs(self.y - np.median(self.y)) <= far]
        lines = [own for own in (near, self.truth, self.answers) if own is not None and len(own)]
        return float(min(own.min() for own in lines)), float(max(own.max() for own in lines))


def draw(tested: TestedClaim) -> Drawing:
    """One panel an arm and task, of those that are a regression of one feature; the first replicate's networks."""
    tasks = [task for task in tested.runs if _is_line(tested.view.data.get(task, {}))]
    if not tasks:
        return note("No task is a regression of one feature, so there is no curve to draw.")
    fits = {task: [_fit(tested, task, arm) for arm in tested.claim.arms] for task in tasks}
    shown = [(task, place, fit) for task, own in fits.items() for place, fit in enumerate(own)]
    canvas, axes = panels(len(shown), columns=min(len(tested.claim.arms), 3), height=2.9)
    names, beyond = list(tested.claim.arms), False
    for panel, (task, place, fit) in zip(axes, shown, strict=True):
        low, high = (end(own.ends[side] for own in fits[task]) for side, end in enumerate((min, max)))
        margin = 0.08 * (high - low)
        beyond |= _panel(panel, fit, (low - margin, high + margin), entries.colour(place))
        panel.set_title(f"{short(task, 20)}: {short(names[place], 20)}")
    entries.legend(canvas, axes[0])
    everything = [fit for _, _, fit in shown]
    known, missing = (any(own(fit) for fit in everything) for own in (_is_known, _is_missing))
    table = table_of(
        ("task", "arm", "x", "training row", "network", "truth"),
        ((task, names[place], *row) for task, place, fit in shown for row in fit.table),
    )
    return Drawing(canvas, _caption(known, beyond, missing), table=table)


def _is_known(fit: _Fit) -> bool:
    return fit.truth is not None


def _is_missing(fit: _Fit) -> bool:
    return fit.answers is None


def _is_line(data: dict[str, Path]) -> bool:
    found = [Dataset.read(folder) for folder in data.values()]
    return bool(found) and all(own.features == 1 and own.target is not None for own in found)


def _fit(tested: TestedClaim, task: str, arm: str) -> _Fit:
    network, folder = tested.network(task, arm), tested.view.data[task][arm]
    dataset, preparation, rows = Dataset.read(folder), Preparation.read(folder), open_split(folder, "train")
    target = dataset.target
    assert target is not None
    x, y = preparation.restore(np.asarray(rows.x))[:, 0], target.restore(np.asarray(rows.y))
    places = np.linspace(x.min(), x.max(), PLACES)
    answers = None
    if network is not None:
        asked = preparation.finish(places[:, None], "a curve").astype(np.float64)
        said = [found[0, :, 0].copy() for _, found in outputs_by_chunk(network.population(), asked)]
        answers = target.restore(np.concatenate(said))
    truth = TRUTHS[dataset.name](places) if dataset.name in TRUTHS else None
    names = dataset.feature_names[0] if dataset.feature_names else "feature", target.name
    return _Fit(x, y, places, truth, answers, names)


def _panel(panel: Axes, fit: _Fit, ends: tuple[float, float], colour: str) -> bool:
    """Draw a fit; whether rows lie beyond the ends of y."""
    if fit.truth is not None:
        panel.plot(fit.places, fit.truth, color=BLACK, lw=1.1, ls=(0, (4, 3)), zorder=3, label="truth")
    if fit.answers is None:
        panel.text(0.5, 0.5, "diverged", transform=panel.transAxes, ha="center", color=GREY)
    else:
        panel.plot(fit.places, fit.answers, color=colour, lw=2.4, zorder=4)
    x, y = fit.x[:ROWS], fit.y[:ROWS]
    above, below = y > ends[1], y < ends[0]
    inside = ~(above | below)
    panel.plot(x[inside], y[inside], "o", ms=4, mew=0, color=GREY, alpha=0.6, zorder=2, label="training row")
    for marker, where, edge in (("^", above, ends[1]), ("v", below, ends[0])):
        if where.any():
            panel.plot(x[where], np.full(where.sum(), edge), marker, ms=6, mew=0, color=GREY, clip_on=False, zorder=5)
    panel.set_ylim(*ends)
    panel.set_xlabel(short(fit.names[0], 30))
    panel.set_ylabel(short(fit.names[1], 30))
    panel.xaxis.set_major_locator(MaxNLocator(5))
    return not inside.all()


def _caption(known: bool, beyond: bool, missing: bool) -> str:
    text = "Dots are training rows of the first replicate, coloured lines what its networks say."
    if known:
        text += " Dashed is the curve that the rows were drawn from, before noise."
    if beyond:
        text += " Triangles at the edge are rows that lie beyond it."
    return text + " Networks that diverged are left out." * missing
