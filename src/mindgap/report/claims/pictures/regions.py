"""Decision regions of each arm's network in the plane of two features, with the validation rows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from mindgap.claims.probes import Network
from mindgap.data.prepared import Dataset, open_split
from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, Drawing, note, panels, short
from mindgap.training.measure import outputs_by_chunk

CLASSES = (ORANGE, BLUE, GREEN, PURPLE, VERMILION, SKY)

PIXELS = 160
"""Points of a side at which a network is asked."""

ROWS = 80
"""Validation rows that are drawn, the first of them."""


def draw(tested: TestedClaim) -> Drawing:
    """One panel an arm and task, of those tasks that have classes and two features; the first replicate's networks."""
    tasks = [task for task in tested.runs if _is_plane(tested.view.data.get(task, {}))]
    if not tasks:
        return note("No task has two features and classes, so there is no plane to draw.")
    shown = [(task, arm) for task in tasks for arm in tested.claim.arms]
    columns = len(tested.claim.arms) if len(tested.claim.arms) > 2 or len(tasks) < 2 else 4
    canvas, axes = panels(len(shown), columns=columns, height=0.55 + 7.2 / columns)
    rows: list[tuple[object, ...]] = []
    for panel, (task, arm) in zip(axes, shown, strict=True):
        network, split = tested.network(task, arm), open_split(tested.view.data[task][arm], "val")
        x, y = np.asarray(split.x, np.float64), np.asarray(split.y)
        said = _panel(panel, network, x, y)
        rows += [(task, arm, *row) for row in zip(*x.T, y, said, strict=True)]
        panel.set_title(f"{short(task, 14)}: {short(arm, 20)}", fontsize=9)
    missing = any(answer is None for *_, answer in rows)
    return Drawing(
        canvas,
        _CAPTION + " A network that diverged has no regions." * missing,
        table=table_of(("task", "arm", "first feature", "second feature", "class", "answer"), rows),
    )


def _is_plane(data: dict[str, Path]) -> bool:
    found = [Dataset.read(folder) for folder in data.values()]
    return bool(found) and all(own.features == 2 and own.target is None for own in found)


def _panel(panel: Axes, network: Network | None, x: entries.Table, y: np.ndarray) -> Sequence[object]:
    """Draw a network's plane, and rows x of classes y; what it says of the rows, None for all where there is none."""
    low, high = x.min(axis=0), x.max(axis=0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    panel.set_xlim(low[0], high[0])
    panel.set_ylim(low[1], high[1])
    panel.set_xticks([])
    panel.set_yticks([])
    panel.grid(visible=False)
    said: Sequence[object] = [None] * len(y)
    if network is None:
        panel.set_xlabel("diverged", color=GREY)
    else:
        across, up = (
            start + (np.arange(PIXELS) + 0.5) / PIXELS * (end - start) for start, end in zip(low, high, strict=True)
        )
        asked = np.stack([own.ravel() for own in np.meshgrid(across, up)], axis=1)
        tints = np.array([_tint(label) for label in range(len(CLASSES))])
        regions = tints[_answers(network, asked) % len(CLASSES)].reshape(PIXELS, PIXELS, 3)
        extent = (low[0], high[0], low[1], high[1])
        panel.imshow(regions, extent=extent, origin="lower", aspect="auto", interpolation="none", zorder=0)
        said = _answers(network, x).tolist()
        panel.set_xlabel(f"{100 * np.mean(said == y):.1f} % right", labelpad=3)
    for label in range(int(y.max()) + 1):
        own = x[:ROWS][y[:ROWS] == label]
        marker = entries.MARKERS[label % len(entries.MARKERS)]
        panel.plot(*own.T, marker, ms=3, mew=0, color=CLASSES[label % len(CLASSES)], zorder=3)
    return said


def _answers(network: Network, x: entries.Table) -> np.ndarray:
    """The class that a network gives each row."""
    population = network.population()
    return np.concatenate([found[0].argmax(axis=1) for _, found in outputs_by_chunk(population, x)])


def _tint(label: int) -> tuple[int, ...]:
    """The pale colour of a class's region, 0 .. 255."""
    return tuple(round(255 * (0.72 + 0.28 * part)) for part in to_rgb(CLASSES[label % len(CLASSES)]))


_CAPTION = (
    "Axes are the two features. Pale areas are the class that the first replicate's network gives a point; marks are "
    f"{ROWS} of its validation rows, colour and shape by class. Below is the share of all validation rows that it has "
    "right."
)
