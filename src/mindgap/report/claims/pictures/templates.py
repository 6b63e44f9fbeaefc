"""First-layer weights of each arm's network, each unit's or filter's drawn as an image."""

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from mindgap.claims.probes import Network
from mindgap.data.prepared import Dataset
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import WIDTH, Drawing, note, short
from mindgap.report.drawing.tiles import BORDER

MOST = 10
"""Units of an arm that are drawn: those with the largest weights in and out."""


def draw(tested: TestedClaim, task: str | None) -> Drawing:
    """One row of tiles an arm, of the first replicate's network, on one task, by default the first of images."""
    images = [name for name in tested.runs if task in (None, name) and _shape(tested, name) is not None]
    shape = _shape(tested, images[0]) if images else None
    if shape is None:
        return note("No task has images, so the first layer's weights have no picture.")
    networks = {arm: tested.network(images[0], arm) for arm in tested.claim.arms}
    found = {arm: _tiles(network, shape) for arm, network in networks.items() if network is not None}
    if not found:
        return note("No network was kept whose weights could be drawn.")
    canvas = Canvas(figsize=(WIDTH, 0.3 + 0.95 * len(found)), layout="constrained")
    grid = canvas.subplots(len(found), MOST, squeeze=False)
    rows: list[tuple[object, ...]] = []
    for (arm, (tiles, units)), row in zip(found.items(), grid, strict=True):
        for panel in row:
            panel.set_axis_off()
        for panel, (unit, tile) in zip(row, tiles.items(), strict=False):
            rows += [(images[0], arm, unit, *place, weight) for place, weight in np.ndenumerate(tile)]
            far = float(np.abs(tile).max()) or 1.0
            panel.imshow(tile, cmap="RdBu_r", vmin=-far, vmax=far, interpolation="none")
            panel.add_patch(Rectangle((0, 0), 1, 1, transform=panel.transAxes, clip_on=False, **BORDER))
        row[0].set_title(_named(arm, len(tiles), units), fontsize=9)
    return Drawing(
        canvas,
        _CAPTION + " Networks that diverged are left out." * (len(found) < len(networks)),
        table=table_of(("task", "arm", "unit", "row", "column", "weight"), rows),
    )


def _shape(tested: TestedClaim, task: str) -> tuple[int, int, int] | None:
    """Of the task's images; None where it has none, or arms see other features."""
    found = {Dataset.read(folder).image_shape for folder in tested.view.data.get(task, {}).values()}
    return found.pop() if len(found) == 1 else None


def _tiles(network: Network, shape: tuple[int, int, int]) -> tuple[dict[int, np.ndarray], int]:
    """The images (height, width) of the first layer's units, those that count most first, and how many there are.

    Of a filter it is its window.
    """
    population = network.population()
    architecture = population.architecture
    dense = architecture.layers(population.values)
    first = dense[0][0][0]
    size = np.linalg.norm(first, axis=0)
    if architecture.blocks:
        side = architecture.blocks[0].kernel
        tiles = first.reshape(shape[2], side, side, -1).mean(axis=0)
    else:
        tiles = first.reshape(*shape, -1).mean(axis=2)
    if len(dense) > 1 and not architecture.blocks:
        outwards = np.linalg.norm(dense[1][0][0], axis=1)
        size = size * np.tile(outwards, len(size) // len(outwards))  # maxout has its units' pieces one after another
    order = np.argsort(-size, kind="stable")[:MOST] if len(dense) > 1 else np.arange(min(len(size), MOST))
    return {int(unit): tiles[..., unit] for unit in order}, len(size)


def _named(arm: str, shown: int, units: int) -> str:
    return short(arm, 30) if shown == units else f"{short(arm, 30)}: {shown} of {units}"


_CAPTION = (
    "Each tile is what goes into a unit, or a filter, of the first layer of the first replicate's network: red weights "
    "are positive, blue ones negative, white is zero, each tile on its own scale. Without a hidden layer a tile is a "
    "class; else units that count most, by their weights in and out, come first, and filters by their weights."
)
