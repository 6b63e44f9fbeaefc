"""Convolution, pooling and dropout of channels by other means: SciPy's correlation, plain loops, and what must hold."""

import tracemalloc

import numpy as np
import pytest
from scipy.signal import correlate

from mindgap.data.prepared import Split
from mindgap.nn import convolution
from mindgap.nn.architecture import Architecture, Block
from mindgap.nn.convolution import ChannelDropout
from mindgap.nn.losses.cross_entropy import CrossEntropy
from mindgap.nn.maps import Maps
from mindgap.nn.poolings import POOLINGS
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.training.measure import measure
from mindgap.training.networks import initialize_runs, population_of
from tests.conftest import FixedDraws

IMAGE = (9, 8, 2)
RUN = {
    "model": {"convolution": [{"filters": 4, "kernel": 3, "padding": 1}, {"filters": 6, "kernel": 2}], "hidden": [7]},
    "train": {"dropout": 0.3, "channel_dropout": 0.2, "learning_rate": 0.1},
}


def images(rows: int, count: int | None = None, dtype: type = np.float64) -> np.ndarray:
    """Random rows (rows, features), or (count, rows, features)."""
    shape = (rows, int(np.prod(IMAGE))) if count is None else (count, rows, int(np.prod(IMAGE)))
    return np.random.default_rng(3).standard_normal(shape).astype(dtype)


def network(*blocks: Block, count: int = 2, activation: str = "identity", rows: int = 20) -> Population:
    """Networks of such blocks and three outputs, with random numbers."""
    architecture = Architecture((int(np.prod(IMAGE)), 3), activation, image=IMAGE, blocks=blocks)
    found = Population(architecture, [0.1] * count, rows, dtype=np.float64)
    found.parameters[:] = np.random.default_rng(5).standard_normal(found.parameters.shape)
    return found


def said(population: Population, block: int = 0) -> np.ndarray:
    """What a block said in the last pass before pooling, (count, filters, height, width, rows)."""
    own = population.blocks[block]
    return own.passage.filtered.spread(own.activation.output)


