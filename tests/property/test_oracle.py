"""Every layer against the graph engine, an independent oracle: values and all gradients, in float64.

Networks share their batch, or each has its own.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindgap.graph import gates
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.architecture import Architecture, Block
from mindgap.nn.losses import LOSSES
from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.poolings import POOLINGS
from mindgap.nn.population import Population, Randomness
from tests.property.oracle import DRAWS, LEAKS, RATES, SETTINGS, expected, expected_loss


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
    compare(architecture, random, rows, task, loss_name, inverted, shared)


def compare(
    architecture: Architecture,
    random: np.random.Generator,
    rows: int,
    task: str,
    loss_name: str,
    inverted: bool,
    shared: bool,
) -> None:
    """Values and gradients of three networks against the oracle's."""
    features, *_, outputs = architecture.units
    chance = Randomness(RATES, RATES, RATES, inverted, RATES)
    population = Population(architecture, LEAKS, rows, chance, dtype=np.float64)
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
    # A filter's gradient is a sum over positions, and what normalisation makes of a nearly constant map cancels in it.
    cancelling = 10 if architecture.blocks and architecture.normalization != "none" else 1
    for name, gradient in architecture.views(population.gradients).items():
        largest = cancelling * max(1.0, float(np.abs(values[name].gradient).max()))
        np.testing.assert_allclose(gradient, values[name].gradient, rtol=1e-12, atol=1e-12 * largest, err_msg=name)


@st.composite
def images(draw: st.DrawFn) -> tuple[tuple[int, int, int], tuple[Block, ...]]:
    """The shape of images, and blocks that fit it."""
    image = (draw(st.integers(4, 7)), draw(st.integers(4, 7)), draw(st.integers(1, 3)))
    blocks: list[Block] = []
    left = image
    for _ in range(draw(st.integers(1, 2))):
        padding, side = draw(st.integers(0, 2)), min(left[:2])
        kernel = draw(st.integers(1, min(4, side + 2 * padding)))
        stride, filters = draw(st.integers(1, 2)), 2 * draw(st.integers(1, 2))
        found = Block(filters, kernel, stride, padding)
        height, width = ((each + 2 * padding - kernel) // stride + 1 for each in left[:2])
        if draw(st.booleans()):
            size = draw(st.integers(1, min(3, height, width)))
            found = replace(found, pooling=draw(st.sampled_from([*POOLINGS])), pool_size=size)
            height, width = height // size, width // size
        blocks.append(found)
        left = (height, width, filters)
    return image, tuple(blocks)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=20)
@given(
    shape=images(),
    hidden=st.lists(st.integers(1, 3), max_size=1),
    rows=st.integers(2, 5),
    normalization=st.sampled_from(["none", *NORMALIZATIONS]),
    place=st.sampled_from(["before", "after"]),
    inverted=st.booleans(),
    shared=st.booleans(),
    seed=st.integers(0, 1000),
)
@example(((4, 4, 1), (Block(2, 4, 1, 0, "max", 1),)), [], 3, "batch", "before", True, True, 0)
def test_convolution_and_its_gradients_equal_those_of_the_graph(
    activation, shape, hidden, rows, normalization, place, inverted, shared, seed
):
    random, (image, blocks) = np.random.default_rng(seed), shape
    features = int(np.prod(image))
    units = (features, *(2 * width for width in hidden), 3)
    architecture = Architecture(units, activation, 3, normalization, place, 2, image=image, blocks=blocks)
    compare(architecture, random, rows, "classification", "cross_entropy", inverted, shared)
