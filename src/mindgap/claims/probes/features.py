"""Features: whether first filters are edges, and what the pictures of a deconvolutional network are worth."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.data.prepared import Dataset
from mindgap.nn.deconvolution import excitement, reconstruction
from mindgap.nn.population import Population
from mindgap.params.base import Fraction, Integer
from mindgap.params.run import RunSpec
from mindgap.tasks import Task
from mindgap.training.networks import initialize_runs, population_of
from mindgap.words import words

Images = NDArray[np.float64]

BY_BLOCK = ("alike", "over_chance", "over_bright")


class Features(Probe):
    """Of a network with convolution; by block, but for `edges`, and from the `examples` validation rows that excite
    each filter most.

    `edges`: the mean share of a first filter's variance that a plane explains, which is dark at one side and bright at
    the other. `alike`: how much the reconstructions of a deconvolutional network (Zeiler and Fergus 2014) resemble
    those of another draw of first weights for the same filters and rows, by the size of Spearman's rank correlation
    over pixels (Adebayo et al. 2018); 1 where they tell nothing of what was learned.

    `over_chance` and `over_bright`: how much more of a filter's activation is lost where a share `hides` of the pixels
    that it sees is blank, those at which the reconstruction is largest in size, than where as many are at random, and
    than where it is those that differ most from a blank image. As a feature, a blank pixel is 0.
    """

    examples: Integer = Field(3, ge=1, le=100, description="Rows a filter.")
    hides: Fraction = Field(0.2, description="Share of the pixels a filter sees that are made blank.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        blocks = len(spec.model.convolution)
        return {"edges": None, **dict.fromkeys(BY_BLOCK, blocks)}

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        return None if spec.model.convolution else words("it looks at filters, and model.convolution is empty")

    def look(self, network: Network) -> Mapping[str, list[float | None] | float]:
        x = np.asarray(network.split("val").x, np.float64)
        trained, untrained = network.population(rows=len(x)), network.population(rows=len(x))
        other = network.spec.model_copy(update={"seed": network.spec.seed + 1})
        dataset = Dataset.read(network.data)
        drawn = population_of([other], dataset.features, dataset.outputs, 1, image=dataset.image_shape)
        initialize_runs(drawn, [other])
        untrained.values[:] = drawn.values
        random = network.random()
        found = [self._block(trained, untrained, block, x, random) for block in range(len(trained.blocks))]
        return {"edges": _edges(trained), **{name: [block[name] for block in found] for name in BY_BLOCK}}

    def _block(
        self, trained: Population, drawn: Population, block: int, x: Images, random: np.random.Generator
    ) -> dict[str, float | None]:
        excited = excitement(trained, block, x)[0]
        alive = np.flatnonzero(excited.max(axis=0) > 0)
        if not len(alive):
            return dict.fromkeys(BY_BLOCK)
        rows = np.argsort(-excited[:, alive], axis=0, kind="stable")[: self.examples].T.ravel()
        filters = np.repeat(alive, len(rows) // len(alive))
        fires = excited[rows, filters] > 0
        rows, filters = rows[fires], filters[fires]
        own, others = (reconstruction(network, block, filters, x[rows])[0] for network in (trained, drawn))
        told, told_others = (np.abs(images).reshape(len(rows), -1) for images in (own, others))
        before = excited[rows, filters]
        kept, by_chance, by_brightness = (
            self._after(trained, block, x[rows], np.where(told > 0, size, -1), filters) / before
            for size in (told, random.random(told.shape), np.abs(x[rows]))
        )
        alike = [abs(_rank_correlation(*pair)) for pair in zip(told, told_others, strict=True)]
        return {
            "alike": float(np.mean(alike)),
            "over_chance": float(np.mean(by_chance - kept)),
            "over_bright": float(np.mean(by_brightness - kept)),
        }

    def _after(self, network: Population, block: int, x: Images, sizes: Images, filters: NDArray[np.integer]) -> Images:
        """Each filter's activation where the pixels of the largest sizes are blank; those below 0 are not seen."""
        counts = np.ceil(self.hides * (sizes >= 0).sum(axis=1)).astype(int)
        ranks = np.argsort(np.argsort(-sizes, axis=1, kind="stable"), axis=1, kind="stable")
        left = np.where(ranks < counts[:, None], 0.0, x)
        found: Images = excitement(network, block, left)[0][np.arange(len(x)), filters]
        return found


def _edges(network: Population) -> float:
    """The mean share of a first filter's variance that a plane over its window explains."""
    first, block = network.blocks[0], network.architecture.blocks[0]
    weights = network.architecture.layers(network.values)[0][0][0]
    windows = weights.reshape(first.passage.given.channels, block.kernel**2, -1)
    line, column = np.mgrid[: block.kernel, : block.kernel].reshape(2, -1) - (block.kernel - 1) / 2
    plane = np.linalg.qr(np.stack([line, column], axis=1))[0]
    centred = windows - windows.mean(axis=1, keepdims=True)
    variance = (centred**2).sum(axis=1)
    explained = ((plane.T @ centred) ** 2).sum(axis=1)
    return float(np.mean(explained[variance > 0] / variance[variance > 0]))


def _rank_correlation(a: Images, b: Images) -> float:
    """Spearman's correlation of two pictures' pixels, where either says anything."""
    there = (a > 0) | (b > 0)
    one, other = (np.argsort(np.argsort(values[there], kind="stable"), kind="stable") for values in (a, b))
    return float(np.corrcoef(one, other)[0, 1]) if there.sum() > 1 else 0.0
