"""Back-propagation against central differences, for every component, in float64."""

import numpy as np
import pytest

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.architecture import Architecture
from mindgap.nn.losses import LOSSES
from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.population import Population, Randomness
from tests.conftest import FixedDraws
from tests.unit.test_nn import ELEMENTWISE, at

SETTINGS = {
    "label_smoothing": [[0.0], [0.1], [0.3]],
    "margin": [[1.0], [0.5], [2.0]],
    "huber_delta": [[1.0], [0.3], [3.0]],
}
NORMALIZED = [("none", "before", 1), *((name, place, 2) for name in NORMALIZATIONS for place in ("before", "after"))]


DRAWS = FixedDraws(3)


def loss_named(name: str):
    return LOSSES[name]({setting: np.array(values) for setting, values in SETTINGS.items()})


def population(architecture: Architecture, *, dropout: float = 0.0, form: bool = True) -> Population:
    leak = [0.01, 0.1, 0.3]
    randomness = Randomness([dropout] * 3, [dropout / 2] * 3, [dropout] * 3, inverted=form)
    networks = Population(architecture, leak, 7, randomness, dtype=np.float64)
    networks.parameters[:] = np.random.default_rng(1).normal(size=networks.parameters.shape) * 0.5
    return networks


def error_along(networks: Population, direction: np.ndarray, loss_name: str) -> float:
    """Largest relative difference, over the networks, between gradient and slope along one direction.

    Where the loss is almost level that way, it is relative to a hundredth of what the gradient's length allows for.
    """
    random = np.random.default_rng(2)
    x, loss = random.normal(size=(7, networks.architecture.units[0])), loss_named(loss_name)
    classification = "classification" in loss.tasks
    targets = random.integers(networks.architecture.units[-1], size=7) if classification else random.normal(size=7)

    def values() -> np.ndarray:
        return loss.values(networks.forward(x, DRAWS), targets).mean(axis=1)

    networks.differentiate(x, targets, loss, DRAWS)
    analytic = (networks.gradients * direction).sum(axis=1)
    smooth = allowed(networks.architecture, loss_name) < 1e-6
    origin, length = networks.parameters.copy(), 1e-5 if smooth else 1e-6  # the shorter, the fewer kinks between
    networks.parameters[:] = origin + length * direction
    above = values()
    networks.parameters[:] = origin - length * direction
    numeric = (above - values()) / (2 * length)
    least = 0.01 * np.linalg.norm(networks.gradients, axis=1) * np.linalg.norm(direction, axis=1)
    return float(np.max(np.abs(analytic - numeric) / np.maximum(np.abs(analytic), least)))


def allowed(architecture: Architecture, loss: str) -> float:
    return 1e-4 if ACTIVATIONS[architecture.activation].kinked or LOSSES[loss].kinked else 1e-7


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 4, 4)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backpropagation_agrees_with_the_slope_along_a_random_direction(activation, hidden, dropout, loss):
    architecture = Architecture((4, *hidden, 3 if "classification" in LOSSES[loss].tasks else 1), activation)
    networks = population(architecture, dropout=dropout, form=activation != "tanh")
    direction = np.random.default_rng(4).normal(size=networks.parameters.shape)
    assert error_along(networks, direction, loss) < allowed(architecture, loss)


@pytest.mark.parametrize(("normalization", "place", "groups"), NORMALIZED)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backpropagation_agrees_with_the_slope_for_every_parameter_group(activation, normalization, place, groups):
    architecture = Architecture((4, 6, 8, 3), activation, 2, normalization, place, groups)
    networks = population(architecture)
    for number, group in enumerate(architecture.layout):
        if group.kind == "statistic":
            continue
        direction = np.zeros_like(networks.parameters)
        view = architecture.views(direction)[group.name]
        view[:] = np.random.default_rng(number).normal(size=view.shape)
        # Dividing by small deviations bends the loss, and differences over the same length come less near.
        limit = 10 * allowed(architecture, "cross_entropy")
        assert error_along(networks, direction, "cross_entropy") < limit, group.name


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_the_derivative_is_the_slope_of_the_value(activation):
    z = np.linspace(-3, 3, 100).reshape(1, 10, 10)  # an even number of points, so none on a kink at 0
    slope = (at(activation, z + 1e-6)[0] - at(activation, z - 1e-6)[0]) / 2e-6
    np.testing.assert_allclose(at(activation, z)[1], slope, atol=1e-8)
