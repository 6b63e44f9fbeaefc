"""The gates let sound networks through and stop unsound ones."""

from pathlib import Path

import numpy as np
import pytest

from mindgap.data.prepared import Pixels, Split
from mindgap.errors import UserError
from mindgap.nn.convolution import Convolution
from mindgap.nn.losses.cross_entropy import CrossEntropy
from mindgap.nn.population import Population
from mindgap.params.run import Model, RunSpec, Train
from mindgap.results.check import Check, GateResult
from mindgap.stages.check import check, few_rows
from mindgap.stages.gates import GATES, Case
from tests.conftest import TARGET, blobs, curve, write_data

SOUND = RunSpec(model=Model(hidden=(16,), activation="tanh"), train=Train(), seed=0)


def ask(name: str, train: Split, run: RunSpec = SOUND, few: Split | None = None) -> GateResult:
    return GATES[name].ask(Case(run, train, few or few_rows(train, 0), 3, {}, Path()))


@pytest.fixture
def data(tmp_path, train, val):
    write_data(tmp_path, {"train": train, "val": val})
    return tmp_path


def test_a_sound_network_passes_all_gates(data, tmp_path):
    check({"run": SOUND.model_dump(mode="json"), "on_failure": "stop"}, data, tmp_path)
    gates = {gate.name: gate for gate in Check.read(tmp_path).gates}
    assert set(gates) == {"gradient", "first_loss", "penalty", "memory"}
    assert all(gate.passed for gate in gates.values())
    assert gates["first_loss"].measured == pytest.approx(np.log(3), rel=1e-3)
    assert gates["gradient"].measured < 1e-7


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_a_sound_network_of_a_regression_passes_all_gates(tmp_path, loss):
    write_data(tmp_path, {"train": curve(200), "val": curve(50)}, TARGET)
    run = SOUND.vary({"loss": loss})
    check({"run": run.model_dump(mode="json"), "on_failure": "stop"}, tmp_path, tmp_path)
    gates = {gate.name: gate for gate in Check.read(tmp_path).gates}
    assert all(gate.passed for gate in gates.values())
    y = curve(200).y.astype(np.float64)
    near = np.minimum(np.abs(y), 1)
    alone = {"mse": y**2, "mae": np.abs(y), "huber": near * (np.abs(y) - near / 2)}[loss]
    assert gates["first_loss"].measured == pytest.approx(alone.mean(), rel=0.01)


def test_a_wrong_gradient_is_found(monkeypatch, train):
    right = CrossEntropy.gradient

    def wrong(self, logits, labels):
        right(self, logits, labels)
        logits *= 1.001

    monkeypatch.setattr(CrossEntropy, "gradient", wrong)
    gate = ask("gradient", train)
    assert not gate.passed
    assert gate.measured == pytest.approx(1e-3, rel=0.5)


FILTERS = RunSpec(
    model=Model(convolution=[{"filters": 4}, {"filters": 6, "kernel": 2, "pool": None}], hidden=(24,)),
    train=Train(),
    seed=0,
)


@pytest.fixture
def images(tmp_path):
    write_data(tmp_path, {"train": blobs(200, 36, 3), "val": blobs(60, 36, 3)})
    Pixels((6, 6, 1), np.zeros(36, np.float32), np.ones(36, np.float32)).write(tmp_path)
    return tmp_path


@pytest.mark.parametrize("model", [{}, {"normalization": "batch", "activation": "maxout"}])
def test_a_sound_network_with_convolution_passes_all_gates(images, model):
    run = FILTERS.vary(model)
    control = {"rounds": 19, "objective": "val_accuracy", "run": run.vary({"epochs": 2}).model_dump(mode="json")}
    params = {"run": run.model_dump(mode="json"), "on_failure": "stop", "permutation": {**control, "level": None}}
    check(params, images, images)
    gates = Check.read(images).gates
    assert {gate.name for gate in gates} == {"gradient", "first_loss", "penalty", "memory", "permutation"}
    assert all(gate.passed for gate in gates)


def test_a_wrong_gradient_of_a_convolution_is_found_by_name(images, monkeypatch):
    right = Convolution.backward

    def wrong(self, gradient):
        found = right(self, gradient)
        found *= 1.1  # what goes on to the block before
        return found

    monkeypatch.setattr(Convolution, "backward", wrong)
    with pytest.raises(UserError, match=r"gradient: .*convolution1\.") as caught:
        check({"run": FILTERS.model_dump(mode="json"), "on_failure": "stop"}, images, images)
    assert "convolution2" not in str(caught.value)


def test_blocks_that_do_not_fit_the_prepared_images_end_in_one_message(images):
    run = FILTERS.vary({"convolution2.kernel": 3})
    with pytest.raises(UserError) as caught:
        check({"run": run.model_dump(mode="json"), "on_failure": "warn"}, images, images)
    assert str(caught.value).startswith("model.convolution.1.kernel: convolution2 has a kernel of 3 x 3, and of the")


def test_the_parameter_with_the_wrong_gradient_is_named(monkeypatch, train):
    right = Population.differentiate

    def wrong(self, *given):
        right(self, *given)
        self.gradients[0, 2 * 16 + 1] += 1  # dense1.weights are (5, 16), and first

    monkeypatch.setattr(Population, "differentiate", wrong)
    gate = ask("gradient", train)
    assert gate.figures["parameter"] == "dense1.weights[2, 1]"
    assert gate.figures["own_analytic"] == pytest.approx(gate.figures["own_numeric"] + 1)
    assert "Most of all at dense1.weights[2, 1]: " in GATES["gradient"].explanation(gate)


def test_a_loss_that_is_not_the_log_of_the_classes_is_found(monkeypatch, train):
    right = CrossEntropy.values
    monkeypatch.setattr(CrossEntropy, "values", lambda *given: right(*given) * 1.1)
    assert not ask("first_loss", train).passed


def test_a_network_that_cannot_learn_by_heart_is_stopped_or_warned_of(data, tmp_path):
    dead = SOUND.vary({"init": "zeros"}).model_dump(mode="json")
    with pytest.raises(
        UserError, match=r"memory: Can the network learn a few examples by heart\? Measured .* on 20 rows"
    ):
        check({"run": dead, "on_failure": "stop"}, data, tmp_path)
    check({"run": dead, "on_failure": "warn"}, data, tmp_path)
    gates = {gate.name: gate.passed for gate in Check.read(tmp_path).gates}
    assert gates == {"gradient": True, "first_loss": True, "penalty": True, "memory": False}


def test_a_linear_classifier_need_not_learn_by_heart(train):
    linear = SOUND.vary({"hidden": ()})
    labels = np.random.default_rng(0).integers(3, size=20)
    few = type(train)(np.zeros((20, 5), np.float32), labels)
    assert ask("memory", few, linear, few).passed
    assert not ask("memory", few, few=few).passed


def test_the_few_rows_come_evenly_from_the_classes():
    split = blobs(300, 4, 3)
    skewed = type(split)(split.x[split.y < 2], split.y[split.y < 2])
    assert sorted(np.bincount(few_rows(split, 0).y)) == [6, 7, 7]
    assert np.bincount(few_rows(skewed, 0).y).tolist() == [10, 10]
