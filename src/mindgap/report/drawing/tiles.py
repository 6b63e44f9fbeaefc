"""Tiles: small images side by side."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.floating]


def mosaic(tiles: Image, columns: int, gap: int) -> Image:
    """Tiles (count, height, width) in lines of so many columns, with empty lines (NaN) of `gap` between them."""
    count, height, width = tiles.shape
    lines = -(-count // columns)
    found = np.full((lines * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for place, tile in enumerate(tiles):
        top, left = (place // columns) * (height + gap), (place % columns) * (width + gap)
        found[top : top + height, left : left + width] = tile
    return found


def scaled(tiles: Image) -> Image:
    """Each tile divided by its greatest size, or as it is where it is empty."""
    greatest = np.abs(tiles).max(axis=(1, 2), keepdims=True)
    return tiles / np.where(greatest == 0, 1, greatest)
