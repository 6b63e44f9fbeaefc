"""Networks with convolution are trained as the others: their bits alone, beside others, after a rest and at a stop."""

from dataclasses import replace

import numpy as np
import pytest

from mindgap.data.coded import Coded
from mindgap.data.prepared import Pixels, Split
from mindgap.params.run import EarlyStopping, RunSpec
from mindgap.training.cohort import Data, train_each
from mindgap.training.measure import measure
from mindgap.training.networks import loss_of, population_of
from tests.conftest import blobs
from tests.property.test_cohorts import alone, other, same, spec
from tests.property.test_rests import EPOCHS, with_rests

PIXELS = Pixels((6, 6, 1), np.linspace(-1, 0, 36).astype(np.float32), np.ones(36, np.float32))
DATA = Data(blobs(70, 36, 3), blobs(30, 36, 3), 3, PIXELS)

MAX = [{"filters": 4, "kernel": 3, "padding": 1}, {"filters": 2, "kernel": 2}]
MEAN = [{"filters": 4, "kernel": 2, "stride": 2, "pool": {"kind": "mean", "size": 2}}]
NONE = [{"filters": 2, "kernel": 4, "pool": None}]

KINDS = [
    ({"convolution": MAX, "hidden": [6]}, {"optimizer": "momentum"}),
    ({"convolution": MAX, "hidden": [6], "normalization": "batch"}, {"optimizer": "adam", "schedule": "cosine"}),
    ({"convolution": MEAN, "hidden": [], "activation": "maxout"}, {"optimizer": "rmsprop", "batch_size": None}),
    ({"convolution": MEAN, "hidden": [4], "normalization": "group", "normalization_groups": 2}, {"optimizer": "sgd"}),
    ({"convolution": NONE, "hidden": [6], "activation": "prelu", "normalization": "layer"}, {"optimizer": "nesterov"}),
]


def runs(model: dict, train: dict, count: int = 6, **more) -> list[RunSpec]:
    """Runs that differ in all that may differ within a cohort."""
    base = {"loss": "cross_entropy", "epochs": 3, "batch_size": 16, **train, **more}
    return [spec(number, model, base).vary({"channel_dropout": 0.05 * (number % 3)}) for number in range(count)]


@pytest.mark.parametrize("augment", [None, {"shift": 1, "flip": 0.5, "rotation": 10}])
@pytest.mark.parametrize(("model", "train"), KINDS)
def test_a_network_has_the_same_bits_alone_and_beside_others_with_their_own_batches(model, train, augment):
    specs = runs(model, train, augment=augment, monitors="full")
    together = train_each([(DATA, own) for own in specs])
    for number in (0, 3, 5):
        assert same(alone(DATA, specs[number]), together[number])
    assert same(train_each([(DATA, specs[number]) for number in (4, 3)])[1], together[3])
    assert len({result.parameters.tobytes() for result in together}) == len(specs)


@pytest.mark.parametrize(("model", "train"), KINDS[:3])
def test_networks_on_data_of_their_own_have_the_bits_that_each_has_alone(model, train):
    data = [replace(DATA, train=other(DATA.train, number), val=other(DATA.val, number)) for number in range(3)]
    pairs = [(data[number % 3], own) for number, own in enumerate(runs(model, train))]
    for pair, result in zip(pairs, train_each(pairs), strict=True):
        assert same(alone(*pair), result)


@pytest.mark.parametrize("augment", [None, {"shift": 1, "rotation": 10}])
@pytest.mark.parametrize("sets", [1, 2])
def test_networks_on_codes_have_the_bits_of_those_on_float32(sets, augment):
    random, (plain, coded) = np.random.default_rng(0), ([], [])
    for _ in range(sets):
        table, y = random.normal(size=(256, 36)).astype(np.float32), np.arange(100) % 3
        x = Coded(random.integers(0, 256, (100, 36), np.uint8), table)
        splits = [(Coded(x.codes[rows], table), y[rows]) for rows in (slice(70), slice(70, 100))]
        coded.append(Data(*(Split(own, labels) for own, labels in splits), 3, PIXELS))
        plain.append(Data(*(Split(np.asarray(own), labels) for own, labels in splits), 3, PIXELS))
    specs = runs(*KINDS[0], augment=augment, monitors="full")
    found, expected = (
        train_each([(data[number % sets], own) for number, own in enumerate(specs)]) for data in (coded, plain)
    )
    assert all(same(*pair) for pair in zip(found, expected, strict=True))


@pytest.mark.parametrize("augment", [None, {"shift": 1}])
@pytest.mark.parametrize(("model", "train"), KINDS[:3])
def test_a_network_that_rests_and_goes_on_has_the_bits_of_one_that_never_did(model, train, augment):
    specs = runs(model, train, 3, epochs=EPOCHS, augment=augment, switch={"epoch": 6, "optimizer": "momentum"})
    through = train_each([(DATA, own) for own in specs])
    found = with_rests(specs, [2, 5], [{0, 1, 2}, {1, 2}], DATA)
    assert all(same(found[number], through[number]) for number in (1, 2))
    assert not same(found[0], through[0])  # it stayed behind


def test_early_stopping_keeps_the_values_of_its_best_epoch():
    own = runs(*KINDS[1], 1, epochs=40, early_stopping=EarlyStopping(patience=3))[0].vary({"learning_rate": 0.05})
    result = alone(DATA, own)
    assert result.status == "stopped_early"
    losses = result.history["val_loss"]
    assert result.kept_epoch == int(np.argmin(losses)) == len(losses) - 4
    population = population_of([own], 36, 3, 1, image=DATA.image)
    population.values[:] = result.parameters
    assert measure(population, DATA.val, loss_of([own])).metrics["loss"][0] == losses[result.kept_epoch]
