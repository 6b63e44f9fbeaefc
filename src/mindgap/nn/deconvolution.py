"""The deconvolutional network: which pixels a feature of a block has seen where it is most excited."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import Array
from mindgap.nn.population import Population


def has_way_back(architecture: Architecture) -> bool:
    """Whether there are blocks, and nothing among a unit's pieces is to be chosen on the way back, as in maxout."""
    return bool(architecture.blocks) and architecture.shapes[0][1] == architecture.blocks[0].filters


def excitement(population: Population, block: int, x: Array) -> Array:
    """The greatest activation of each filter of a block in each row of x (rows, features): (count, rows, filters).

    Blocks are counted from 0. As many rows are looked at together as the population has buffers for.
    """
    found = []
    said = population.blocks[block]
    for piece in _pieces(population, x):
        population.forward(x[piece])
        maps = said.passage.filtered.spread(said.activation.output)
        found.append(maps.max(axis=(2, 3)).swapaxes(1, 2))
    return np.concatenate(found, axis=1)


def reconstruction(population: Population, block: int, filters: NDArray[np.integer], x: Array) -> Array:
    """What excites one filter of a block most in each row of x, as pixels (count, rows, height, width, channels).

    `filters` (rows,) are the filters by row. Of the block's maps, before they are pooled, all but the greatest value of
    that filter, its `excitement`, are set to 0. It goes back from block to block (Zeiler and Fergus 2014, section 2.1):
    where the maximum was taken from there it returns, what is negative is cut off, and the filters, transposed, put it
    where they had seen it. A mean spreads evenly. Normalisations are left out: they shift and scale whole maps.
    """
    pieces = _pieces(population, x)
    return np.concatenate([_reconstruction(population, block, filters[piece], x[piece]) for piece in pieces], axis=1)


def _pieces(population: Population, x: Array) -> Iterator[slice]:
    return (slice(start, start + population.rows) for start in range(0, len(x), population.rows))


def _reconstruction(population: Population, block: int, filters: NDArray[np.integer], x: Array) -> Array:
    population.forward(x)
    said = population.blocks[block]
    spread = said.passage.filtered.spread(said.activation.output)
    rows = spread.shape[-1]
    own = spread[:, filters, :, :, np.arange(rows)]  # (rows, count, height, width)
    kept = np.zeros_like(spread)
    flat = own.reshape(rows, len(spread), -1)
    line, column = np.unravel_index(flat.argmax(axis=2), own.shape[2:])
    for network in range(len(spread)):
        places = (network, filters, line[:, network], column[:, network], np.arange(rows))
        kept[places] = spread[places]
    maps = said.passage.filtered.joined(kept)
    for number in range(block, -1, -1):
        through = population.blocks[number]
        if number < block and through.pooling is not None:
            maps = through.pooling.backward(maps)
        maps = through.convolution.transposed(np.maximum(maps, 0))
    image = population.blocks[0].passage.given.spread(maps)
    return np.ascontiguousarray(image.transpose(0, 4, 2, 3, 1))


def seen(population: Population, block: int) -> int:
    """Lines and columns of the image that one value of a block's filters looks at, before it is pooled."""
    size = 1
    for number, built in reversed([*enumerate(population.architecture.blocks[: block + 1])]):
        pooled = built.pool_size if number < block else 1
        size = (size * pooled - 1) * built.stride + built.kernel
    return size
