"""Features: which images excite a filter most, and what it has seen in them, by the deconvolutional network."""

import numpy as np
from matplotlib.figure import Figure as Canvas

from mindgap.nn.deconvolution import excitement, reconstruction, seen
from mindgap.report.drawing.style import WIDTH, Drawing, note
from mindgap.report.drawing.tiles import mosaic, scaled
from mindgap.report.study import FinishedStudy

TITLE = "What excites a filter"

FILTERS, EXAMPLES, ROWS = 6, 3, 1024
"""Filters of each block, images of each, and validation rows among which they are found."""


def draw(study: FinishedStudy) -> Drawing:
    """By block and filter the images that excite it most, and under each what the filter has seen in it."""
    architecture, images = study.architecture, study.images
    if images is None or not architecture.blocks:
        return note("Without convolution, no filters.")
    x = np.ascontiguousarray(images.rows[:ROWS])
    population = study.winner(len(x))
    blocks = len(architecture.blocks)
    canvas = Canvas(figsize=(WIDTH, 0.2 + 2 * blocks * (0.22 + WIDTH / (FILTERS * EXAMPLES))), layout="constrained")
    panels = canvas.subplots(2 * blocks, 1, squeeze=False)[:, 0]
    for block in range(blocks):
        excited = excitement(population, block, x)[0]
        strongest = np.argsort(-excited.max(axis=0), kind="stable")[:FILTERS]
        best = np.argsort(-excited[:, strongest], axis=0, kind="stable")[:EXAMPLES]  # (examples, filters)
        chosen, filters = best.T.ravel(), np.repeat(strongest, len(best))
        back = reconstruction(population, block, filters, x[chosen])[0].mean(axis=3)
        upper, lower = panels[2 * block : 2 * block + 2]
        size = seen(population, block)
        upper.set_title(f"block {block + 1}: a filter sees {size} × {size} pixels")
        upper.imshow(_spaced(images.shown(x[chosen]), len(best)), cmap="gray_r", interpolation="none")
        lower.imshow(_spaced(scaled(back), len(best)), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="none")
    for panel in panels:
        panel.set_axis_off()
    return Drawing(
        canvas,
        f"Of each block up to {FILTERS} filters of the first seed, those that say most, and for each the {EXAMPLES} "
        f"validation images (of {len(x):,}) that excite it most. Under an image, what the filter's greatest value goes "
        "back to in its pixels (Zeiler and Fergus 2014): red where a pixel speaks for it, blue where against, each on "
        "its own scale. It shows what a filter saw there, and not yet what the network does with it: a network with "
        "random weights has such pictures too (claim C2 compares them).",
    )


def _spaced(tiles: np.ndarray, examples: int) -> np.ndarray:
    """Tiles in one line, with a wider gap after those of a filter."""
    wide = [mosaic(own, len(own), 1) for own in np.split(tiles, len(tiles) // examples)]
    gap = np.full((tiles.shape[1], max(2, tiles.shape[2] // 3)), np.nan)
    return np.concatenate([part for own in wide for part in (own, gap)][:-1], axis=1)
