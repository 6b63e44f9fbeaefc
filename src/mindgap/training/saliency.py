"""Saliency: what pictures of a deconvolutional network are worth, beside random weights and hidden pixels."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array
from mindgap.nn.deconvolution import excitement, reconstruction
from mindgap.nn.population import Population, initialize
from mindgap.params.run import RunSpec
from mindgap.training.networks import randomness_of

Images = NDArray[np.floating]

EXAMPLES, HIDES = 3, 0.2
"""Rows a filter, and the share of the pixels that it sees that are made blank, where nothing else is asked."""


class Worth(NamedTuple):
    """Of a block's pictures, each a mean over its filters and the rows that excite them most.

    `alike`: how much they resemble those of a network of random weights for the same filters and rows, by Spearman's
    rank correlation of their pixels' sizes (Adebayo et al. 2018, model parameter randomisation); 1 where they are the
    same, and so tell nothing of what was learned.

    `over_chance` and `over_bright`: how much more of a filter's activation is lost where a share of the pixels that it
    sees is blank, those at which its picture is largest in size, than where as many are at random, and than where it is
    those that differ most from a blank image.

    `over_filters`: how much less they resemble those of random weights than those of the next filter of the same
    network for the same rows; None where there is one filter. Above 0, they say more of what was learned than of which
    filter it is.
    """

    alike: float
    over_chance: float
    over_bright: float
    over_filters: float | None


def untrained(trained: Population, spec: RunSpec, random: np.random.Generator) -> Population:
    """A network like this one of a spec, with first weights from draws of its own."""
    settings = spec.settings()
    chance, dtype = randomness_of([spec]), trained.values.dtype.type
    found = Population(trained.architecture, [settings["leak"]], trained.rows, chance, dtype)
    initialize(found, spec.model.init, [settings["init_gain"]], [[random]] * len(found.architecture.shapes), [0])
    return found


def worth(
    trained: Population,
    drawn: Population,
    block: int,
    x: Array,
    blank: Array,
    random: np.random.Generator,
    *,
    examples: int,
    hides: float,
) -> Worth | None:
    """What the pictures of a block's filters are worth, on the `examples` rows of x that excite each most.

    `blank` (features,) is a blank image, and `hides` the share of pixels that are made so. None where no filter is
    excited by any row.
    """
    excited = excitement(trained, block, x)[0]
    rows = np.argsort(-excited, axis=0, kind="stable")[:examples].T.ravel()
    filters = np.repeat(np.arange(excited.shape[1]), len(rows) // excited.shape[1])
    fires = excited[rows, filters] > 0
    rows, filters = rows[fires], filters[fires]
    if not len(rows):
        return None
    count = excited.shape[1]
    own, other, beside = (
        np.abs(reconstruction(network, block, those, x[rows])[0]).reshape(len(rows), -1)
        for network, those in ((trained, filters), (drawn, filters), (trained, (filters + 1) % count))
    )
    alike, within = (
        float(np.mean([rank_correlation(*pair) for pair in zip(own, others, strict=True)]))
        for others in (other, beside)
    )
    kept, by_chance, by_brightness = (
        _left(trained, block, filters, x[rows], blank, np.where(own > 0, sizes, -1), hides) / excited[rows, filters]
        for sizes in (own, random.random(own.shape), np.abs(x[rows] - blank))
    )
    return Worth(
        alike=alike,
        over_chance=float(np.mean(by_chance - kept)),
        over_bright=float(np.mean(by_brightness - kept)),
        over_filters=within - alike if count > 1 else None,
    )


def rank_correlation(a: Images, b: Images) -> float:
    """Spearman's, equal values having their mean rank; 0 where all of a or of b are equal, which resembles nothing."""
    one, other = (ranks - ranks.mean() for ranks in (_ranks(a), _ranks(b)))
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size else 0.0


def _ranks(values: Images) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return ranks


def _left(
    network: Population,
    block: int,
    filters: NDArray[np.integer],
    x: Array,
    blank: Array,
    sizes: Images,
    hides: float,
) -> Images:
    """Each filter's activation where the pixels of the largest sizes are blank; those below 0 are not seen."""
    counts = np.ceil(hides * (sizes >= 0).sum(axis=1))
    ranks = np.argsort(np.argsort(-sizes, axis=1, kind="stable"), axis=1, kind="stable")
    left = np.where(ranks < counts[:, None], blank, x).astype(x.dtype)
    found: Images = excitement(network, block, left)[0][np.arange(len(x)), filters]
    return found
