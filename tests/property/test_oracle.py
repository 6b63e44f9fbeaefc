"""Every layer against the graph engine, an independent oracle: values and all gradients, in float64.

Networks share their batch, or each has its own.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindgap.graph import gates, graph
from mindgap.graph.graph import Value
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.architecture import Architecture
from mindgap.nn.losses import LOSSES
from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.population import Population, Randomness
from tests.conftest import FixedDraws

LEAKS, RATES = [0.05, 0.3, 0.7], [0.0, 0.2, 0.6]
SETTINGS = {
    "label_smoothing": np.array([[0.0], [0.1], [0.4]]),
    "margin": np.array([[1.0], [0.3], [2.0]]),
    "huber_delta": np.array([[1.0], [0.2], [3.0]]),
}


DRAWS = FixedDraws(7)


def activate(z: Value, architecture: Architecture, values: dict[str, Value], layer: int, leak: np.ndarray) -> Value:
    """The activation of a layer, in small gates."""
    name = architecture.activation
    zero = np.zeros(1)
    positive = graph.maximum(z, zero)
    if name == "identity":
        return z
    if name in ("sigmoid", "tanh", "relu"):
        return gates.FINE[name](z)
    if name == "leaky_relu":
        return positive - leak * graph.maximum(-z, zero)
    if name == "prelu":
        return positive - values[f"activation{layer}.slope"] * graph.maximum(-z, zero)
    if name in ("elu", "selu"):
        alpha, scale = (leak, 1.0) if name == "elu" else (1.6732632423543772, 1.0507009873554805)
        return scale * (positive + alpha * (graph.exp(-graph.maximum(-z, zero)) - 1.0))
    if name == "arctan":
        return gates.arctan(z)
    if name == "sqnl":
        within = gates.clip(z, low=-2.0, high=2.0)
        return within - within * gates.absolute(within) / 4.0
    if name == "softplus":
        return graph.log(1.0 + graph.exp(z))
    if name == "gelu":
        return z * (1.0 + gates.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3.0))) / 2.0
    if name == "silu":
        return z * gates.FINE["sigmoid"](z)
    assert name == "maxout"
    count, rows, width = z.data.shape
    return gates.max_over(
        gates.reshape(z, shape=(count, rows, architecture.pieces, width // architecture.pieces)), axis=2
    )


def normalize(x: Value, architecture: Architecture, values: dict[str, Value], layer: int) -> Value:
    """Normalisation as in training, in small gates."""
    scale, shift = values[f"norm{layer}.scale"], values[f"norm{layer}.shift"]
    count, rows, units = x.data.shape
    if architecture.normalization == "batch":
        centred = x - gates.mean_over(x, axis=1, keepdims=True)
        normal = centred / (gates.mean_over(centred * centred, axis=1, keepdims=True) + 1e-5) ** 0.5
        return scale * normal + shift
    groups = 1 if architecture.normalization == "layer" else architecture.groups
    grouped = gates.reshape(x, shape=(count, rows, groups, units // groups))
    centred = grouped - gates.mean_over(grouped, axis=3, keepdims=True)
    normal = centred / (gates.mean_over(centred * centred, axis=3, keepdims=True) + 1e-5) ** 0.5
    if architecture.normalization == "instance":
        own = (count, 1, groups, 1)
        wide = gates.reshape(scale, shape=own) * normal + gates.reshape(shift, shape=own)
        return gates.reshape(wide, shape=(count, rows, units))
    return scale * gates.reshape(normal, shape=(count, rows, units)) + shift


def expected_loss(outputs: Value, targets: np.ndarray, name: str) -> Value:
    """Each row's loss, (count, rows), in small gates."""
    _count, _rows, classes = outputs.data.shape
    onehot = np.eye(classes)[targets] if targets.dtype.kind == "i" else targets
    if name == "cross_entropy":
        smoothing = SETTINGS["label_smoothing"][..., None]
        wanted = (1 - smoothing) * onehot + smoothing / classes
        log_total = graph.log(graph.sum_over(graph.exp(outputs), axis=2, keepdims=True))
        return graph.sum_over(wanted * (log_total - outputs), axis=2)
    if name == "hinge":
        right = graph.sum_over(outputs * onehot, axis=2, keepdims=True)
        excess = graph.maximum(outputs - right + SETTINGS["margin"][..., None], np.zeros(1))
        return graph.sum_over(excess * (1 - onehot), axis=2)
    difference = outputs - onehot
    if name == "mse":
        return gates.mean_over(difference * difference, axis=2)
    if name == "mae":
        return gates.mean_over(gates.absolute(difference), axis=2)
    delta = SETTINGS["huber_delta"][..., None]
    size = gates.absolute(difference)
    near = size - graph.maximum(size - delta, np.zeros(1))
    return gates.mean_over(near * (size - near / 2.0), axis=2)


