"""A run's result has the same bits alone and beside any others."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindgap.data.prepared import Pixels, Split
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.initializers import INITIALIZERS
from mindgap.nn.losses import LOSSES
from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.nn.schedules import SCHEDULES
from mindgap.params.run import Model, RunSpec, Train
from mindgap.training import cohort
from mindgap.training.cohort import Data, train_each, train_runs
from mindgap.training.dataset import train_on, train_on_each
from mindgap.training.networks import population_of
from mindgap.training.result import RunResult
from tests.conftest import TARGET, blobs, curve, write_data

ORIGINS = [(5, 2), (5, 2), (5, 3), (8, 2), (5, 1), (5, 2), (8, 2), (0, 0), (5, 3), (5, 2), (9, 9), (5, 3), (5, 2)]
"""Seed and replicate of each of many runs: some are shared by several, neighbours or not, some are one's own."""


def spec(number: int, model: dict, train: dict, *, mixed: bool = True) -> RunSpec:
    """The number-th of many runs that differ in all that may differ within a cohort."""
    own_model = {"init_gain": 0.3 + 0.05 * number, "leak": 0.01 + 0.02 * number}
    own_train = {
        "learning_rate": 0.3 * 0.7**number,
        "switch_learning_rate": 0.2 * 0.8**number,
        "momentum": 0.5 + 0.02 * number,
        "beta2": 0.9 + 0.005 * number,
        "epsilon": 10.0 ** -(6 + 7 * number % 30),
        "l2": 0.0 if number % 3 == 0 else 10.0**-number,
        "l1": 10.0**-number if number % 4 == 1 else 0.0,
        "weight_decay": 0.01 + 0.001 * number,
        "clip_norm": None if number % 2 else 0.5 + number,
        "max_norm": None if number % 3 else 1.0 + number,
        "dropout": 0.0 if number % 2 else 0.04 * number,
        "input_dropout": 0.0 if number % 3 else 0.02 * number,
        "input_noise": 0.01 * number if number % 5 == 0 else 0.0,
        "label_smoothing": 0.01 * number if train["loss"] == "cross_entropy" else 0.0,
        "margin": 1 + 0.1 * number,
        "huber_delta": 0.1 + 0.1 * number,
        "decay": 1 - 0.05 * number,
        "decay_epochs": 1 + number,
        "warmup_epochs": 0.1 * number,
    }
    seed, replicate = ORIGINS[number % len(ORIGINS)] if mixed else ORIGINS[0]
    model, train = {**model, **own_model}, {**train, **own_train}
    return RunSpec(model=Model(**model), train=Train(**train), seed=seed, replicate=replicate)


def same(one: RunResult, other: RunResult) -> bool:
    return one.record() == other.record() and one.parameters.tobytes() == other.parameters.tobytes()


@dataclass(frozen=True)
class Cohort:
    """Runs that go together, and what they are trained on."""

    specs: list[RunSpec]
    outputs: int
    train: Split = field(repr=False)
    val: Split = field(repr=False)

    def train_some(self, *members: int) -> list[RunResult]:
        return train_runs([self.specs[member] for member in members], self.train, self.val, self.outputs)


