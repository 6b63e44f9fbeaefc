"""The gate `gradient`: does back-propagation give the slope of the loss?"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.population import Population
from mindgap.results.check import GateResult
from mindgap.stages.gates import NO_DRAWS, Case, Gate, objective
from mindgap.streams import stream
from mindgap.training.networks import loss_of
from mindgap.words import words

SMOOTH, KINKED = 1e-7, 1e-4
"""Relative errors that rounding and, of functions whose slope jumps, kinks within the step allow."""

STEP = 1e-5

Slope = Callable[[NDArray[Any]], float]
"""From a direction to the loss's slope along it."""


class GradientGate(Gate):
    """Back-propagation against the central difference of the penalised loss along one direction, in float64.

    The direction is a random one plus the gradient's: a random one alone may be almost level, and its slope then
    drowns in rounding. Where they disagree, the parameter is named at which they do most.
    """

    question = words("Does back-propagation agree with the slope of the loss?")
    params = ("l2",)

    @classmethod
    def ask(cls, case: Case) -> GateResult:
        run, rows = case.run, case.few
        population, loss = case.in_float64(), loss_of([run])
        weights, l2 = population.architecture.weights, max(run.train.l2, 1e-3)
        x = np.asarray(rows.x, np.float64)
        population.differentiate(x, rows.y, loss, NO_DRAWS)
        gradient = population.gradients.copy()
        gradient[:, :weights] += l2 * population.parameters[:, :weights]
        random = stream("check", seed=run.seed).standard_normal(gradient.shape)
        direction = random / np.linalg.norm(random) + gradient / max(float(np.linalg.norm(gradient)), 1e-30)

        def slope(along: NDArray[Any]) -> float:
            return _slope(population, along, lambda: objective(population, x, rows.y, l2, loss))

        analytic, numeric = float((gradient * direction).sum()), slope(direction)
        error = _error(analytic, numeric)
        kinked = population.architecture.kinked or loss.kinked
        limit = KINKED if kinked else SMOOTH
        figures: dict[str, float | int | str] = {"analytic": analytic, "numeric": numeric}
        passed = bool(error <= limit)
        if not passed:
            figures |= _worst(population, gradient, slope)
        return GateResult("gradient", error, limit, passed, figures)

    @staticmethod
    @words
    def expected(result: GateResult) -> str:
        return f"a relative error of at most {result.limit:g}"

    @staticmethod
    @words
    def explanation(result: GateResult) -> str:
        text = "Along one direction: {analytic:.10g} by back-propagation, {numeric:.10g} by differences."
        if "parameter" in result.figures:
            text += " Most of all at {parameter}: {own_analytic:.10g} and {own_numeric:.10g}."
        return text.format(**result.figures)


def _error(analytic: float, numeric: float) -> float:
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric), 1e-12)


def _worst(population: Population, gradient: NDArray[Any], slope: Slope) -> dict[str, float | int | str]:
    """The parameter at which the two differ most: of each group that with the largest gradient, and as many evenly
    taken ones, up to 50 a group."""
    found: list[tuple[float, str, float, float]] = []
    start = 0
    for group in population.architecture.layout:
        if group.kind == "statistic":
            break
        own = gradient[0, start : start + group.size]
        places = {int(np.abs(own).argmax()), *np.linspace(0, group.size - 1, min(group.size, 50)).astype(int).tolist()}
        for place in sorted(places):
            along = np.zeros_like(gradient)
            along[0, start + place] = 1.0
            numeric = slope(along)
            index = ", ".join(map(str, np.unravel_index(place, group.shape)))
            found.append((abs(own[place] - numeric), f"{group.name}[{index}]", float(own[place]), numeric))
        start += group.size
    _, name, analytic, numeric = max(found)
    return {"parameter": name, "own_analytic": analytic, "own_numeric": numeric}


def _slope(population: Population, direction: NDArray[np.float64], value: Callable[[], float]) -> float:
    """The central difference of a value as the parameters move along a direction."""
    origin = population.parameters.copy()
    values = []
    for sign in (1, -1):
        population.parameters[:] = origin + sign * STEP * direction
        values.append(value())
    population.parameters[:] = origin
    return (values[0] - values[1]) / (2 * STEP)