@pytest.fixture(params=[1, 1 << 12, 1 << 30], ids=["a line at a time", "some lines", "all lines"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patches of as much as fits into so many bytes at a time."""
    monkeypatch.setattr(convolution, "CACHE", request.param)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(1, 1, 0), (3, 1, 0), (3, 1, 1), (4, 2, 3), (2, 3, 0)])
def test_a_filter_says_what_scipys_correlation_says(kernel, stride, padding):
    population, rows = network(Block(5, kernel, stride, padding)), images(4)
    population.forward(rows)
    (weights, bias), *_ = population.architecture.layers(population.values)
    padded = np.pad(rows.reshape(4, *IMAGE), ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    for member, maps in enumerate(said(population)):
        filters = weights[member].reshape(IMAGE[2], kernel, kernel, 5)
        for number, row in np.ndindex(5, 4):
            whole = sum(
                correlate(padded[row, :, :, channel], filters[channel, :, :, number], "valid")
                for channel in range(IMAGE[2])
            )
            expected = whole[::stride, ::stride] + bias[member, 0, number]
            np.testing.assert_allclose(maps[number, :, :, row], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 0), (3, 1, 2), (4, 2, 1), (2, 3, 0)])
def test_transposed_filters_are_the_adjoint_of_filters(kernel, stride, padding):
    population, x = network(Block(5, kernel, stride, padding)), images(4, 2)
    layer = population.blocks[0].convolution
    population.architecture.views(population.values)["convolution1.bias"][:] = 0
    maps = Maps(IMAGE[2], *IMAGE[:2]).folded(x)
    there = layer.forward(maps, None).copy()
    other = np.random.default_rng(1).standard_normal(there.shape)
    back = layer.transposed(other)
    np.testing.assert_allclose((there * other).sum((1, 2)), (maps * back).sum((1, 2)), rtol=1e-12)


@pytest.mark.parametrize("name", POOLINGS)
def test_poolings_are_what_they_say_window_by_window(name):
    maps, random = Maps(2, 5, 7), np.random.default_rng(0)
    layer = POOLINGS[name](2, maps, 2, 3, np.float64)
    x = random.integers(0, 3, (2, 2, 5, 7, 3)).astype(np.float64)  # (count, channels, height, width, rows), with ties
    found = layer.forward(maps.joined(x.copy()), None)
    gradient = random.standard_normal((2, 2, 2, 3, 3))
    pooled = Maps(2, 2, 3)
    spread = pooled.spread(found).copy()
    back = maps.spread(layer.backward(pooled.joined(gradient.copy())))
    expected = np.zeros_like(x)
    for count, channel, line, column, row in np.ndindex(spread.shape):
        own = (count, channel, slice(2 * line, 2 * line + 2), slice(2 * column, 2 * column + 2), row)
        passed = gradient[count, channel, line, column, row]
        assert spread[count, channel, line, column, row] == (x[own].max() if name == "max" else x[own].mean())
        if name == "max":
            first = np.unravel_index(x[own].argmax(), (2, 2))
            expected[own][first] = passed
        else:
            expected[own] = passed / 4
    np.testing.assert_array_equal(back, expected)


def test_channel_dropout_leaves_out_whole_maps_at_its_rate_and_nothing_in_use():
    maps, rows = Maps(40, 3, 2), 50
    rate = np.array([0.0, 0.3, 0.8]).reshape(3, 1, 1)
    layer = ChannelDropout(rate, maps, rows, part=4)
    x = maps.joined(np.ones((3, 40, 3, 2, rows)))
    np.testing.assert_array_equal(layer.forward(x, None), x)
    found = maps.spread(layer.forward(x, FixedDraws())).copy()
    assert (found == found[:, :, :1, :1]).all()  # one for all positions of a map
    kept = found[:, :, 0, 0] != 0
    np.testing.assert_allclose(kept.mean(axis=(1, 2)), [1, 0.7, 0.2], atol=0.03)
    np.testing.assert_allclose(found.max(axis=(1, 2, 3, 4)), [1, 1 / 0.7, 5])
    assert (kept[1] >= kept[2]).all()  # the same draws for each, and a rate of its own
    gradient = maps.spread(layer.backward(maps.joined(np.ones((3, 40, 3, 2, rows)))))
    np.testing.assert_array_equal(gradient, found)


@pytest.mark.parametrize("normalization", ["none", "batch", "layer", "group", "instance"])
@pytest.mark.parametrize("shared", [True, False])
def test_the_bits_of_a_network_do_not_depend_on_its_neighbours(normalization, shared):
    model = {
        **RUN["model"],
        "normalization": normalization,
        "normalization_groups": 2 if normalization == "group" else 1,
    }
    model["hidden"] = [8]
    specs = [
        RunSpec.of({"model": model, "train": RUN["train"], "seed": 1}, {"dropout": rate}) for rate in (0, 0.2, 0.5)
    ]
    x = images(12, None if shared else 3, np.float32)
    targets = np.arange(12) % 3

    def gradients(chosen: list[int]) -> tuple[np.ndarray, np.ndarray]:
        own = [specs[number] for number in chosen]
        found = population_of(own, int(np.prod(IMAGE)), 3, 12, image=IMAGE)
        initialize_runs(found, own)
        of_rows, labels = (x, targets) if shared else (x[chosen], np.tile(targets, (len(chosen), 1)))
        found.differentiate(of_rows, labels, CrossEntropy({"label_smoothing": np.zeros((len(own), 1))}), FixedDraws())
        return found.gradients.copy(), found.forward(of_rows).copy()

    for together in ([0, 1, 2], [2, 0], [1, 2]):
        by_network = zip(together, *gradients(together), strict=True)
        for number, gradient, outputs in by_network:
            (own_gradient,), (own_outputs,) = gradients([number])
            np.testing.assert_array_equal(gradient, own_gradient)
            np.testing.assert_array_equal(outputs, own_outputs)


def test_filters_are_drawn_by_what_they_see():
    convolved = {"convolution": [{"filters": 400, "kernel": 5}], "hidden": []}
    for init, variance in (("he", 2 / 50), ("xavier", 2 / (50 + 400 * 25))):
        spec = RunSpec.of({"model": {**convolved, "init": init}, "train": {}, "seed": 0}, {})
        population = population_of([spec], int(np.prod(IMAGE)), 3, 1, image=IMAGE)
        initialize_runs(population, [spec])
        filters = population.architecture.layers(population.values)[0][0]
        assert filters.var() == pytest.approx(variance, rel=0.05)


def test_a_filter_is_dead_that_says_nothing_at_any_position_of_any_row():
    population = network(Block(3, 1), count=1, activation="relu", rows=64)
    views = population.architecture.views(population.values)
    views["convolution1.weights"][0] = [[0, 0, 1], [0, 0, 0]]  # one says 1, one nothing, and one the first channel
    views["convolution1.bias"][0] = [[1, -1, 0]]
    x = np.zeros((70, int(np.prod(IMAGE))))  # more than are measured at a time
    x[68, 2 * 5] = 1
    found = measure(population, Split(x, np.zeros(70, int)), CrossEntropy({"label_smoothing": np.zeros((1, 1))}))
    assert found.dead[0, 0] == pytest.approx(1 / 3)
    assert found.flat[0, 0] == pytest.approx((0 + 1 + 1 - 1 / (70 * 72)) / 3)


def test_a_step_allocates_nothing_of_the_size_of_a_map():
    spec = RunSpec.of({**RUN, "seed": 0}, {"dropout": 0.0, "channel_dropout": 0.0})
    population = population_of([spec] * 2, int(np.prod(IMAGE)), 3, 500, image=IMAGE)
    initialize_runs(population, [spec] * 2)
    x, targets, loss = (
        images(500, None, np.float32),
        np.arange(500) % 3,
        CrossEntropy({"label_smoothing": np.zeros((2, 1))}),
    )
    for _ in range(2):
        population.differentiate(x, targets, loss, FixedDraws())
    tracemalloc.start()
    population.differentiate(x, targets, loss, FixedDraws())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * said(population).size  # bytes: a map of all networks and rows takes as many floats


def test_the_table_of_layers_counts_what_lenet_has():
    blocks = (Block(8, 5, pooling="max", pool_size=2), Block(16, 5, pooling="max", pool_size=2))
    architecture = Architecture((784, 128, 10), image=(28, 28, 1), blocks=blocks)
    assert [tuple(row) for row in architecture.table] == [
        ("convolution1", (12, 12, 8), 8 * 25 + 8, 24 * 24 * 8 * 25),
        ("convolution2", (4, 4, 16), 16 * 8 * 25 + 16, 8 * 8 * 16 * 8 * 25),
        ("dense1", (128,), 256 * 128 + 128, 256 * 128),
        ("dense2", (10,), 128 * 10 + 10, 128 * 10),
    ]
    assert architecture.parameters == sum(row.parameters for row in architecture.table)
