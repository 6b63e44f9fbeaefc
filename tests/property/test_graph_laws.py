"""Laws of the computational graph: each gate has the slope it claims, and networks can be written in gates."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from mindgap.graph import gates, graph
from mindgap.graph.gates import FINE
from mindgap.graph.graph import GATES, Value

SEEDS = st.integers(0, 2**32)
ONE = array_shapes(max_dims=3, max_side=4).map(lambda shape: (shape,))
TWO = mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4).map(lambda found: found.input_shapes)
MATRICES = mutually_broadcastable_shapes(signature="(n,m),(m,p)->(n,p)", max_dims=1, max_side=3).map(
    lambda found: found.input_shapes
)
Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Case:
    """How to draw inputs and settings for a gate; `lowest` moves inputs to where the gate is defined and smooth."""

    shapes: st.SearchStrategy[tuple[tuple[int, ...], ...]]
    settings: Callable[[st.DataObject, Arrays], dict] = lambda data, arrays: {}
    lowest: float | None = None


def reduction(data: st.DataObject, arrays: Arrays) -> dict:
    axes = st.sets(st.integers(-arrays[0].ndim, -1), min_size=1).map(tuple)
    return {"axis": data.draw(st.none() | st.just(0) | axes), "keepdims": data.draw(st.booleans())}


def one_axis(data: st.DataObject, arrays: Arrays) -> dict:
    return {"axis": data.draw(st.integers(-arrays[0].ndim, arrays[0].ndim - 1)), "keepdims": data.draw(st.booleans())}


def condition(data: st.DataObject, arrays: Arrays) -> dict:
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    return {"condition": np.random.default_rng(data.draw(SEEDS)).random(shape) < 0.5}


def any_index(data: st.DataObject, arrays: Arrays) -> dict:
    rows = data.draw(st.lists(st.integers(-len(arrays[0]), len(arrays[0]) - 1), min_size=1, max_size=5))
    return {"index": data.draw(st.sampled_from([np.array(rows), slice(None, None, -2), (..., None, 0), rows[0]]))}


CASES = {
    "add": Case(TWO),
    "subtract": Case(TWO),
    "multiply": Case(TWO),
    "divide": Case(TWO, lowest=0.5),
    "matmul": Case(MATRICES),
    "exp": Case(ONE),
    "log": Case(ONE, lowest=0.5),
    "power": Case(
        ONE, lambda data, arrays: {"exponent": data.draw(st.sampled_from([-1.5, -1, 0.5, 2, 3]))}, lowest=0.5
    ),
    "absolute": Case(ONE),
    "arctan": Case(ONE),
    "erf": Case(ONE),
    "maximum": Case(TWO),
    "max_over": Case(ONE, one_axis),
    "clip": Case(ONE, lambda data, arrays: data.draw(st.sampled_from([{}, {"low": -1}, {"low": -0.5, "high": 1}]))),
    "where": Case(TWO, condition),
    "sum_over": Case(ONE, reduction),
    "mean_over": Case(ONE, reduction),
    "reshape": Case(ONE, lambda data, arrays: {"shape": data.draw(st.sampled_from([(-1,), (1, -1)]))}),
    "gather": Case(ONE, any_index),
    "sigmoid": Case(ONE),
    "tanh": Case(ONE),
    "relu": Case(ONE),
    "softmax_cross_entropy": Case(
        st.sampled_from([((4,), (4,)), ((2, 5, 3), (5, 3)), ((3, 1, 2), (4, 2)), ((1, 1), (1,))])
    ),
}


def distinct(random: np.random.Generator, shapes: tuple[tuple[int, ...], ...], lowest: float | None = None) -> Arrays:
    """Arrays of odd multiples of 1/64 in (-2, 2), no two alike: at least 1/64 from kinks at 0, 1 and ties."""
    numbers = (2 * random.permutation(np.arange(-64, 64)) + 1) / 64
    if lowest is not None:
        numbers = lowest + np.abs(numbers)
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(numbers[: ends[-1]], ends[:-1]), shapes, strict=True)]


def slope(function: Callable[[float], np.ndarray], length: float = 1e-4) -> np.ndarray:
    """f'(0) by central differences of fourth order, whose error is about length^4 and rounding / length."""
    near, far = function(length) - function(-length), function(2 * length) - function(-2 * length)
    return (8 * near - far) / (12 * length)


def assert_gradients_are_slopes(function: Callable[..., Value], arrays: Arrays, random: np.random.Generator) -> None:
    """Each input's gradient, of a random weighting of the outputs, against the slope along each of its elements."""
    values = [Value(array) for array in arrays]
    output = function(*values)
    weighting = random.uniform(0.5, 1.5, output.data.shape)
    output.backward(weighting)
    for number, array in enumerate(arrays):

        def shifted(by: float, index: tuple[int, ...], number: int = number) -> np.ndarray:
            moved = [other.copy() for other in arrays]
            moved[number][index] += by
            return function(*map(Value, moved)).data

        numeric = np.empty_like(array)
        for index in np.ndindex(array.shape):
            numeric[index] = (weighting * slope(lambda by, index=index: shifted(by, index))).sum()
        found = values[number].gradient
        scale = max(np.linalg.norm(numeric), np.linalg.norm(found))
        assert np.linalg.norm(found - numeric) <= 1e-7 * scale, (number, found, numeric)


