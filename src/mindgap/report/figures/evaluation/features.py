"""Features: which images excite a filter most, and what it has seen in them, by the deconvolutional network."""

import numpy as np

from mindgap.nn.deconvolution import excitement, has_way_back, reconstruction, seen
from mindgap.report.drawing.style import Drawing, note
from mindgap.report.drawing.tiles import Image, Tiles
from mindgap.report.study import FinishedStudy
from mindgap.training.saliency import EXAMPLES

TITLE = "What excites a filter"

FILTERS = 5
"""Filters of each block."""

LEFT = 2.4
"""Where the tiles begin, behind the names of the lines."""

LINES = ("image", "what it sees", "its picture", "random weights")


def draw(study: FinishedStudy) -> Drawing:
    """By block and filter the images that excite it most, and under each what the filter has seen in it."""
    architecture, images = study.architecture, study.images
    if images is None or not architecture.blocks:
        return note("Without convolution, no filters.")
    if not has_way_back(architecture):
        return note("Maxout has no way back to pixels.")
    x = images.some
    network, random = study.winner(), study.untrained()
    blocks = len(architecture.blocks)
    tiles = Tiles(FILTERS * (EXAMPLES + 0.3) + LEFT, blocks * (len(LINES) + 1.2))
    silent = []
    for block in range(blocks):
        excited = excitement(network, block, x)[0]
        most = excited.max(axis=0)
        silent.append(f"{(most <= 0).sum()} of {len(most)} in block {block + 1}")
        strongest = np.sort(np.argsort(-most, kind="stable")[: min(FILTERS, (most > 0).sum())])
        top, size = block * (len(LINES) + 1.2) + 1.0, seen(network, block)
        height, width = images.pixels.shape[:2]
        window = f"{min(size, height)} × {min(size, width)} of {height} × {width} pixels"
        tiles.say(f"block {block + 1}: a filter sees {window}", 0.1, top - 0.35, title=True)
        for line, name in enumerate(LINES):
            tiles.say(name, 0.1, top + line + 0.65)
        for place, own in enumerate(strongest):
            rows = np.argsort(-excited[:, own], kind="stable")[: min(EXAMPLES, (excited[:, own] > 0).sum())]
            left = LEFT + place * (EXAMPLES + 0.3)
            tiles.say(f"filter {own + 1}", left, top)
            filters = np.full(len(rows), own)
            pictures, others = (reconstruction(of, block, filters, x[rows])[0].mean(axis=3) for of in (network, random))
            for number, image in enumerate(images.shown(x[rows])):
                part, elsewhere = (_window(found[number], size) for found in (pictures, others))
                tiles.tile(image, left + number, top)
                tiles.mark(image, left + number, top, part)
                tiles.tile(image[part], left + number, top + 1)
                for line, found in ((2, pictures[number][part]), (3, others[number][elsewhere])):
                    tiles.tile(found, left + number, top + line, float(np.abs(found).max()) or 1.0)
    return Drawing(
        tiles.canvas,
        f"Of each block up to {FILTERS} filters of the first seed, by their numbers, those that say most, and for each "
        f"up to {EXAMPLES} validation images (of {len(x):,}), those that excite it most, {images.drawn}. Under an "
        "image the part that the filter sees where it says most (framed), and its picture: what goes back from there "
        "to the pixels through the network (Zeiler and Fergus 2014), red where a pixel speaks for it, blue where "
        "against, each on its own scale; in block 1 it is the filter itself. Below is the picture of the same filter "
        "and image in a network of random weights, where that one says most. Filters that no image excites, which are "
        f"left out: {', '.join(silent)}.",
    )


def _window(picture: Image, size: int) -> tuple[slice, slice]:
    """Where a filter that sees so many lines and columns looks: around what is not 0 of its picture."""
    found = []
    for axis, length in enumerate(picture.shape):
        there = np.flatnonzero(np.abs(picture).max(axis=1 - axis))
        middle = int(there[0] + there[-1] + 1) // 2 if len(there) else length // 2
        side = min(size, length)
        start = min(max(middle - side // 2, 0), length - side)
        found.append(slice(start, start + side))
    return found[0], found[1]