def expected(
    architecture: Architecture, flat: np.ndarray, x: np.ndarray, inverted: bool
) -> tuple[dict[str, Value], Value]:
    """The parameters and the outputs of a population in training, in small gates."""
    values = {name: Value(view) for name, view in architecture.views(flat).items()}
    leak = np.array(LEAKS).reshape(3, 1, 1)
    rates = np.array(RATES).reshape(3, 1, 1)
    noise = DRAWS.normal(0, *x.shape[-2:])
    output = Value(x + noise * rates)

    def drop(value: Value, part: int) -> Value:
        kept = (DRAWS.uniform(part, *value.data.shape[1:]) >= rates).astype(float)
        return value * (kept / (1 - rates) if inverted else kept)

    output = drop(output, 1)
    last = len(architecture.shapes)
    for layer in range(1, last + 1):
        output = output @ values[f"dense{layer}.weights"] + values[f"dense{layer}.bias"]
        if layer == last:
            return values, output
        if architecture.normalization != "none" and architecture.place == "before":
            output = normalize(output, architecture, values, layer)
        output = activate(output, architecture, values, layer, leak)
        if architecture.normalization != "none" and architecture.place == "after":
            output = normalize(output, architecture, values, layer)
        output = drop(output, 1 + layer)
    raise AssertionError


@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=20)
@given(
    hidden=st.lists(st.integers(2, 6), max_size=2),
    features=st.integers(1, 6),
    rows=st.integers(2, 8),
    outputs=st.integers(2, 5),
    work=st.sampled_from([(task, name) for name, loss in LOSSES.items() for task in loss.tasks]),
    normalization=st.sampled_from(["none", *NORMALIZATIONS]),
    place=st.sampled_from(["before", "after"]),
    inverted=st.booleans(),
    shared=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_values_and_all_gradients_equal_those_of_the_graph(
    activation, hidden, features, rows, outputs, work, normalization, place, inverted, shared, seed
):
    random, (task, loss_name) = np.random.default_rng(seed), work
    units = (features, *(2 * width for width in hidden), outputs)
    architecture = Architecture(units, activation, 3, normalization, place, 2)
    population = Population(architecture, LEAKS, rows, Randomness(RATES, RATES, RATES, inverted), dtype=np.float64)
    population.parameters[:] = random.normal(size=population.parameters.shape) * 0.7
    own = () if shared else (3,)
    x = random.normal(size=(*own, rows, features))
    regression = task == "regression"
    targets = random.normal(size=(*own, rows, outputs)) if regression else random.integers(outputs, size=(*own, rows))
    loss = LOSSES[loss_name](SETTINGS)

    values, logits = expected(architecture, population.parameters.copy(), x, inverted)
    losses = expected_loss(logits, targets, loss_name)
    gates.mean_over(losses, axis=1).backward()

    found = population.forward(x, DRAWS)
    np.testing.assert_allclose(found, logits.data, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(loss.values(found, targets), losses.data, rtol=1e-12, atol=1e-12)
    population.differentiate(x, targets, loss, DRAWS)
    for name, gradient in architecture.views(population.gradients).items():
        largest = max(1.0, float(np.abs(values[name].gradient).max()))
        np.testing.assert_allclose(gradient, values[name].gradient, rtol=1e-12, atol=1e-12 * largest, err_msg=name)