def test_every_gate_is_tested_and_every_coarse_gate_has_a_fine_equal():
    assert set(CASES) == set(GATES)
    assert set(FINE) == {"sigmoid", "tanh", "relu", "softmax_cross_entropy"}


@pytest.mark.parametrize("name", GATES)
@settings(max_examples=30)
@given(data=st.data(), seed=SEEDS)
def test_a_gates_gradient_is_its_slope(name, data, seed):
    case, random = CASES[name], np.random.default_rng(seed)
    arrays = distinct(random, data.draw(case.shapes), case.lowest)
    chosen = case.settings(data, arrays)
    assert_gradients_are_slopes(lambda *values: GATES[name](*values, **chosen), arrays, random)


@pytest.mark.parametrize("name", FINE)
@given(data=st.data(), seed=SEEDS, stretch=st.sampled_from([1, 10, 100]))
def test_coarse_and_fine_agree_in_value_and_gradient(name, data, seed, stretch):
    random = np.random.default_rng(seed)
    arrays = distinct(random, data.draw(CASES[name].shapes))
    coarse, fine = ([Value(arrays[0] * stretch), *map(Value, arrays[1:])] for _ in range(2))
    one, other = GATES[name](*coarse), FINE[name](*fine)
    weighting = random.normal(size=one.data.shape)
    one.backward(weighting)
    other.backward(weighting)
    np.testing.assert_allclose(one.data, other.data, rtol=1e-13, atol=1e-13)
    for left, right in zip(coarse, fine, strict=True):
        np.testing.assert_allclose(left.gradient, right.gradient, rtol=1e-13, atol=1e-13)


@given(shapes=TWO, seed=SEEDS)
def test_broadcasting_is_repetition_and_its_gradient_the_sum_over_it(shapes, seed):
    random = np.random.default_rng(seed)
    arrays = distinct(random, shapes)
    whole = [Value(array) for array in np.broadcast_arrays(*arrays)]
    (whole[0] * whole[1]).backward()
    shorter = [Value(array) for array in arrays]
    (shorter[0] * shorter[1]).backward()
    for value, repeated in zip(shorter, whole, strict=True):
        extra = tuple(range(repeated.data.ndim - value.data.ndim))
        total = repeated.gradient.sum(axis=extra)
        ones = tuple(axis for axis, size in enumerate(value.data.shape) if size == 1)
        np.testing.assert_allclose(value.gradient, total.sum(axis=ones, keepdims=True), rtol=1e-13, atol=1e-13)


# What networks are made of, for a population: z is (count, rows, units), settings are (count, 1, 1).


def elu(z: Value, scale: float) -> Value:
    return gates.where(z, scale * (graph.exp(gates.clip(z, high=0)) - 1), condition=z.data > 0)


def square_nonlinearity(z: Value) -> Value:
    held = gates.clip(z, low=-2, high=2)
    return held - held * gates.absolute(held) / 4


def normalised(z: Value, axis: int | tuple[int, ...]) -> Value:
    centred = z - gates.mean_over(z, axis=axis, keepdims=True)
    return centred / (gates.mean_over(centred**2, axis=axis, keepdims=True) + 1e-5) ** 0.5


