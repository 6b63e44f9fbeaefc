"""Features: whether first filters are edges, and what the pictures of a deconvolutional network are worth."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.nn.population import Population
from mindgap.params.base import Fraction, Integer
from mindgap.params.run import RunSpec
from mindgap.tasks import Task
from mindgap.training.saliency import EXAMPLES, HIDES, Worth, untrained, worth
from mindgap.words import words


class Features(Probe):
    """Of a network with convolution: `edges`, the mean share of a first filter's variance that a plane explains, which
    is dark at one side and bright at the other; and by block what its pictures are `Worth`, see there.
    """

    examples: Integer = Field(EXAMPLES, ge=1, le=100, description="Validation rows a filter.")
    hides: Fraction = Field(HIDES, description="Share of the pixels a filter sees that are made blank.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"edges": None, **dict.fromkeys(Worth._fields, len(spec.model.convolution))}

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        if not spec.model.convolution:
            return words("it looks at filters, and model.convolution is empty")
        return words("of maxout there is no way back to pixels") if spec.model.activation == "maxout" else None

    def look(self, network: Network) -> Mapping[str, list[float | None] | float | None]:
        x, random = np.asarray(network.split("val").x, np.float64), network.random()
        trained = network.population()
        drawn = untrained(trained, network.spec, random)
        found = [
            worth(trained, drawn, block, x, network.blank, random, examples=self.examples, hides=self.hides)
            for block in range(len(trained.blocks))
        ]
        by_block = {name: [None if own is None else getattr(own, name) for own in found] for name in Worth._fields}
        return {"edges": _edges(trained), **by_block}


def _edges(network: Population) -> float | None:
    """The mean share of a first filter's variance that a plane over its window explains; None where all are even."""
    first, block = network.blocks[0], network.architecture.blocks[0]
    weights = network.architecture.layers(network.values)[0][0][0]
    windows = weights.reshape(first.passage.given.channels, block.kernel**2, -1)
    line, column = np.mgrid[: block.kernel, : block.kernel].reshape(2, -1) - (block.kernel - 1) / 2
    plane = np.linalg.qr(np.stack([line, column], axis=1))[0]
    centred = windows - windows.mean(axis=1, keepdims=True)
    variance = (centred**2).sum(axis=1)
    explained = ((plane.T @ centred) ** 2).sum(axis=1)
    uneven = variance > 0
    return float(np.mean(explained[uneven] / variance[uneven])) if uneven.any() else None