@st.composite
def cohorts(draw: st.DrawFn, *, reach: float | None = None, wild: Mapping[int, dict] | None = None) -> Cohort:
    """16 runs of any components, on inputs up to `reach` in size; the `wild` ones have some params of their own."""
    features, classes, batch_size = draw(st.integers(1, 40)), draw(st.integers(2, 12)), draw(st.integers(1, 100))
    hidden = draw(st.lists(st.integers(1, 17), max_size=3))
    task, loss = draw(st.sampled_from([(task, name) for name, loss in LOSSES.items() for task in loss.tasks]))
    train, val = blobs(67, features, classes), blobs(19, features, classes)
    if task == "regression":
        train, val = (Split(rows.x, rows.x.sum(axis=1), 3.0) for rows in (train, val))
    if reach is not None:
        largest = np.abs(train.x).max()
        train, val = (
            Split(np.clip(rows.x / largest, -1, 1) * np.float32(reach), rows.y, rows.unit) for rows in (train, val)
        )
    model = {
        "hidden": [2 * units for units in hidden],
        "activation": draw(st.sampled_from(sorted(ACTIVATIONS))),
        "init": draw(st.sampled_from(sorted(INITIALIZERS))),
        "normalization": draw(st.sampled_from(["none", *NORMALIZATIONS])),
        "normalization_place": draw(st.sampled_from(["before", "after"])),
        "normalization_groups": 2,
        "batch_statistics": draw(st.sampled_from(["average", "exponential"])),
    }
    over_rows = model["normalization"] == "batch"
    learning = {
        "loss": loss,
        "optimizer": draw(st.sampled_from(sorted(OPTIMIZERS))),
        "batch_size": max(2, batch_size) if over_rows else batch_size,
        "epochs": 3,
        "schedule": draw(st.sampled_from(sorted(SCHEDULES))),
        "dropout_form": draw(st.sampled_from(["inverted", "vanilla"])),
        "switch": draw(st.sampled_from([None, {"epoch": 2}, {"patience": 1, "optimizer": "nesterov"}])),
        "early_stopping": draw(st.sampled_from([None, {"patience": 1}])),
        "monitors": draw(st.sampled_from(["basic", "full"])),
    }
    mixed = draw(st.booleans())
    specs = [spec(number, model, learning, mixed=mixed) for number in range(16)]
    for number, params in (wild or {}).items():
        specs[number] = specs[number].vary(params)
    return Cohort(specs, 1 if task == "regression" else classes, train, val)


@settings(max_examples=60)
@given(cohorts())
def test_a_history_has_the_same_bits_alone_in_3_and_in_16(runs):
    many = runs.train_some(*range(16))
    for member in (0, 7, 15):
        (alone,) = runs.train_some(member)
        few = runs.train_some(3, member, 12)
        assert same(alone, few[1])
        assert same(alone, many[member])


WILD = {
    1: {"learning_rate": 1e30, "clip_norm": None, "max_norm": None, "l2": 0.0, "l1": 0.0},
    3: {"init_gain": 1e19, "clip_norm": None, "max_norm": None, "l2": 0.0, "l1": 0.0},
    5: {"init_gain": 3e37, "label_smoothing": 0.0},
    8: {"learning_rate": 1e4, "clip_norm": None},
    10: {"learning_rate": 1e38, "weight_decay": 1.0},
}
"""Params under which numbers leave float32: in the first step or later, in the gradient or forward."""


@settings(max_examples=60)
@given(st.sampled_from([None, 1e10, 1e19, 1e30, 3e38]).flatmap(lambda reach: cohorts(reach=reach, wild=WILD)))
def test_where_a_network_overflows_it_changes_no_bit_of_another_and_none_changes_its_own(runs):
    many = runs.train_some(*range(16))
    for member in (0, *WILD, 15):
        assert same(runs.train_some(member)[0], many[member]), member


@pytest.mark.parametrize("loss", sorted(name for name, loss in LOSSES.items() if "classification" in loss.tasks))
@pytest.mark.parametrize("batch_size", [1, 66])
def test_batches_of_one_row_too(loss, batch_size):
    train, val = blobs(67, 4, 10), blobs(19, 4, 10)
    specs = [
        spec(number, {"hidden": [6]}, {"loss": loss, "batch_size": batch_size, "epochs": 2}) for number in range(3)
    ]
    many = train_runs(specs, train, val, 10)
    assert all(same(train_runs([one], train, val, 10)[0], result) for one, result in zip(specs, many, strict=True))


@pytest.mark.parametrize("features", [64, 784])
def test_wide_networks_too(features):
    train, val = blobs(300, features, 10), blobs(50, features, 10)
    learning = {"optimizer": "adam", "batch_size": 128, "epochs": 1, "loss": "cross_entropy"}
    specs = [spec(number, {"hidden": [100, 64]}, learning) for number in range(16)]
    many = train_runs(specs, train, val, 10)
    for member in (0, 4, 9):
        assert same(train_runs([specs[member]], train, val, 10)[0], many[member])


