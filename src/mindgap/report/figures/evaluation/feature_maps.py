"""Feature maps: what the filters of each block say of a few images."""

import numpy as np

from mindgap.report.drawing.style import Drawing, note
from mindgap.report.drawing.tiles import Tiles
from mindgap.report.study import FinishedStudy

TITLE = "What the filters make of an image"

ROWS, FILTERS = 3, 12
"""Images, one a line, and filters of each block that are shown, those that say most."""


def draw(study: FinishedStudy) -> Drawing:
    """By block a line an image, and beside it the activations of a few filters, before pooling."""
    images, blocks = study.images, len(study.architecture.blocks)
    if images is None or not blocks:
        return note("Without convolution, no feature maps.")
    rows = np.ascontiguousarray(images.rows[:ROWS])
    seen = images.shown(rows)
    network = study.winner()
    network.forward(rows)
    tiles = Tiles(FILTERS + 1.4, blocks * (len(rows) + 1))
    silent = []
    for number, block in enumerate(network.blocks):
        top = number * (len(rows) + 1) + 0.85
        maps = block.passage.filtered.spread(block.activation.output)[0].transpose(0, 3, 1, 2)  # by filter and row
        says = np.abs(maps).max(axis=(1, 2, 3))
        silent.append(f"{(says == 0).sum()} of {len(says)} in block {number + 1}")
        strongest = np.argsort(-np.abs(maps).sum(axis=(1, 2, 3)), kind="stable")
        shown = np.sort(strongest[: min(FILTERS, (says > 0).sum())])
        size = block.passage.filtered
        tiles.say(f"block {number + 1}: maps of {size.height} × {size.width}", 0.1, top - 0.3, title=True)
        for line, image in enumerate(seen):
            tiles.tile(image, 0.1, top + line)
        for place, own in enumerate(shown):
            tiles.say(str(own + 1), 1.4 + place, top)
            limit = 1.0 if maps[own].min() < 0 else None
            for line, image in enumerate(maps[own] / (says[own] or 1.0)):
                tiles.tile(image, 1.4 + place, top + line, limit)
    return Drawing(
        tiles.canvas,
        f"The first {len(rows)} validation images, one a line, {images.drawn}, and what filters of the first seed, "
        "by their numbers, say at each place of them after the activation: the darker, the more, and where a filter "
        "may say less than nothing, red is more and blue is less. Each filter has one scale for all images. Of a block "
        f"with more than {FILTERS} filters, those that say most. Filters that say nothing of these images, which are "
        f"left out: {', '.join(silent)}.",
    )
