"""The components' formulas, by hand-worked numbers."""

import numpy as np
import pytest

from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.architecture import Architecture
from mindgap.nn.arrays import flush
from mindgap.nn.hidden import Site
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.layers import Dropout
from mindgap.nn.losses.cross_entropy import CrossEntropy
from mindgap.nn.optimizers import FLUSH_EVERY, OPTIMIZERS
from mindgap.nn.population import Population, initialize
from tests.conftest import FixedDraws

PLAIN = {name: np.array([[value]]) for name, value in (("label_smoothing", 0.0), ("margin", 1.0), ("huber_delta", 1.0))}
SETTINGS = {"learning_rate": 0.1, "momentum": 0.9, "beta2": 0.99, "epsilon": 1e-8, "bias_correction": 1}


ELEMENTWISE = [name for name in ACTIVATIONS if name not in ("maxout", "prelu")]
"""Functions of one number that learn nothing."""


def at(name: str, z: np.ndarray, leak: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes of a function of one number at z (1, rows, units).

    The values must be the same in training and in use.
    """
    own = np.full((1, 1, 1), leak, z.dtype)
    function = ACTIVATIONS[name](Site(z.shape[2], z.shape[1], {}, {}, own, pieces=2, groups=1, exponential=False))
    used = function.forward(z.copy(), None).copy()
    values = function.forward(z.copy(), FixedDraws())
    np.testing.assert_array_equal(values, used)
    return values, function.backward(np.ones_like(z))


def steps(name: str, gradients: list[float]) -> list[float]:
    """The weight, from 1, after a step with each gradient."""
    columns = {setting: np.array([[value]]) for setting, value in SETTINGS.items()}
    optimizer = OPTIMIZERS[name](columns, np.float64)
    weight, state = np.array([[1.0]]), np.zeros((optimizer.slots, 1, 1))
    path = []
    for number, gradient in enumerate(gradients, start=1):
        rate = columns["learning_rate"]
        optimizer.update(weight, np.array([[gradient]]), state, np.empty((1, 1)), number, rate)
        path.append(float(weight[0, 0]))
    return path


def test_sgd_takes_three_hand_worked_steps():
    assert steps("sgd", [1.0, 2.0, -1.0]) == pytest.approx([0.9, 0.7, 0.8])


def test_momentum_takes_three_hand_worked_steps():
    # v = -0.1, then 0.9 * -0.1 - 0.2 = -0.29, then 0.9 * -0.29 + 0.1 = -0.161
    assert steps("momentum", [1.0, 2.0, -1.0]) == pytest.approx([0.9, 0.61, 0.449])


def test_where_the_rate_falls_the_velocity_keeps_what_it_was_given():
    # v = -0.1, then 0.9 * -0.1 - 0.01 * 2 = -0.11; with the rate outside it would be -0.01 * (0.9 + 2) = -0.029
    columns = {setting: np.array([[value]]) for setting, value in SETTINGS.items()}
    optimizer, weight, state = OPTIMIZERS["momentum"](columns, np.float64), np.array([[1.0]]), np.zeros((1, 1, 1))
    for number, (gradient, rate) in enumerate([(1.0, 0.1), (2.0, 0.01)], start=1):
        optimizer.update(weight, np.array([[gradient]]), state, np.empty((1, 1)), number, np.array([[rate]]))
    assert weight.item() == pytest.approx(1 - 0.1 - 0.11)


def test_adam_takes_three_hand_worked_steps():
    # m = 0.1, 0.29, 0.161; v = 0.01, 0.0499, 0.059401
    # m / (1 - 0.9^t) = 1, 0.29 / 0.19, 0.161 / 0.271; v / (1 - 0.99^t) = 1, 0.0499 / 0.0199, 0.059401 / 0.029701
    first = 1 - 0.1
    second = first - 0.1 * (0.29 / 0.19) / np.sqrt(0.0499 / 0.0199)
    third = second - 0.1 * (0.161 / 0.271) / np.sqrt(0.059401 / 0.029701)
    assert steps("adam", [1.0, 2.0, -1.0]) == pytest.approx([first, second, third], rel=1e-7)


def hand_worked(name: str, gradients: np.ndarray, epsilon: float, corrected: bool) -> np.ndarray:
    """The weights in float64, from 0, after a step with each gradient; as in the papers."""
    rate, beta1, beta2 = SETTINGS["learning_rate"], SETTINGS["momentum"], SETTINGS["beta2"]
    first, second, weight, path = 0.0, 0.0, 0.0, []
    for number, gradient in enumerate(gradients.astype(np.float64), start=1):
        first = beta1 * first + (1 - beta1) * gradient
        second = second + gradient**2 if name == "adagrad" else beta2 * second + (1 - beta2) * gradient**2
        up, down = gradient, second
        if name.startswith("adam"):
            up = first / (1 - beta1**number) if corrected else first
            down = second / (1 - beta2**number) if corrected else second
        weight = weight - rate * up / (np.sqrt(down) + epsilon)
        path.append(weight)
    return np.array(path)


@pytest.mark.parametrize("epsilon", [1e-30, 1e-20, 1e-12, 1e-10, 1e-8, 1e-3])
@pytest.mark.parametrize(
    ("name", "corrected"), [("adam", True), ("adam", False), ("adamw", True), ("rmsprop", True), ("adagrad", True)]
)
def test_steps_by_squares_are_right_in_float32_whatever_epsilon(name, corrected, epsilon):
    sizes = 10.0 ** np.arange(-26, 4)
    gradients = (np.random.default_rng(0).normal(1, 0.5, size=(100, len(sizes))) * sizes).astype(np.float32)
    settings = {**SETTINGS, "epsilon": epsilon, "bias_correction": corrected}
    columns = {setting: np.array([[value]]) for setting, value in settings.items()}
    optimizer, scratch = OPTIMIZERS[name](columns, np.float32), np.empty((1, len(sizes)), np.float32)
    weights, state = np.zeros_like(scratch), np.zeros((optimizer.slots, *scratch.shape), np.float32)
    found = []
    for number, gradient in enumerate(gradients, start=1):
        optimizer.update(weights, gradient[None].copy(), state, scratch, number, columns["learning_rate"])
        found.append(weights[0].copy())
    expected = hand_worked(name, gradients, epsilon, corrected)
    assert np.abs(np.array(found) - expected).max() <= len(gradients) * 2.0**-24 * np.abs(expected).max()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_gradient_a_weight_stays_even_where_epsilon_is_no_float32(name):
    columns = {setting: np.array([[value]]) for setting, value in {**SETTINGS, "epsilon": 1e-60}.items()}
    optimizer = OPTIMIZERS[name](columns, np.float32)
    weights, state = np.ones((1, 1), np.float32), np.zeros((optimizer.slots, 1, 1), np.float32)
    for number in (1, 2):
        zero = np.zeros_like(weights)
        optimizer.update(weights, zero, state, np.empty_like(weights), number, columns["learning_rate"])
    assert weights == 1


@pytest.mark.parametrize("epsilon", [1e-8, 1e-30])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_decaying_state_never_becomes_denormal(name, epsilon):
    columns = {setting: np.array([[value]]) for setting, value in {**SETTINGS, "epsilon": epsilon}.items()}
    optimizer = OPTIMIZERS[name](columns, np.float32)
    weights, state = np.ones((1, 3), np.float32), np.zeros((optimizer.slots, 1, 3), np.float32)
    gradient = np.array([[1, 1e-6, 1e3]], np.float32)
    for number in range(1, 400 * FLUSH_EVERY):
        rate = columns["learning_rate"]
        optimizer.update(weights, gradient.copy(), state, np.empty((1, 3), np.float32), number, rate)
        gradient[:] = 0
        small = np.abs(state[state != 0])
        assert (small >= np.finfo(np.float32).tiny).all()


def test_flushing_keeps_what_is_not_small():
    values = np.array([1.0, 1e-3, -2e-7, 1e-30, -4e-45], np.float32)
    flush(values, 1e-12)
    np.testing.assert_allclose(values[:3], [1.0, 1e-3, -2e-7], rtol=1e-6)
    assert (values[3:] == 0).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity", [-2.0, 0.0, 3.0]),
        ("sigmoid", [1 / (1 + np.e**2), 0.5, 1 / (1 + np.e**-3)]),
        ("tanh", [np.tanh(-2), 0.0, np.tanh(3)]),
        ("relu", [0.0, 0.0, 3.0]),
        ("leaky_relu", [-0.2, 0.0, 3.0]),
    ],
)
def test_activations_have_their_textbook_values(name, expected):
    values, _ = at(name, np.array([[[-2.0, 0.0, 3.0]]]))
    np.testing.assert_allclose(values[0, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_activations_meet_extreme_inputs_without_overflow_or_denormals(name):
    z = np.array([[[-1e4, -200.0, -90.0, 90.0, 200.0, 1e4]]], np.float32)
    with np.errstate(over="raise", invalid="raise"):
        found = at(name, z)
    for values in found:
        small = np.abs(values[values != 0])
        assert np.isfinite(values).all()
        assert (small >= np.finfo(np.float32).tiny).all()


LIMITS = {
    "arctan": ((-np.pi / 2, np.pi / 2), (0, 0)),
    "elu": ((-0.1, np.inf), (0, 1)),
    "gelu": ((0, np.inf), (0, 1)),
    "identity": ((-np.inf, np.inf), (1, 1)),
    "leaky_relu": ((-np.inf, np.inf), (0.1, 1)),
    "relu": ((0, np.inf), (0, 1)),
    "selu": ((-1.6732632 * 1.0507010, np.inf), (0, 1.0507010)),
    "sigmoid": ((0, 1), (0, 0)),
    "silu": ((0, np.inf), (0, 1)),
    "softplus": ((0, np.inf), (0, 1)),
    "sqnl": ((-1, 1), (0, 0)),
    "tanh": ((-1, 1), (0, 0)),
}
"""The limits at -inf and inf of each activation, and of its slope."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_activations_and_their_slopes_reach_their_limits(name, dtype):
    limits, slopes = LIMITS[name]
    far = float(np.finfo(dtype).max) / 2
    with np.errstate(all="ignore"):
        values, found = at(name, np.array([[[-np.inf, -far, -1e30, 1e30, far, np.inf]]], dtype))
    finite = [
        slope * z if np.isinf(limit) else limit for limit, slope, z in zip(limits, slopes, (-far, far), strict=True)
    ]
    near = [
        slope * z if np.isinf(limit) else limit for limit, slope, z in zip(limits, slopes, (-1e30, 1e30), strict=True)
    ]
    expected = [limits[0], finite[0], near[0], near[1], finite[1], limits[1]]
    np.testing.assert_allclose(values[0, 0], expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found[0, 0], np.repeat(slopes, 3), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_what_is_no_number_stays_none(name):
    with np.errstate(all="ignore"):
        values, _ = at(name, np.array([[[np.nan, 1.0]]], np.float32))
    assert np.isnan(values[0, 0]).tolist() == [True, False]


def test_a_leak_of_0_gives_0_however_far_below():
    with np.errstate(all="ignore"):
        values, slopes = at("leaky_relu", np.array([[[-np.inf, -3e38, -1.0, 2.0, np.inf]]], np.float32), leak=0.0)
    assert values[0, 0].tolist() == [0, 0, 0, 2, np.inf]
    assert slopes[0, 0].tolist() == [0, 0, 0, 1, 1]


def test_prelu_and_maxout_reach_their_limits():
    z = np.array([[[-np.inf, -3e38, 3e38, np.inf]]], np.float32)
    for slope, expected in ((0.0, [0, 0, 3e38, np.inf]), (0.5, [-np.inf, -1.5e38, 3e38, np.inf])):
        values, gradients = {"slope": np.full((1, 1, 4), slope, np.float32)}, {"slope": np.empty((1, 1, 4), np.float32)}
        site = Site(4, 1, values, gradients, np.full((1, 1, 1), 0.1, np.float32), pieces=2, groups=1, exponential=False)
        prelu = ACTIVATIONS["prelu"](site)
        np.testing.assert_allclose(prelu.forward(z.copy(), FixedDraws())[0, 0], expected, rtol=1e-6)
        back = prelu.backward(np.ones_like(z))[0, 0]
        assert back.tolist() == [slope, slope, 1, 1]
        assert gradients["slope"][0, 0, 2:].tolist() == [0, 0]
    site = Site(2, 1, {}, {}, np.full((1, 1, 1), 0.1, np.float32), pieces=2, groups=1, exponential=False)
    maxout = ACTIVATIONS["maxout"](site)
    assert maxout.forward(z, FixedDraws())[0, 0].tolist() == [z[0, 0, 2], np.inf]
    assert maxout.backward(np.ones((1, 1, 2), np.float32))[0, 0].tolist() == [0, 0, 1, 1]


def test_cross_entropy_of_equal_logits_is_the_log_of_the_classes():
    values = CrossEntropy(PLAIN).values(np.zeros((1, 2, 10)), np.array([3, 7]))
    np.testing.assert_allclose(values, np.log(10))


def test_cross_entropy_has_a_hand_worked_value_and_gradient():
    logits = np.log(np.array([[[1.0, 2.0, 5.0]]]))  # probabilities 1/8, 2/8, 5/8
    loss = CrossEntropy(PLAIN)
    np.testing.assert_allclose(loss.values(logits, np.array([1])), [[np.log(4)]])
    loss.gradient(logits, np.array([1]))
    np.testing.assert_allclose(logits[0, 0], [1 / 8, 2 / 8 - 1, 5 / 8])


def test_cross_entropy_is_finite_for_huge_logits():
    logits = np.array([[[1e4, -1e4, 0.0]]], np.float32)
    loss = CrossEntropy(PLAIN)
    np.testing.assert_allclose(loss.values(logits, np.array([1])), [[2e4]])
    loss.gradient(logits, np.array([1]))
    np.testing.assert_allclose(logits[0, 0], [1, -1, 0], atol=1e-9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zeros", 0),
        ("normal", 0.5),
        ("uniform", 0.5),
        ("xavier", 0.5 * 0.1),
        ("xavier_uniform", 0.5 * 0.1),
        ("he", 0.5 * np.sqrt(2 / 120)),
        ("he_uniform", 0.5 * np.sqrt(2 / 120)),
        ("lecun", 0.5 * np.sqrt(1 / 120)),
        ("lecun_uniform", 0.5 * np.sqrt(1 / 120)),
        ("orthogonal", 0.5 * np.sqrt(1 / 120)),
    ],
)
def test_initialisers_give_their_standard_deviation(name, expected):
    weights = drawn(name, 120, 80)
    assert weights.std() == pytest.approx(expected, rel=0.03)
    assert abs(weights.mean()) <= 0.05 * expected


def drawn(name: str, fan_in: int, fan_out: int) -> np.ndarray:
    """A layer's first weights with gain 0.5; its biases must be 0."""
    population = Population(Architecture((fan_in, fan_out)), [0.0], 1)
    initialize(population, name, [0.5], [[np.random.default_rng(0)]], [0])
    ((weights, bias),) = population.architecture.layers(population.values)
    assert (bias == 0).all()
    return weights[0]


def test_the_constant_initialiser_gives_the_gain():
    assert (drawn("constant", 3, 4) == 0.5).all()


@pytest.mark.parametrize(("fan_in", "fan_out"), [(7, 7), (9, 4), (4, 9)])
def test_orthogonal_weights_are_orthonormal(fan_in, fan_out):
    weights = drawn("orthogonal", fan_in, fan_out) / 0.5
    product = weights.T @ weights if fan_in >= fan_out else weights @ weights.T
    np.testing.assert_allclose(product, np.eye(min(fan_in, fan_out)), atol=1e-6)


def test_every_initialiser_is_tried_above():
    tried = {"zeros", "constant", "normal", "uniform", "orthogonal"}
    assert set(INITIALIZERS) == tried | {
        f"{name}{kind}" for name in ("xavier", "he", "lecun") for kind in ("", "_uniform")
    }


def test_dropout_keeps_the_expected_activation_and_drops_its_share():
    layer = Dropout(np.array([0.0, 0.25, 0.8]).reshape(3, 1, 1), units=400, rows=500, part=0)
    kept = layer.forward(np.ones((3, 500, 400)), FixedDraws())
    np.testing.assert_allclose(kept.mean(axis=(1, 2)), 1, rtol=0.01)
    np.testing.assert_allclose((kept == 0).mean(axis=(1, 2)), [0, 0.25, 0.8], atol=0.005)


def test_inverted_dropout_does_nothing_in_use_and_vanilla_scales():
    x = np.ones((1, 3, 4))
    assert (Dropout(np.full((1, 1, 1), 0.9), units=4, rows=3, part=0).forward(x, None) == 1).all()
    vanilla = Dropout(np.full((1, 1, 1), 0.9), units=4, rows=3, part=0, inverted=False)
    np.testing.assert_allclose(vanilla.forward(x, None), 0.1)
    assert set(np.unique(vanilla.forward(x, FixedDraws()))) <= {0, 1}


def test_a_network_computes_its_hand_worked_logits():
    architecture = Architecture((2, 2, 2), "relu")
    network = Population(architecture, [0.0], 1, dtype=np.float64)
    (first, first_bias), (second, second_bias) = architecture.layers(network.values)
    first[:], first_bias[:] = [[[1, -1], [2, 1]]], [[[0.5, 0]]]
    second[:], second_bias[:] = [[[1, 2], [3, 4]]], [[[0, -1]]]
    # z = (1*3 + 2*1 + 0.5, -3 + 1) = (5.5, -2); a = (5.5, 0); logits = (5.5, 11 - 1)
    np.testing.assert_allclose(network.forward(np.array([[3.0, 1.0]])), [[[5.5, 10.0]]])


def test_weights_come_first_in_the_flat_parameters_and_biases_after():
    architecture = Architecture((3, 4, 2), "relu")
    flat = np.arange(architecture.parameters, dtype=float)[None]
    (first, first_bias), (second, second_bias) = architecture.layers(flat)
    assert (architecture.weights, architecture.parameters) == (20, 26)
    assert [view.ravel()[0] for view in (first, second, first_bias, second_bias)] == [0, 12, 20, 24]
