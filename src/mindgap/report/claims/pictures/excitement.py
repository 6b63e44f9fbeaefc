"""What excites filters of each arm's network, and their pictures by the deconvolutional network."""

import numpy as np

from mindgap.claims.probes import Network
from mindgap.nn.deconvolution import excitement, has_way_back, reconstruction
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import Drawing, note, short
from mindgap.report.drawing.tiles import Image, Tiles
from mindgap.report.study import Images
from mindgap.training.saliency import EXAMPLES

FILTERS = 5
"""Filters of an arm that are drawn, those of the largest activations."""


def draw(tested: TestedClaim, task: str | None, block: int) -> Drawing:
    """By arm two lines: the images that excite a filter of a block most, and under each its picture; on one task, by
    default the first of images.
    """
    for name in (name for name in tested.runs if task in (None, name)):
        networks = {arm: tested.network(name, arm) for arm in tested.claim.arms}
        found = {arm: pair for arm, own in networks.items() if own is not None and (pair := _seen(own, block))}
        if found:
            return _drawing(name, found)
    return note(f"No task has images and filters in block {block + 1}, so there is nothing that excites them.")


Pair = tuple[dict[int, Image], dict[int, Image]]
"""By filter the images that excite it (examples, height, width), and its pictures of them."""


def _drawing(task: str, found: dict[str, Pair]) -> Drawing:
    tiles, rows = Tiles(FILTERS * (EXAMPLES + 0.3), 2.9 * len(found)), []
    for line, (arm, (images, pictures)) in enumerate(found.items()):
        top = 2.9 * line + 0.85
        tiles.say(short(arm, 30), 0.05, top - 0.35, title=True)
        for place, own in enumerate(images):
            left = 0.05 + place * (EXAMPLES + 0.3)
            tiles.say(f"filter {own + 1}", left, top)
            for number, (image, picture) in enumerate(zip(images[own], pictures[own], strict=True)):
                tiles.tile(image, left + number, top)
                tiles.tile(picture, left + number, top + 1, float(np.abs(picture).max()) or 1.0)
                rows += [(task, arm, own + 1, number + 1, *at, value) for at, value in np.ndenumerate(picture)]
    return Drawing(
        tiles.canvas,
        f"Of the first replicate's network up to {FILTERS} filters of the block, those that say most, with the "
        f"{EXAMPLES} validation images that excite each most, and under an image what goes back from there to the "
        "pixels (Zeiler and Fergus 2014): red where a pixel speaks for the filter, blue where against, each on its own "
        "scale.",
        table=table_of(("task", "arm", "filter", "example", "row", "column", "value"), rows),
    )


def _seen(network: Network, block: int) -> Pair | None:
    """None where there is no such block of an image's filters, or no way back from it."""
    images, population = Images.of(network.data), network.population()
    if images is None or not has_way_back(population.architecture) or block >= len(population.blocks):
        return None
    x = images.some
    excited = excitement(population, block, x)[0]
    strongest = np.sort(np.argsort(-excited.max(axis=0), kind="stable")[:FILTERS])
    best = {int(own): np.argsort(-excited[:, own], kind="stable")[:EXAMPLES] for own in strongest}
    return (
        {own: images.shown(x[rows]) for own, rows in best.items()},
        {
            own: reconstruction(population, block, np.full(len(rows), own), x[rows])[0].mean(axis=3)
            for own, rows in best.items()
        },
    )
