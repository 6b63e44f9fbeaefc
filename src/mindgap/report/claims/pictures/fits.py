"""The curves that networks draw through the rows of a regression with one feature, arm by arm."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from mindgap.claims.probes import Network
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, open_split
from mindgap.report.claims import arms
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, GREY, Drawing, note, panels, short
from mindgap.training.measure import outputs_by_chunk

PLACES = 300

ROWS = 150
"""Training rows that are drawn, the first of them."""

TRUTHS = {"sine": lambda x: np.sin(2 * np.pi * x)}
"""What rows are drawn from, by the name of their data; see `mindgap.data.sources.synthetic`."""


def draw(tested: TestedClaim) -> Drawing:
    """One panel an arm and task, of those that are a regression of one feature; the first replicate's networks."""
    tasks = [task for task in tested.runs if _is_line(tested.view.data.get(task, {}))]
    if not tasks:
        return note("No task is a regression of one feature, so there is no curve to draw.")
    shown = [(task, place, arm) for task in tasks for place, arm in enumerate(tested.claim.arms)]
    canvas, axes = panels(len(shown), columns=min(len(tested.claim.arms), 3), height=2.9)
    beyond = known = missing = False
    for panel, (task, place, arm) in zip(axes, shown, strict=True):
        network, folder = tested.network(task, arm), tested.view.data[task][arm]
        missing |= network is None
        outside, truth = _panel(panel, network, folder, arms.colour(place))
        beyond, known = beyond or outside, known or truth
        panel.set_title(f"{short(task, 20)}: {short(arm, 20)}")
    arms.legend(canvas, axes[0])
    return Drawing(canvas, _caption(known, beyond, missing))


def _is_line(data: dict[str, Path]) -> bool:
    found = [Dataset.read(folder) for folder in data.values()]
    return bool(found) and all(own.features == 1 and own.target is not None for own in found)


def _panel(panel: Axes, network: Network | None, folder: Path, colour: str) -> tuple[bool, bool]:
    """Draw all in the units of feature and target; whether rows lie beyond the axis, and whether the truth is known."""
    dataset, preparation, rows = Dataset.read(folder), Preparation.read(folder), open_split(folder, "train")
    assert dataset.target is not None
    x, y = preparation.restore(np.asarray(rows.x))[:, 0], dataset.target.restore(np.asarray(rows.y))
    places = np.linspace(x.min(), x.max(), PLACES)
    lines = [y[np.abs(y - np.median(y)) <= 4 * np.subtract(*np.quantile(y, (0.75, 0.25)))]]
    if dataset.name in TRUTHS:
        lines.append(TRUTHS[dataset.name](places))
        panel.plot(places, lines[-1], color=BLACK, lw=1.1, ls=(0, (4, 3)), zorder=3, label="truth")
    if network is None:
        panel.text(0.5, 0.5, "diverged", transform=panel.transAxes, ha="center", color=GREY)
    else:
        asked = preparation.finish(places[:, None], "a curve").astype(np.float64)
        answers = np.concatenate([found[0, :, 0].copy() for _, found in outputs_by_chunk(network.population(), asked)])
        lines.append(dataset.target.restore(answers))
        panel.plot(places, lines[-1], color=colour, lw=2.2, zorder=4, label="network")
    low, high = min(own.min() for own in lines), max(own.max() for own in lines)
    low, high = low - 0.12 * (high - low), high + 0.12 * (high - low)
    x, y = x[:ROWS], y[:ROWS]
    inside = (low <= y) & (y <= high)
    panel.plot(x[inside], y[inside], "o", ms=4, mew=0, color=GREY, alpha=0.6, zorder=2, label="training row")
    for marker, where, edge in (("^", y > high, high), ("v", y < low, low)):
        if where.any():
            panel.plot(x[where], np.full(where.sum(), edge), marker, ms=6, mew=0, color=GREY, clip_on=False, zorder=5)
    panel.set_ylim(low, high)
    panel.set_xlabel(short(dataset.feature_names[0] if dataset.feature_names else "feature", 30))
    panel.set_ylabel(short(dataset.target.name, 30))
    return not inside.all(), dataset.name in TRUTHS


def _caption(known: bool, beyond: bool, missing: bool) -> str:
    text = "Dots are training rows of the first replicate, lines what its networks say."
    if known:
        text += " Dashed is the curve that the rows were drawn from, before noise."
    if beyond:
        text += " Triangles at the edge are rows that lie beyond it."
    return text + " Networks that diverged are left out." * missing
