"""Tiles: small images side by side."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from mindgap.report.drawing.style import GREY, ORANGE, WIDTH

Image = NDArray[np.floating]

BORDER: dict[str, Any] = {"facecolor": "none", "edgecolor": "#9ca3af", "linewidth": 0.6}
"""Of a tile, so that it is seen where it is blank."""

SIDE = 0.9
"""Of a tile whose place is a unit square."""


class Tiles:
    """A canvas with so many places for tiles in a line, and so many lines; each tile has a border, and so is seen where
    it is blank. Places count from the upper left corner, and may lie between whole numbers.
    """

    def __init__(self, columns: float, lines: float) -> None:
        self.canvas = Canvas(figsize=(WIDTH, WIDTH * lines / columns))
        self._panel = self.canvas.add_axes((0, 0, 1, 1))
        self._panel.set_axis_off()
        self._size = (0, columns, lines, 0)
        self._panel.axis(self._size)

    def tile(self, image: Image, column: float, line: float, limit: float | None = None) -> None:
        """Draw an image (height, width), from white at 0 to black at 1; with a `limit`, from blue at -limit to red.

        Without one, what lies beyond 0 and 1 widens the scale.
        """
        width, height = self._scale(image)
        low, high = (min(0.0, image.min()), max(1.0, image.max())) if limit is None else (-limit, limit)
        self._panel.imshow(
            image,
            cmap="gray_r" if limit is None else "RdBu_r",
            vmin=low,
            vmax=high,
            extent=(column, column + width, line + height, line),
            interpolation="none",
        )
        self._panel.add_patch(Rectangle((column, line), width, height, **BORDER))
        self._panel.axis(self._size)

    def mark(self, image: Image, column: float, line: float, part: tuple[slice, slice]) -> None:
        """Draw a frame around a part of an image that is drawn at a place."""
        (top, bottom), (left, right) = ((part[axis].start, part[axis].stop) for axis in (0, 1))
        one = self._scale(image)[0] / image.shape[1]
        place, size = (column + one * left, line + one * top), (one * (right - left), one * (bottom - top))
        self._panel.add_patch(Rectangle(place, *size, facecolor="none", edgecolor=ORANGE, linewidth=1.2))

    def say(self, text: str, column: float, line: float, *, title: bool = False) -> None:
        """Write words whose first letter stands at a place, above what is drawn there."""
        size: dict[str, Any] = {"fontsize": 10, "fontweight": "bold"} if title else {"fontsize": 8, "color": GREY}
        self._panel.text(column, line - 0.06, text, va="bottom", **size)

    def _scale(self, image: Image) -> tuple[float, float]:
        """Width and height of an image in a place."""
        height, width = image.shape
        return SIDE * width / max(image.shape), SIDE * height / max(image.shape)