def group_normalised(z: Value, groups: int) -> Value:
    count, rows, units = z.data.shape
    grouped = gates.reshape(z, shape=(count, rows, groups, units // groups))
    return gates.reshape(normalised(grouped, axis=-1), shape=z.data.shape)


def maxout(z: Value, pieces: int) -> Value:
    count, rows, units = z.data.shape
    return gates.max_over(gates.reshape(z, shape=(count, rows, units // pieces, pieces)), axis=-1)


def hinge(z: Value) -> Value:
    rows, classes = z.data.shape[1:]
    labels = np.arange(rows) % classes
    wanted = z[:, np.arange(rows), labels]
    margins = graph.maximum(z - wanted[..., None] + 1.01, 0)
    return graph.sum_over(margins * (1 - np.eye(classes)[labels]), axis=-1)


def huber(residual: Value, delta: float) -> Value:
    size = gates.absolute(residual)
    held = gates.clip(size, high=delta)
    return held * (size - held / 2)


def smoothed_cross_entropy(z: Value) -> Value:
    rows, classes = z.data.shape[1:]
    return gates.softmax_cross_entropy(z, 0.9 * np.eye(classes)[np.arange(rows) % classes] + 0.1 / classes)


LEAKS = np.array([0.01, 0.1, 0.3]).reshape(3, 1, 1)
EXPRESSIONS: dict[str, Callable[[Value], Value]] = {
    "identity": lambda z: z * 1,
    "sigmoid": gates.sigmoid,
    "tanh": gates.tanh,
    "relu": gates.relu,
    "leaky relu": lambda z: gates.where(z, LEAKS * z, condition=z.data > 0),
    "elu": lambda z: elu(z, 1.5),
    "selu": lambda z: 1.0507 * elu(z, 1.6733),
    "maxout": lambda z: maxout(z, pieces=2),
    "arctan": gates.arctan,
    "square non-linearity": square_nonlinearity,
    "softplus": lambda z: graph.maximum(z, 0) + graph.log(1 + graph.exp(-gates.absolute(z))),
    "gelu": lambda z: z * (1 + gates.erf(z / math.sqrt(2))) / 2,
    "silu": lambda z: z * gates.sigmoid(z),
    "batch normalisation": lambda z: normalised(z, axis=1),
    "layer normalisation": lambda z: normalised(z, axis=2),
    "group normalisation": lambda z: group_normalised(z, groups=2),
    "dropout": lambda z: z * (np.arange(24).reshape(4, 6) % 5 > 0) / (1 - LEAKS),
    "smoothed cross-entropy": smoothed_cross_entropy,
    "hinge": hinge,
    "squared error": lambda z: gates.mean_over((z - 0.3) ** 2, axis=-1),
    "absolute error": lambda z: gates.mean_over(gates.absolute(z), axis=-1),
    "huber": lambda z: huber(z, 1.0),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@settings(max_examples=3)
@given(seed=SEEDS)
def test_what_networks_are_made_of_can_be_written_in_gates(name, seed):
    random = np.random.default_rng(seed)
    arrays = distinct(random, ((3, 4, 6),))
    assert_gradients_are_slopes(EXPRESSIONS[name], arrays, random)


@settings(max_examples=3)
@given(seed=SEEDS)
def test_a_slope_that_is_learned_has_its_gradient(seed):
    random = np.random.default_rng(seed)
    arrays = distinct(random, ((3, 4, 6), (3, 1, 6)))
    assert_gradients_are_slopes(lambda z, leak: gates.where(z, leak * z, condition=z.data > 0), arrays, random)


def network_losses(x: np.ndarray, parameters: Arrays) -> tuple[list[Value], Value]:
    """Losses (count,) of dense nets with batch norm, Swish of learned slope, dropout and L2; and their leaves."""
    leaves = [Value(array) for array in parameters]
    first, scale, shift, sharpness, second, bias = leaves
    hidden = normalised(x @ first, axis=1) * scale + shift
    hidden = hidden * gates.sigmoid(sharpness * hidden)
    kept = np.random.default_rng(0).random((len(x), first.data.shape[2])) > 0.3
    losses = gates.mean_over(smoothed_cross_entropy((hidden * kept / 0.7) @ second + bias), axis=1)
    return leaves, losses + 0.05 * graph.sum_over(second**2, axis=(1, 2))


def network_parameters(random: np.random.Generator, count: int) -> Arrays:
    shapes = [(4, 6), (1, 6), (1, 6), (1, 6), (6, 3), (1, 3)]
    return [random.normal(size=(count, *shape)) for shape in shapes]


@settings(max_examples=20)
@given(seed=SEEDS, rows=st.integers(3, 20), count=st.integers(1, 5))
def test_a_populations_gradient_is_its_slope_along_a_random_direction(seed, rows, count):
    random = np.random.default_rng(seed)
    x, parameters = random.normal(size=(rows, 4)), network_parameters(random, count)
    direction = network_parameters(random, count)
    leaves, losses = network_losses(x, parameters)
    losses.backward()
    analytic = sum((leaf.gradient * way).sum() for leaf, way in zip(leaves, direction, strict=True))

    def moved(by: float) -> np.ndarray:
        at = [array + by * way for array, way in zip(parameters, direction, strict=True)]
        return network_losses(x, at)[1].data.sum()

    assert slope(moved) == pytest.approx(analytic, rel=1e-7)


@settings(max_examples=20)
@given(seed=SEEDS, count=st.integers(2, 5))
def test_a_networks_gradient_is_that_of_its_being_alone(seed, count):
    random = np.random.default_rng(seed)
    x, parameters = random.normal(size=(7, 4)), network_parameters(random, count)
    together, losses = network_losses(x, parameters)
    losses.backward()
    for number in range(count):
        alone, loss = network_losses(x, [array[number : number + 1] for array in parameters])
        loss.backward()
        for one, many in zip(alone, together, strict=True):
            np.testing.assert_allclose(many.gradient[number], one.gradient[0], rtol=1e-13, atol=1e-13)


@settings(max_examples=10)
@given(seed=SEEDS)
def test_equal_graphs_give_equal_bits(seed):
    x, parameters = np.random.default_rng(seed).normal(size=(7, 4)), network_parameters(np.random.default_rng(seed), 3)
    both = [network_losses(x, parameters) for _ in range(2)]
    for _, losses in both:
        losses.backward()
    for one, other in zip(both[0][0], both[1][0], strict=True):
        assert one.gradient.tobytes() == other.gradient.tobytes()
