"""Feature maps: what the filters of each block say of a few images."""

import numpy as np
from matplotlib.figure import Figure as Canvas

from mindgap.report.drawing.style import WIDTH, Drawing, note
from mindgap.report.drawing.tiles import mosaic, scaled
from mindgap.report.study import FinishedStudy

TITLE = "What the filters make of an image"

ROWS, FILTERS = 3, 12
"""Images, one a line, and filters of each block that are shown, those that say most."""


def draw(study: FinishedStudy) -> Drawing:
    """An image a line, and beside it the activations of a few filters of each block, before pooling."""
    architecture, images = study.architecture, study.images
    if images is None or not architecture.blocks:
        return note("Without convolution, no feature maps.")
    rows = np.ascontiguousarray(images.rows[:ROWS])
    population = study.winner(len(rows))
    population.forward(rows)
    columns = [(images.shown(rows)[:, None], "image")]
    for number, block in enumerate(population.blocks, start=1):
        maps = block.passage.filtered.spread(block.activation.output)[0].transpose(3, 0, 1, 2)
        most = np.argsort(-np.abs(maps).sum(axis=(0, 2, 3)), kind="stable")[:FILTERS]
        columns.append((maps[:, np.sort(most)], f"block {number}"))
    widths = [tiles.shape[1] if place else 1.6 for place, (tiles, _) in enumerate(columns)]
    canvas = Canvas(figsize=(WIDTH, 0.3 + WIDTH * len(rows) / sum(widths)), layout="constrained")
    panels = canvas.subplots(1, len(columns), width_ratios=widths)
    for panel, (tiles, name) in zip(panels, columns, strict=True):
        flat = scaled(tiles.reshape(-1, *tiles.shape[2:]))
        panel.imshow(mosaic(flat, tiles.shape[1], 1), cmap="gray_r", interpolation="none", aspect="equal")
        panel.set_title(name)
        panel.set_axis_off()
    return Drawing(
        canvas,
        f"The first {len(rows)} validation images, one a line, and what filters of the first seed say at each place of "
        "them after the activation: the darker, the more, each map on a scale of its own. Of a block with more than "
        f"{FILTERS} filters, those that say most.",
    )
