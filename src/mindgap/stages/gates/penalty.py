"""The gate `penalty`: does regularisation raise the loss?"""

import numpy as np

from mindgap.results.check import GateResult
from mindgap.stages.gates import Case, Gate, objective
from mindgap.streams import stream
from mindgap.training.networks import loss_of
from mindgap.words import words


class PenaltyGate(Gate):
    """The penalised loss with l2 = 1 against that without, near the first weights."""

    question = words("Does regularisation raise the loss?")

    @classmethod
    def ask(cls, case: Case) -> GateResult:
        population = case.in_float64()
        weights = population.parameters[:, : population.architecture.weights]
        weights += 0.01 * stream("check", seed=case.run.seed).standard_normal(weights.shape)  # those of 0 have none
        x, targets = case.train.x[: population.rows].astype(np.float64), case.train.y[: population.rows]
        plain, penalised = (objective(population, x, targets, l2, loss_of([case.run])) for l2 in (0.0, 1.0))
        figures = {"plain": plain, "penalised": penalised}
        return GateResult("penalty", penalised - plain, 0.0, penalised > plain, figures)

    @staticmethod
    @words
    def expected(result: GateResult) -> str:
        return "more than 0"

    @staticmethod
    @words
    def explanation(result: GateResult) -> str:
        text = "{plain:.4f} without, {penalised:.4f} with l2 = 1; both near the first weights."
        return text.format(**result.figures)
