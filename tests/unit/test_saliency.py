"""Pictures of a deconvolutional network, and what they are worth, against hand-worked networks."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from mindgap.nn.architecture import Architecture, Block
from mindgap.nn.deconvolution import excitement, reconstruction, seen
from mindgap.nn.population import Population
from mindgap.params.run import RunSpec
from mindgap.training.saliency import rank_correlation, untrained, worth

FEW = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=20)


def network(kernel: np.ndarray, size: int = 4, **model: Any) -> tuple[Population, RunSpec]:
    """One filter without pooling over images of size x size pixels, and one output."""
    block = {"filters": 1, "kernel": len(kernel), "pool": None}
    spec = RunSpec(**{"model": {"convolution": [block], "hidden": [], **model}, "train": {}}, seed=0)
    architecture = spec.model.architecture(size**2, 2, (size, size, 1))
    found = Population(architecture, [0.0], 8, dtype=np.float64)
    architecture.views(found.values)["convolution1.weights"][0, :, 0] = kernel.ravel()
    return found, spec


@given(FEW)
def test_rank_correlation_is_spearmans_with_ties(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs, np.float64).T
    wanted = spearmanr(a, b).statistic if len({*a}) > 1 and len({*b}) > 1 else 0.0
    assert rank_correlation(a, b) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("last", ["max", "mean"])
@pytest.mark.parametrize("first", ["max", "mean"])
def test_without_negative_filters_a_picture_is_the_greatest_activation_times_its_gradient(
    first: str, last: str
) -> None:
    blocks = (Block(3, 3, 1, 1, first, 2), Block(4, 2, 1, 0, last, 3))  # of 6 x 5 positions, some fill no window
    architecture = Architecture((14 * 12 * 2, 2), "identity", image=(14, 12, 2), blocks=blocks)
    random, rows, filters = np.random.default_rng(0), np.arange(11), np.arange(11) % 4
    population = Population(architecture, [0.0] * 2, 8, dtype=np.float64)
    population.values[:] = random.random(population.values.shape)
    x, way = random.random((11, 14 * 12 * 2)), 1e-6 * random.standard_normal(14 * 12 * 2)
    pictures = reconstruction(population, 1, filters, x)
    greatest, more, less = (excitement(population, 1, own)[:, rows, filters] for own in (x, x + way, x - way))
    np.testing.assert_allclose(pictures.reshape(2, 11, -1) @ way, greatest * (more - less) / 2, rtol=1e-6)
    lines = max(1 + np.ptp(np.flatnonzero(picture.any(axis=(1, 2)))) for picture in pictures.reshape(22, 14, 12, 2))
    assert lines == 6 if first == "mean" else lines <= 6
    assert seen(population, 1) == 6


def test_what_speaks_against_a_filter_on_the_way_back_is_cut_off() -> None:
    # z = 2 (x) - (-x) = 3 x at each pixel; of 3 x there go back 2 times by the first filter, and -1 times by the second
    blocks = (Block(2, 1), Block(1, 1))
    population = Population(
        Architecture((4, 1), "identity", image=(2, 2, 1), blocks=blocks), [0.0], 1, dtype=np.float64
    )
    views = population.architecture.views(population.values)
    views["convolution1.weights"][:], views["convolution2.weights"][:] = [[1, -1]], [[2], [-1]]
    found = reconstruction(population, 1, np.array([0]), np.array([[0.0, 1.0, 5.0, -7.0]]))
    np.testing.assert_array_equal(found.ravel(), [0, 0, 15 * 2, 0])


def test_pictures_resemble_those_of_the_same_weights_wholly_and_those_elsewhere_not() -> None:
    # a 1 at the upper left pixel of a window, or at its lower right one: what excites them lies elsewhere
    first, _ = network(np.array([[1.0, 0], [0, 0]]))
    other, _ = network(np.array([[0.0, 0], [0, 1]]))
    x = np.zeros((1, 16))
    x[0, 0], x[0, 15] = 1, 2
    (same, apart) = (
        worth(first, drawn, 0, x, np.zeros(16), np.random.default_rng(0), examples=1, hides=0.5)
        for drawn in (first, other)
    )
    assert same is not None
    assert apart is not None
    assert same.alike == pytest.approx(1)
    assert apart.alike == pytest.approx(-1 / 15)  # a single 1 among 16 pixels, at two places
    assert same.over_filters is None  # there is one


def test_the_likeness_to_random_weights_is_held_against_that_of_two_filters() -> None:
    # both filters of before in one network, beside one whose first is the same and whose second sees nothing
    spec = RunSpec(model={"convolution": [{"filters": 2, "kernel": 2, "pool": None}], "hidden": []}, train={}, seed=0)
    architecture = spec.model.architecture(16, 2, (4, 4, 1))
    trained, drawn = (Population(architecture, [0.0], 8, dtype=np.float64) for _ in "ab")
    for network, weights in ((trained, [[1, 0, 0, 0], [0, 0, 0, 1]]), (drawn, [[1, 0, 0, 0], [0, 0, 0, 0]])):
        architecture.views(network.values)["convolution1.weights"][0] = np.transpose(weights)
    x = np.zeros((1, 16))
    x[0, 0], x[0, 15] = 1, 2
    found = worth(trained, drawn, 0, x, np.zeros(16), np.random.default_rng(0), examples=1, hides=0.5)
    assert found is not None
    assert found.alike == pytest.approx(1 / 2)  # 1 and 0
    assert found.over_filters == pytest.approx(-1 / 15 - 1 / 2)


def test_hiding_what_a_picture_shows_costs_what_the_filter_has_from_it() -> None:
    # z = 4 x1 + x2 + x3 + x4 at the one window: of 4 pixels one is hidden. The picture says x1. As blank is 2.5 at x2,
    # x3 stands out.
    first, _ = network(np.array([[4.0, 1], [1, 1]]), size=2)
    x = np.array([[1.0, 3.0, 2.0, 1.0]])
    found = worth(first, first, 0, x, np.array([0, 2.5, 0, 0]), np.random.default_rng(0), examples=1, hides=0.25)
    assert found is not None
    lost = np.array([4, 0.5, 2, 1]) / 10
    assert found.over_bright == pytest.approx(lost[0] - lost[2])
    assert any(found.over_chance == pytest.approx(lost[0] - by_chance) for by_chance in lost)


def test_filters_that_no_row_excites_have_no_pictures() -> None:
    dead, _ = network(np.zeros((2, 2)))
    assert worth(dead, dead, 0, np.ones((3, 16)), np.zeros(16), np.random.default_rng(0), examples=2, hides=0.2) is None


@pytest.mark.parametrize("activation", ["relu", "prelu", "tanh"])
def test_an_untrained_network_has_nothing_of_the_trained_one(activation: str) -> None:
    trained, spec = network(np.ones((2, 2)), activation=activation, normalization="batch")
    trained.values[:] = np.random.default_rng(1).standard_normal(trained.values.shape)
    drawn = [untrained(trained, spec, np.random.default_rng(seed)) for seed in (5, 5, 6)]
    np.testing.assert_array_equal(drawn[0].values, drawn[1].values)
    weights = trained.architecture.weights
    assert not (drawn[0].values[:, :weights] == drawn[2].values[:, :weights]).any()
    fresh = Population(trained.architecture, [spec.settings()["leak"]], 8, dtype=np.float64)
    np.testing.assert_array_equal(drawn[0].values[:, weights:], fresh.values[:, weights:])
