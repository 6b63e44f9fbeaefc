"""The weights of the first layer, each unit's drawn as an image."""

import numpy as np

from mindgap.report.drawing.style import Drawing, note, short
from mindgap.report.drawing.tiles import Tiles
from mindgap.report.study import FinishedStudy

TITLE = "What the first layer looks for"

MOST = 64
"""Units shown; of more, the ones with the largest weights."""

NAMED = 0.3
"""Room for the name of a tile, above it."""


def draw(study: FinishedStudy) -> Drawing:
    """One tile a unit, all on one symmetric colour scale, so that tiles can be compared."""
    shape = study.dataset.image_shape
    if shape is None:
        return note("The features are not the pixels of images, so the first layer's weights have no picture.")
    (first, _), *others = study.architecture.layers(study.weights[:1])
    height, width, channels = shape
    blocks = study.architecture.blocks
    if blocks:
        weights = first[0].reshape(channels, blocks[0].kernel, blocks[0].kernel, -1).mean(axis=0)
    else:
        weights = first[0].reshape(height, width, channels, -1).mean(axis=2)
    count = weights.shape[-1]
    strongest = np.argsort(-np.square(weights).sum(axis=(0, 1)), kind="stable")
    shown = (strongest if others else np.arange(count))[:MOST]
    columns = 16 if len(shown) > 40 else 10
    tiles = Tiles(columns, -(-len(shown) // columns) * (1 + NAMED))
    limit = float(np.abs(weights[..., shown]).max()) or 1.0
    for place, own in enumerate(shown):
        line, column = divmod(place, columns)
        top = line * (1 + NAMED) + NAMED
        tiles.tile(weights[..., own], column + 0.05, top, limit)
        tiles.say(_name(study, int(own)), column + 0.05, top)
    return Drawing(tiles.canvas, _caption(study, len(shown), count, channels, limit))


def _name(study: FinishedStudy, own: int) -> str:
    """A unit's number, or the class whose output it is; pieces of a unit have its number."""
    hidden = study.architecture.hidden
    return str(own % hidden[0] + 1) if hidden else short(study.dataset.classes[own], 6) if study.target is None else ""


def _caption(study: FinishedStudy, shown: int, count: int, channels: int, limit: float) -> str:
    colours = " (mean over the colour channels)" if channels > 1 else ""
    architecture = study.architecture
    own = "filters" if architecture.blocks else "units"
    pieces = architecture.shapes[0][1] // [*architecture.hidden, architecture.units[-1]][0]
    kind = f"linear pieces of the {own}" if pieces > 1 else own
    if not architecture.hidden:
        which = "One tile for each class, in order" if study.target is None else "The weights of the one output"
    elif shown < count:
        which = f"The {shown} {kind} with the largest weights, of {count}, by their numbers, largest first"
    else:
        which = f"All {shown} {kind}, by their numbers, those with the largest weights first"
    worth = (
        "Red beside blue is an edge; of windows so small, noise and finds look much alike."
        if architecture.blocks
        else "Clean strokes mean that one found something; mere noise means that it learned little or fits chance."
    )
    return (
        f"{which}, from the first seed. Red is positive, blue negative{colours}, on one scale of up to {limit:.2g}. "
        f"{worth}"
    )
