"""Back-propagation against central differences, for every component, in float64."""

import numpy as np
import pytest

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.losses import LOSSES
from mindgap.nn.network import Architecture, Population

KINKED = ("relu", "leaky_relu")


def population(activation: str, hidden: tuple[int, ...], *, dropout: float = 0.0, count: int = 3) -> Population:
    networks = Population(
        Architecture((4, *hidden, 3), activation),
        {"leak": [0.01, 0.1, 0.3][:count], "dropout": [dropout] * count},
        rows=7,
        dtype=np.float64,
    )
    networks.parameters[:] = np.random.default_rng(1).normal(size=networks.parameters.shape) * 0.5
    return networks


def error_along(networks: Population, direction: np.ndarray, loss_name: str) -> float:
    """Largest relative difference, over the networks, between gradient and slope along one direction."""
    random = np.random.default_rng(2)
    x, labels, loss = random.normal(size=(7, 4)), random.integers(3, size=7), LOSSES[loss_name]()

    def values() -> np.ndarray:
        return loss.values(networks.forward(x, np.random.default_rng(3)), labels).mean(axis=1)

    networks.differentiate(x, labels, loss, np.random.default_rng(3))
    analytic = (networks.gradients * direction).sum(axis=1)
    origin, length = networks.parameters.copy(), 1e-5
    networks.parameters[:] = origin + length * direction
    above = values()
    networks.parameters[:] = origin - length * direction
    numeric = (above - values()) / (2 * length)
    return float(np.max(np.abs(analytic - numeric) / np.maximum(np.abs(analytic), np.abs(numeric))))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5, 4)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backpropagation_agrees_with_the_slope_along_a_random_direction(activation, hidden, dropout, loss):
    networks = population(activation, hidden, dropout=dropout)
    direction = np.random.default_rng(4).normal(size=networks.parameters.shape)
    assert error_along(networks, direction, loss) < (1e-4 if activation in KINKED else 1e-7)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backpropagation_agrees_with_the_slope_for_every_parameter_group(activation, loss):
    networks = population(activation, (6, 5))
    groups = [views for layer in networks.architecture.split(networks.parameters) for views in layer]
    for number in range(len(groups)):
        direction = np.zeros_like(networks.parameters)
        views = [view for layer in networks.architecture.split(direction) for view in layer]
        views[number][:] = np.random.default_rng(number).normal(size=views[number].shape)
        assert error_along(networks, direction, loss) < (1e-4 if activation in KINKED else 1e-7)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_derivative_is_the_slope_of_the_value(activation):
    function = ACTIVATIONS[activation](np.full((1, 1, 1), 0.1))
    z = np.linspace(-3, 3, 100).reshape(1, 10, 10)  # an even number of points, so none on a kink at 0

    def value(at: np.ndarray) -> np.ndarray:
        out = np.empty_like(at)
        function.value(at, out)
        return out

    slope = (value(z + 1e-6) - value(z - 1e-6)) / 2e-6
    found, derivative = function.value_and_derivative(z.copy(), np.empty_like(z))
    np.testing.assert_array_equal(found, value(z))
    np.testing.assert_allclose(derivative, slope, atol=1e-8)
