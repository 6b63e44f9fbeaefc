"""The gate `first_loss`: does a network that knows nothing lose what it must?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.population import Population
from mindgap.results.check import GateResult
from mindgap.stages.gates import Case, Gate
from mindgap.training.networks import initialize_runs, loss_of, population_of
from mindgap.words import words

WITHIN = 0.05
"""The share of the expected loss by which the measured one may differ."""


class FirstLossGate(Gate):
    """With weights near zero all outputs are, and the loss is what it must be there: ln(classes) for cross-entropy."""

    question = words("Does a network that knows nothing yet, its weights near zero, lose what outputs of zero do?")

    @classmethod
    def ask(cls, case: Case) -> GateResult:
        x, y = case.train.x[:1000], case.train.y[:1000]
        population = population_of([case.run], case.features, case.outputs, 1, image=case.image)
        initialize_runs(population, [case.run])
        loss = loss_of([case.run])
        expected = loss.at_zero(case.outputs, y)
        own = float(loss.values(_logits(population, x), y).mean())
        population.parameters[:, : population.architecture.weights] *= np.float32(0.01)
        small = float(loss.values(_logits(population, x), y).mean())
        figures: dict[str, float] = {
            "expected": expected,
            "own": own,
            "outputs": case.outputs,
            "logarithm": int(loss.probabilities),
        }
        return GateResult("first_loss", small, WITHIN, bool(abs(small - expected) <= WITHIN * expected), figures)

    @staticmethod
    @words
    def expected(result: GateResult) -> str:
        text = "{expected:.4f} within 5 %" + (", ln {outputs}" if result.figures["logarithm"] else "")
        return text.format(**result.figures)

    @staticmethod
    @words
    def explanation(result: GateResult) -> str:
        return f"With the study's own first weights the loss begins at {result.figures['own']:.4f}."


def _logits(population: Population, x: NDArray[np.float32]) -> NDArray[Any]:
    step = population.rows
    parts = [population.forward(np.ascontiguousarray(x[i : i + step])).copy() for i in range(0, len(x), step)]
    return np.concatenate(parts, axis=1)