@pytest.mark.parametrize("augment", [None, {"shift": 1, "flip": 0.5}])
@pytest.mark.parametrize("stopping", [None, {"patience": 1}])
@pytest.mark.parametrize("candidates", [1, 3])
def test_candidates_train_beside_each_other_over_replicates_as_each_does_alone(candidates, stopping, augment):
    train, val = blobs(67, 16, 4), blobs(19, 16, 4)
    pixels = Pixels((4, 4, 1), np.linspace(-1, 0, 16).astype(np.float32), np.ones(16, np.float32))
    learning = {"batch_size": 16, "epochs": 6, "loss": "cross_entropy", "early_stopping": stopping, "augment": augment}
    chosen = [spec(number, {"hidden": [10], "normalization": "batch"}, learning) for number in (1, 2, 10)[:candidates]]
    specs = [run.model_copy(update={"seed": 3, "replicate": replicate}) for replicate in range(1, 6) for run in chosen]
    assert len({run.cohort() for run in specs}) == 1
    together = train_runs(specs, train, val, 4, pixels=pixels)
    for run, result in zip(specs, together, strict=True):
        assert same(train_runs([run], train, val, 4, pixels=pixels)[0], result)
    assert len({result.parameters.tobytes() for result in together}) == len(specs)


def test_runs_of_several_cohorts_come_back_in_their_order():
    train, val = blobs(60, 4, 3), blobs(20, 4, 3)
    specs = [
        RunSpec(model=Model(hidden=[width]), train=Train(epochs=1, batch_size=16, learning_rate=rate), seed=0)
        for width, rate in [(3, 0.1), (5, 0.1), (3, 0.2), (5, 0.2)]
    ]
    together = train_runs(specs, train, val, 3)
    assert all(same(train_runs([one], train, val, 3)[0], result) for one, result in zip(specs, together, strict=True))
    assert len({result.parameters.tobytes() for result in together}) == 4


def test_another_replicate_draws_other_weights_and_another_order():
    train, val = blobs(60, 4, 3), blobs(20, 4, 3)
    base = RunSpec(model=Model(hidden=[5]), train=Train(epochs=1), seed=0)
    one, other = train_runs([base, base.model_copy(update={"replicate": 1})], train, val, 3)
    assert not np.array_equal(one.parameters, other.parameters)


def test_runs_of_different_origins_train_apart_where_batches_are_large(counts, monkeypatch):
    train, val = blobs(60, 4, 3), blobs(20, 4, 3)
    specs = [spec(number, {"hidden": [6]}, {"loss": "mse", "batch_size": None, "epochs": 2}) for number in range(5)]
    together = train_runs(specs, train, val, 3)
    assert counts == [5]
    monkeypatch.setattr(cohort, "LARGE", 60 * 4 - 1)
    apart = train_runs(specs, train, val, 3)
    assert counts == [5, 2, 1, 1, 1]
    assert all(same(one, other) for one, other in zip(together, apart, strict=True))


def other(rows: Split, number: int) -> Split:
    """Other rows of the same shape, and of another unit if they have one."""
    draws = np.random.default_rng([number, len(rows.x)])
    x = draws.permutation(rows.x) + draws.normal(scale=0.1, size=rows.x.shape).astype(np.float32)
    return Split(x, rows.y[draws.permutation(len(rows.y))], rows.unit + number)


def alone(data: Data, run: RunSpec) -> RunResult:
    (result,) = train_runs([run], data.train, data.val, data.outputs, pixels=data.pixels)
    return result


@settings(max_examples=60)
@given(cohorts(), st.booleans(), st.sampled_from([1, 5, 16, 100]))
def test_runs_on_several_data_sets_have_the_bits_that_each_has_alone(runs, by_origin, enough):
    data = [Data(other(runs.train, number), other(runs.val, number), runs.outputs) for number in range(4)]
    pairs = [
        (data[(ORIGINS.index((run.seed, run.replicate)) if by_origin else number) % 4], run)
        for number, run in enumerate(runs.specs)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cohort, "ENOUGH", enough)
        together = train_each(pairs)
    for number in (0, 2, 7, 15):
        assert same(alone(*pairs[number]), together[number]), number


