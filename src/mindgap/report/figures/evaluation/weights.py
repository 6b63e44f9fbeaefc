"""The weights of the first layer, each unit's drawn as an image."""

import numpy as np
from matplotlib.figure import Figure as Canvas

from mindgap.report.drawing.style import WIDTH, Drawing, note
from mindgap.report.drawing.tiles import mosaic
from mindgap.report.study import FinishedStudy

TITLE = "What the first layer looks for"

MOST = 64
"""Units shown; of more, the ones with the largest weights."""


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
    columns = min(len(shown), 16 if len(shown) > 40 else 10)
    gap = max(1, round(min(weights.shape[:2]) / 9))
    tiles = mosaic(weights[..., shown].transpose(2, 0, 1), columns, gap)
    limit = float(np.abs(weights[..., shown]).max()) or 1.0
    tall = tiles.shape[0] / tiles.shape[1]
    canvas = Canvas(figsize=(WIDTH, min(0.2 + 0.86 * WIDTH * tall, 9)), layout="constrained")
    panel = canvas.add_subplot()
    image = panel.imshow(tiles, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="none")
    panel.set_axis_off()
    bar = canvas.colorbar(image, ax=panel, shrink=0.7, aspect=28, ticks=[-limit, 0, limit])
    bar.ax.set_yticklabels([f"{-limit:.2g}".replace("-", "−"), "0", f"{limit:.2g}"])
    bar.outline.set_visible(False)
    return Drawing(canvas, _caption(study, len(shown), count, channels))


def _caption(study: FinishedStudy, shown: int, count: int, channels: int) -> str:
    colours = " (mean over the colour channels)" if channels > 1 else ""
    architecture = study.architecture
    own = "filters" if architecture.blocks else "units"
    pieces = architecture.shapes[0][1] // [*architecture.hidden, architecture.units[-1]][0]
    kind = f"linear pieces of the {own}" if pieces > 1 else own
    if not architecture.hidden:
        which = "One tile for each class, in order" if study.target is None else "The weights of the one output"
    elif shown < count:
        which = f"The {shown} {kind} with the largest weights, of {count}, largest first"
    else:
        which = f"All {shown} {kind}, those with the largest weights first"
    return (
        f"{which}, from the first seed. Red is positive, blue negative{colours}, on one scale. "
        "Clean strokes mean that one found something; mere noise means that it learned little or fits chance."
    )
