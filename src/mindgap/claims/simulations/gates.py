"""Gates: a network as a computational graph, its non-linearity from one coarse gate or from small ones."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from mindgap.claims.simulations import Simulation
from mindgap.graph.gates import FINE
from mindgap.graph.graph import GATES, Value, matmul
from mindgap.params.base import Integer
from mindgap.streams import stream


class Gates(Simulation):
    """A loss of a random network of some hidden layers on 32 random rows, forwards and back.

    The history has one step: `gates`, how many there are in the graph; `values`, the numbers that they keep; `slope`,
    the derivative along a random direction of all weights, which two gradients share only if they are equal.
    """

    finds: ClassVar[Mapping[str, int | None]] = {"gates": None, "values": None, "slope": None}

    form: Literal["fused", "fine"] = Field("fused", description="One gate, or its equal in small ones.")
    gate: Literal["sigmoid", "tanh", "relu"] = Field("sigmoid", description="Which non-linearity.")
    layers: Integer = Field(3, ge=1, le=100, description="Hidden layers.")
    units: Integer = Field(64, ge=1, le=1000, description="Units of each.")

    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        loss, weights, directions = self._graph(self.form, seed, replicate)
        loss.backward()
        nodes = [value for value in loss.topological_order() if value.inputs]
        slope = sum(float(np.sum(own.gradient * way)) for own, way in zip(weights, directions, strict=True))
        return {"gates": [len(nodes)], "values": [sum(node.data.size for node in nodes)], "slope": [slope]}

    def seconds(self, seed: int) -> Mapping[str, float]:
        taken: dict[str, list[float]] = {"fused": [], "fine": []}
        for number in range(50):
            for form, own in taken.items():
                began = perf_counter()
                self._graph(form, seed, number)[0].backward()
                own.append(perf_counter() - began)
        return {form: float(np.median(own)) for form, own in taken.items()}

    def _graph(self, form: str, seed: int, replicate: int) -> tuple[Value, list[Value], list[np.ndarray]]:
        """The loss, the weights, and a direction for each of these."""
        random = stream("simulation", seed=seed, replicate=replicate)
        widths = [self.units] * (self.layers + 1)
        weights = [
            Value(random.standard_normal((before, after)) / np.sqrt(before))
            for before, after in zip(widths, [*widths[1:], 1], strict=True)
        ]
        directions = [random.standard_normal(own.data.shape) for own in weights]
        gate = (FINE if form == "fine" else GATES)[self.gate]
        x = Value(random.standard_normal((32, self.units)))
        for own in weights[:-1]:
            x = gate(matmul(x, own))
        return matmul(x, weights[-1]) ** 2, weights, directions