@pytest.mark.parametrize("augment", [None, {"shift": 1, "flip": 0.5}])
@pytest.mark.parametrize("batch_size", [1, 16, None])
def test_points_of_a_sweep_over_replicates_of_the_data_too(batch_size, augment):
    learning = {"batch_size": batch_size, "epochs": 3, "loss": "cross_entropy", "augment": augment}
    data = [
        Data(
            blobs(67, 16, 4, seed=number),
            blobs(19, 16, 4, seed=number),
            4,
            Pixels((4, 4, 1), np.linspace(-1 - number, 0, 16).astype(np.float32), np.ones(16, np.float32)),
        )
        for number in range(3)
    ]
    points = [spec(number, {"hidden": [10]}, learning) for number in (1, 2, 10)]
    pairs = [
        (own, run.model_copy(update={"replicate": replicate})) for replicate, own in enumerate(data) for run in points
    ]
    results = train_each(pairs)
    assert all(same(alone(*pair), result) for pair, result in zip(pairs, results, strict=True))
    assert len({result.parameters.tobytes() for result in results}) == len(pairs)


@pytest.fixture
def counts(monkeypatch) -> list[int]:
    """The networks of each population that is made."""
    made: list[int] = []

    def counted(*given, **named):
        made.append(len(given[0]))
        return population_of(*given, **named)

    monkeypatch.setattr(cohort, "population_of", counted)
    return made


def data_of(rows: int, features: int = 4) -> Data:
    return Data(blobs(rows, features, 3), blobs(20, features, 3), 3)


def test_data_sets_of_equal_shape_form_one_cohort_and_others_their_own(counts):
    def runs(*data: Data) -> list[tuple[Data, RunSpec]]:
        train = Train(epochs=1, batch_size=16, learning_rate=0.1)
        return [
            (own, RunSpec(model=Model(hidden=[3]), train=train, seed=0, replicate=place))
            for place, own in enumerate(data)
        ]

    train_each(runs(data_of(60), data_of(60), data_of(60)))
    assert counts == [3]
    train_each(runs(data_of(60), data_of(61), data_of(60), data_of(60, features=5)))
    assert counts[1:] == [2, 1, 1]


def test_data_sets_are_joined_while_their_networks_are_few(counts, monkeypatch):
    def runs(points: int) -> list[tuple[Data, RunSpec]]:
        return [
            (own, RunSpec(model=Model(hidden=[3]), train=Train(epochs=1, learning_rate=rate), seed=0, replicate=place))
            for place, own in enumerate(data_of(30) for _ in range(4))
            for rate in np.linspace(0.1, 0.2, points)
        ]

    monkeypatch.setattr(cohort, "ENOUGH", 6)
    for points in (2, 3, 4, 7):
        train_each(runs(points))
    assert counts == [6, 2, 6, 6, 4, 4, 4, 4, 7, 7, 7, 7]


def test_data_sets_whose_batches_are_large_train_apart(counts, monkeypatch):
    monkeypatch.setattr(cohort, "LARGE", 16 * 4 - 1)
    learning = Train(epochs=1, batch_size=16, learning_rate=0.1)
    runs = [(data_of(30), RunSpec(model=Model(hidden=[3]), train=learning, seed=0, replicate=r)) for r in range(3)]
    train_each(runs)
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_runs_on_folders_of_their_own_are_those_on_each_folder(tmp_path, task):
    pairs = []
    for number, rows in enumerate((60, 60, 70)):
        folder = tmp_path / str(number)
        folder.mkdir()
        make = curve if task == "regression" else lambda *given: blobs(given[0], 3, 3, given[1])
        splits = {name: make(count, number) for name, count in (("train", rows), ("val", 20))}
        target = replace(TARGET, scale=TARGET.scale + number) if task == "regression" else None
        write_data(folder, splits, target)
        learning = Train(loss="mse", epochs=2, learning_rate=0.01, early_stopping={"patience": 1}, monitors="full")
        pairs += [
            (folder, RunSpec(model=Model(hidden=[5]), train=learning, seed=0, replicate=number).vary({"l2": size}))
            for size in (0.0, 0.1)
        ]
    together = train_on_each(pairs, "replicates")
    for (folder, run), result in zip(pairs, together, strict=True):
        assert same(train_on(folder, [run], "alone")[0], result)
