"""Resemblance: how much rows look like the template that answers them."""

from collections.abc import Mapping

import numpy as np

from mindgap.claims.probes import Network, Probe
from mindgap.params.run import RunSpec
from mindgap.tasks import Task
from mindgap.words import words


class Resemblance(Probe):
    """`resemblance`: over validation rows x, the mean cosine between x and w_u, the weights of the first layer's unit
    that answers it most, u = argmax_u (x w_u + b_u); without a hidden layer, those of the class that is said.

    Rows and weights are as the network has them, so centred where rows were. A template that looks like its rows has 1.
    """

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"resemblance": None}

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        return words("it is of units that see whole rows, and filters do not") if spec.model.convolution else None

    def look(self, network: Network) -> Mapping[str, float]:
        x, population = np.asarray(network.split("val").x, np.float64), network.population()
        weights, bias = (found[0] for found in population.architecture.layers(population.values)[0])
        answers = x @ weights + bias.reshape(-1)
        units = answers.argmax(axis=1)
        lengths = np.linalg.norm(x, axis=1) * np.linalg.norm(weights, axis=0)[units]
        products = np.einsum("rf,fr->r", x, weights[:, units])
        cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
        return {"resemblance": float(cosines.mean())}
