"""Schedules, penalties, clipping, bounds and switches: what shapes a step, by hand-worked numbers and known laws."""

import numpy as np
import pytest

from mindgap.data.prepared import Pixels
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.architecture import Architecture
from mindgap.nn.losses import LOSSES
from mindgap.nn.optimizers import FLUSH_EVERY, OPTIMIZERS
from mindgap.nn.population import Population, Randomness
from mindgap.nn.schedules import SCHEDULES, warmed_up
from mindgap.params.augment import Augment
from mindgap.params.run import Model, RunSpec, Switch, Train
from mindgap.training.cohort import train_runs
from mindgap.training.monitors import watch
from mindgap.training.networks import initialize_runs, loss_of, population_of, settings_of
from mindgap.training.step import Stepper
from tests.conftest import FixedDraws, blobs
from tests.unit.test_gradients import NORMALIZED

SETTINGS = {
    name: np.array([[value]]) for name, value in {"decay": 0.5, "decay_epochs": 2.0, "warmup_epochs": 0.0}.items()
}


def run(**train) -> RunSpec:
    return RunSpec(model=Model(hidden=(6,)), train=Train(**{"epochs": 4, "batch_size": 30, **train}), seed=1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("constant", [1, 1, 1]),
        ("step", [1, 0.5, 0.25]),
        ("exponential", [0.5**0.5, 0.5**1.25, 0.25]),
        ("inverse_time", [1 / 1.25, 1 / 1.625, 1 / 2]),
        ("cosine", [(1 + np.cos(np.pi / 8)) / 2, (1 + np.cos(np.pi * 2.5 / 8)) / 2, 0.5]),
    ],
)
def test_schedules_have_their_hand_worked_factors(name, expected):
    schedule = SCHEDULES[name](SETTINGS, 8)
    factors = [np.asarray(schedule.factor(epoch)).item() for epoch in (1.0, 2.5, 4.0)]
    np.testing.assert_allclose(factors, expected)


def test_every_schedule_is_tried_above():
    assert set(SCHEDULES) == {"constant", "step", "exponential", "inverse_time", "cosine"}


@pytest.mark.parametrize(
    ("warmup", "steps_per_epoch", "expected"),
    [
        (4.0, 1, [0.25, 0.5, 0.75, 1, 1]),
        (2.0, 2, [0.25, 0.5, 0.75, 1, 1]),
        (1.25, 2, [0.4, 0.8, 1, 1, 1]),
        (1.0, 1, [1, 1, 1, 1, 1]),
        (0.1, 1, [1, 1, 1, 1, 1]),
        (0.0, 3, [1, 1, 1, 1, 1]),
    ],
)
def test_a_warm_up_rises_to_the_schedule_from_the_first_step_on(warmup, steps_per_epoch, expected):
    steady = SCHEDULES["constant"](SETTINGS, 8)
    factors = [warmed_up(steady, step, steps_per_epoch, np.array([[warmup]]))[0, 0] for step in range(5)]
    np.testing.assert_allclose(factors, expected)


def test_a_warm_up_multiplies_its_schedule():
    # 3 of 4 steps of a warm-up of 2 epochs, where a fall by half in 2 epochs is at 1 epoch
    factor = warmed_up(SCHEDULES["exponential"](SETTINGS, 8), 2, 2, np.array([[2.0]]))
    np.testing.assert_allclose(factor, 0.75 * 0.5**0.5)


def test_a_full_batch_epoch_of_warm_up_learns(train, val):
    spec = run(optimizer="sgd", batch_size=None, warmup_epochs=4, learning_rate=0.1)
    (result,) = train_runs([spec], train, val, 3)
    (quarter,) = train_runs([run(optimizer="sgd", batch_size=None, learning_rate=0.025, epochs=1)], train, val, 3)
    assert result.history["train_loss"][1] == pytest.approx(quarter.history["train_loss"][1], rel=1e-5)
    assert result.history["train_loss"][1] < result.history["train_loss"][0]


def steps(name: str, gradients: list[float], **changed: float) -> list[float]:
    """The weight, from 1, after a step with each gradient."""
    settings = {"momentum": 0.9, "beta2": 0.9, "epsilon": 1e-8, "bias_correction": 1, **changed}
    columns = {setting: np.array([[value]]) for setting, value in settings.items()}
    optimizer = OPTIMIZERS[name](columns, np.float64)
    weight, state, path = np.array([[1.0]]), np.zeros((optimizer.slots, 1, 1)), []
    for number, gradient in enumerate(gradients, start=1):
        optimizer.update(weight, np.array([[gradient]]), state, np.empty((1, 1)), number, np.array([[0.1]]))
        path.append(float(weight[0, 0]))
    return path


def test_nesterov_takes_three_hand_worked_steps():
    # v = -0.1, -0.29, -0.161; w += 0.9 v - 0.1 g
    assert steps("nesterov", [1.0, 2.0, -1.0]) == pytest.approx([0.81, 0.81 - 0.261 - 0.2, 0.349 - 0.1449 + 0.1])


def test_adagrad_takes_three_hand_worked_steps():
    expected = np.cumsum([-0.1, -0.2 / np.sqrt(5), 0.1 / np.sqrt(6)]) + 1
    assert steps("adagrad", [1.0, 2.0, -1.0]) == pytest.approx(expected)


def test_rmsprop_takes_three_hand_worked_steps():
    # s = 0.1, 0.49, 0.541
    expected = np.cumsum([-0.1 / np.sqrt(0.1), -0.2 / np.sqrt(0.49), 0.1 / np.sqrt(0.541)]) + 1
    assert steps("rmsprop", [1.0, 2.0, -1.0]) == pytest.approx(expected)


def test_uncorrected_adam_takes_three_hand_worked_steps():
    # m = 0.1, 0.29, 0.161; v = 0.01, 0.0499, 0.059401
    expected = np.cumsum([-0.01 / np.sqrt(0.01), -0.029 / np.sqrt(0.0499), -0.0161 / np.sqrt(0.059401)]) + 1
    for name in ("adam", "adamw"):
        assert steps(name, [1.0, 2.0, -1.0], beta2=0.99, bias_correction=0) == pytest.approx(expected)


def test_networks_with_and_without_the_correction_train_side_by_side(train, val):
    specs = [run(optimizer="adam", bias_correction=corrected) for corrected in (True, False)]
    assert specs[0].cohort() == specs[1].cohort()
    together = train_runs(specs, train, val, 3)
    alone = [train_runs([spec], train, val, 3)[0] for spec in specs]
    assert [result.record() for result in together] == [result.record() for result in alone]
    first = [result.history["update_ratio"][1][0] for result in together]
    assert first[1] > first[0]


def test_adamw_steps_as_adam_does():
    assert steps("adamw", [1.0, 2.0, -1.0]) == steps("adam", [1.0, 2.0, -1.0])


def test_every_optimiser_has_its_hand_worked_steps():
    here = {"nesterov", "adagrad", "rmsprop", "adamw"}
    assert set(OPTIMIZERS) == here | {"sgd", "momentum", "adam"}  # those are in test_nn.py


def stepped(spec: RunSpec, *, weights: float = 0.5) -> tuple[Population, np.ndarray, np.ndarray]:
    """A population after one step on all rows; its weights before, and the loss's own gradient there."""
    split = blobs(30, 5, 3)
    population = population_of([spec], 5, 3, 30)
    initialize_runs(population, [spec])
    population.parameters[:] = np.random.default_rng(3).normal(size=population.parameters.shape) * weights
    before = population.parameters.copy()
    loss = loss_of([spec])
    population.differentiate(split.x, split.y, loss, FixedDraws())
    gradient = population.gradients.copy()
    Stepper(population, loss, spec.train.optimizer, settings_of([spec])).step(split.x, split.y, FixedDraws())
    return population, before, gradient


def test_l2_with_sgd_is_multiplicative_weight_decay_and_with_adam_it_is_not():
    for optimizer, equal in (("sgd", True), ("adam", False)):
        coupled, before, _ = stepped(run(optimizer=optimizer, learning_rate=0.1, l2=0.3))
        decoupled, *_ = stepped(run(optimizer=optimizer, learning_rate=0.1, weight_decay=0.3))
        weights = coupled.architecture.weights
        close = np.allclose(coupled.parameters[:, :weights], decoupled.parameters[:, :weights], atol=1e-6)
        assert close == equal
        assert not np.allclose(coupled.parameters, before)


def test_l1_moves_each_weight_by_its_share_toward_zero_and_leaves_biases():
    free, before, _ = stepped(run(optimizer="sgd", learning_rate=0.1))
    pulled, *_ = stepped(run(optimizer="sgd", learning_rate=0.1, l1=0.2))
    weights = free.architecture.weights
    moved = free.parameters - pulled.parameters
    np.testing.assert_allclose(moved[:, :weights], 0.02 * np.sign(before[:, :weights]), atol=1e-6)
    assert (moved[:, weights:] == 0).all()


def test_clipping_scales_the_whole_gradient_to_its_bound():
    clipped, before, gradient = stepped(run(optimizer="sgd", learning_rate=1.0, clip_norm=0.01), weights=3.0)
    norm = np.linalg.norm(gradient)
    assert norm > 0.01
    np.testing.assert_allclose(before - clipped.parameters, gradient * 0.01 / norm, atol=1e-6)


def test_max_norm_bounds_each_units_incoming_weights():
    bounded, *_ = stepped(run(optimizer="sgd", learning_rate=0.1, max_norm=0.7), weights=1.0)
    for weights, _ in bounded.architecture.layers(bounded.values):
        norms = np.linalg.norm(weights[0], axis=0)
        assert norms.max() <= 0.7 * (1 + 1e-6)
    assert np.isclose(np.linalg.norm(bounded.architecture.layers(bounded.values)[0][0][0], axis=0), 0.7).any()


def test_a_switch_at_an_epoch_goes_on_from_the_same_weights(train, val):
    switch = {"switch": Switch(optimizer="sgd", epoch=2), "switch_learning_rate": 1e-12}
    switched, short = train_runs([run(optimizer="adam", **switch), run(optimizer="adam", epochs=2)], train, val, 3)
    assert switched.history["train_loss"][:3] == short.history["train_loss"]
    np.testing.assert_allclose(switched.parameters, short.parameters, atol=1e-6)
    assert len(switched.history["train_loss"]) == 5


def test_networks_of_different_rates_after_the_switch_go_on_as_one_population(train, val, monkeypatch):
    populations = []
    right = Stepper.__init__
    monkeypatch.setattr(
        Stepper, "__init__", lambda self, *given: populations.append(given[0].count) or right(self, *given)
    )
    rates = (1e-12, 0.01, 0.1)
    switch = {"switch": Switch(optimizer="sgd", epoch=2)}
    still, *moved = train_runs([run(**switch, switch_learning_rate=rate) for rate in rates], train, val, 3)
    assert populations == [3, 3]
    assert all(one.history["train_loss"][:3] == still.history["train_loss"][:3] for one in moved)
    assert len({one.history["train_loss"][-1] for one in (still, *moved)}) == 3


def test_a_switch_when_stalled_comes_when_validation_no_longer_falls(train, val):
    switch = {"switch": Switch(optimizer="sgd", patience=2), "switch_learning_rate": 1e-12}
    (result,) = train_runs([run(optimizer="adam", learning_rate=0.3, epochs=60, **switch)], train, val, 3)
    losses = result.history["val_loss"]
    least = int(
        np.argmin(losses[: next(e for e in range(1, 60) if losses[e + 1] == pytest.approx(losses[e], rel=1e-6))])
    )
    after = losses[least + 2 :]
    np.testing.assert_allclose(after, after[0], rtol=1e-5)  # with so small a step nothing changes any more


def test_the_schedule_goes_on_over_a_switch_while_the_optimiser_begins_anew(train, val, monkeypatch):
    seen = []
    right = Stepper._rate
    monkeypatch.setattr(Stepper, "_rate", lambda self: seen.append(float(right(self)[0, 0])) or right(self))
    switch = {"switch": Switch(optimizer="adam", epoch=2), "switch_learning_rate": 0.1}
    train_runs([run(schedule="cosine", learning_rate=0.1, batch_size=None, **switch)], train, val, 3)
    np.testing.assert_allclose(seen, [0.1 * (1 + np.cos(np.pi * epoch / 4)) / 2 for epoch in range(4)])


@pytest.mark.parametrize("size", [None, 1, 30])
def test_full_batch_mini_batch_and_single_sample_descent_all_learn(train, val, size):
    (result,) = train_runs([run(batch_size=size, learning_rate=0.02, epochs=30)], train, val, 3)
    assert result.history["train_loss"][-1] < 0.7 * result.history["train_loss"][0]


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge", "mse", "mae"])
def test_every_loss_of_classification_learns_the_classes(train, val, loss):
    (result,) = train_runs([run(loss=loss, epochs=60, learning_rate=0.05, optimizer="adam")], train, val, 3)
    assert result.history["train_accuracy"][-1] > 0.8


def test_augmented_images_are_learned_by_fresh_draws_each_epoch():
    rows = blobs(60, 16, 2)
    pixels = Pixels((4, 4, 1), np.zeros(16, np.float32), np.ones(16, np.float32))
    spec = run(augment=Augment(shift=1), epochs=2)
    (alone,) = train_runs([spec], rows, rows, 2, pixels=pixels)
    (plain,) = train_runs([run(epochs=2)], rows, rows, 2, pixels=pixels)
    beside = train_runs([run(epochs=2), spec], rows, rows, 2, pixels=pixels)[1]
    assert alone.record() == beside.record()
    assert alone.record() != plain.record()


@pytest.mark.parametrize(
    ("name", "outputs", "targets", "values", "gradient"),
    [
        # margin 1: excesses max(0, 1 - 2 + 1) = 0 and max(0, 4 - 2 + 1) = 3
        ("hinge", [1.0, 2.0, 4.0], [1], 3.0, [0.0, -1.0, 1.0]),
        ("mse", [1.0, 2.0, 4.0], [1], (1 + 1 + 16) / 3, [2 / 3, 2 / 3, 8 / 3]),
        ("mae", [1.0, 2.0, 4.0], [1], (1 + 1 + 4) / 3, [1 / 3, 1 / 3, 1 / 3]),
        ("mse", [3.0], [1.0], 4.0, [4.0]),
        ("mae", [3.0], [5.0], 2.0, [-1.0]),
        ("huber", [3.0], [1.0], 1.5, [1.0]),
        ("huber", [1.5], [1.0], 0.125, [0.5]),
    ],
)
def test_losses_have_their_hand_worked_values_and_gradients(name, outputs, targets, values, gradient):
    settings = {
        setting: np.array([[value]])
        for setting, value in (("label_smoothing", 0.0), ("margin", 1.0), ("huber_delta", 1.0))
    }
    loss, array = LOSSES[name](settings), np.array([[outputs]])
    np.testing.assert_allclose(loss.values(array, np.array(targets)), [[values]])
    loss.gradient(array, np.array(targets))
    np.testing.assert_allclose(array[0, 0], gradient)


def test_label_smoothing_has_its_hand_worked_value():
    # probabilities 1/8, 2/8, 5/8; targets 0.1, 0.8, 0.1 with smoothing 0.3
    settings = {
        setting: np.array([[value]])
        for setting, value in (("label_smoothing", 0.3), ("margin", 1.0), ("huber_delta", 1.0))
    }
    logits = np.log(np.array([[[1.0, 2.0, 5.0]]]))
    loss = LOSSES["cross_entropy"](settings)
    expected = -(0.1 * np.log(1 / 8) + 0.8 * np.log(2 / 8) + 0.1 * np.log(5 / 8))
    np.testing.assert_allclose(loss.values(logits, np.array([1])), [[expected]])
    loss.gradient(logits, np.array([1]))
    np.testing.assert_allclose(logits[0, 0], [1 / 8 - 0.1, 2 / 8 - 0.8, 5 / 8 - 0.1])


def test_label_smoothing_beside_it_does_not_undo_a_network_without():
    settings = {"label_smoothing": np.array([[0.0], [0.3]])}
    logits = np.tile(np.array([1.0, -np.inf, 1.0]), (2, 1, 1))
    with np.errstate(invalid="ignore"):
        values = LOSSES["cross_entropy"](settings).values(logits, np.array([0]))
    np.testing.assert_allclose(values, [[np.log(2)], [np.inf]])


def deep(activation: str, init: str, *, gain: float = 1.0, deviation: float = 1.0) -> Population:
    """Ten layers of 500 units after a forward pass of 256 Gaussian rows."""
    model = Model(hidden=(500,) * 10, activation=activation, init=init, init_gain=gain)
    spec = RunSpec(model=model, train=Train(), seed=0)
    population = population_of([spec], 500, 2, 256)
    initialize_runs(population, [spec])
    rows = np.random.default_rng(0).standard_normal((256, 500), dtype=np.float32)
    population.forward(rows * np.float32(deviation))
    return population


def variances(population: Population) -> list[float]:
    return [float(layer.output.var()) for layer in population.hidden]


def test_xavier_keeps_the_variance_of_tanh_where_it_is_almost_linear_and_he_that_of_relu():
    tanh, relu = variances(deep("tanh", "xavier", deviation=0.2)), variances(deep("relu", "he"))
    assert 0.5 < tanh[-1] / tanh[0] < 2
    assert 0.5 < relu[-1] / relu[0] < 2


def test_small_weights_make_a_deep_net_collapse_and_large_ones_saturate_it():
    small = variances(deep("tanh", "normal", gain=0.01))
    assert small[-1] < 1e-3 * small[0]
    assert all(layer.flat().mean() > 0.9 for layer in deep("tanh", "normal").hidden)


@pytest.mark.parametrize("statistics", ["average", "exponential"])
def test_batch_norm_in_training_has_mean_0_and_variance_1_and_in_use_treats_rows_alike(statistics):
    architecture = Architecture((5, 7, 3), "identity", 2, "batch", "before", 1, statistics)
    population = Population(architecture, [0.0], 64, dtype=np.float64)
    population.parameters[:] = np.random.default_rng(0).normal(size=population.parameters.shape)
    views = architecture.views(population.values)
    views["norm1.scale"][:], views["norm1.shift"][:] = 1, 0
    x = np.random.default_rng(1).normal(2.0, 3.0, size=(64, 5))
    population.begin_epoch()
    population.forward(x, FixedDraws())
    hidden = population.hidden[0].output
    np.testing.assert_allclose(hidden.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(hidden.var(axis=1), 1, atol=1e-3)
    together = population.forward(x).copy()
    alone = np.concatenate([population.forward(x[row : row + 1]).copy() for row in range(64)], axis=1)
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    z = x @ views["dense1.weights"][0] + views["dense1.bias"][0]
    if statistics == "average":
        np.testing.assert_allclose(views["norm1.mean"][0, 0], z.mean(axis=0))
        np.testing.assert_allclose(views["norm1.variance"][0, 0], z.var(axis=0))
    else:
        np.testing.assert_allclose(views["norm1.mean"][0, 0], 0.1 * z.mean(axis=0))
        np.testing.assert_allclose(views["norm1.variance"][0, 0], 0.9 + 0.1 * z.var(axis=0))


def test_the_average_of_an_epochs_batches_counts_rows():
    architecture = Architecture((2, 3, 2), "identity", 2, "batch")
    population = Population(architecture, [0.0], 8, dtype=np.float64)
    population.parameters[:] = np.random.default_rng(0).normal(size=population.parameters.shape)
    x = np.random.default_rng(1).normal(size=(11, 2))
    population.begin_epoch()
    population.forward(x[:8], FixedDraws())
    population.forward(x[8:], FixedDraws())
    views = architecture.views(population.values)
    z = x @ views["dense1.weights"][0] + views["dense1.bias"][0]
    np.testing.assert_allclose(views["norm1.mean"][0, 0], z.mean(axis=0))


def test_full_monitors_find_copies_after_an_all_equal_initialisation(train, val):
    model = Model(hidden=(8,), activation="sigmoid")
    for init, expected in (("constant", 1.0), ("xavier", 0.0)):
        spec = RunSpec(model=model.model_copy(update={"init": init}), train=Train(epochs=1, monitors="full"), seed=0)
        (result,) = train_runs([spec], train, val, 3)
        assert result.history["copies"][-1] == [expected]
        assert 0 < result.history["val_entropy"][-1] <= np.log(3) + 1e-9
        assert result.history["train_divergence"] == result.history["train_loss"]
        assert len(result.history["activation_histogram"][-1][0]) == 20
        assert sum(result.history["activation_histogram"][-1][0]) == 90 * 8
        assert 0 < result.history["activation_std"][0][0] < 1 or init == "constant"


@pytest.mark.parametrize(("bias", "counts"), [(2.0, 90), (1e17, 90), (np.inf, None)])
def test_equal_activations_of_any_size_are_counted_in_the_middle(bias, counts, train):
    population = population_of([run()], 5, 3, 1)
    population.architecture.layers(population.values)[0][1][:] = bias
    with np.errstate(all="ignore"):  # as in training
        (found,) = watch(population, [train.x], train.y, loss_of([run()]))
    expected = None if counts is None else [0] * 10 + [counts * 6] + [0] * 9
    assert found["activation_histogram"] == [expected]


@pytest.mark.parametrize(
    ("loss", "pull", "settled"),
    [
        # of the outputs (2, 0), (0.5, 0), (3, 0) with labels 0, 0, 1, the first two are right
        ("cross_entropy", np.sqrt(2) * (1 / (1 + np.exp(2)) + 1 / (1 + np.exp(0.5))) / 2, 0),
        ("hinge", (0 + np.sqrt(2)) / 2, 1 / 3),  # the first is beyond the margin of 1
        ("mse", (1 + 0.5) / 2, 0),  # the gradient is 2 (z - t) / 2
    ],
)
def test_the_pull_on_what_is_right_has_its_hand_worked_values(loss, pull, settled):
    spec = RunSpec(model=Model(hidden=()), train=Train(loss=loss), seed=0)
    population = population_of([spec] * 2, 1, 2, 3)
    population.values[0] = [1, 0, 0, 0]  # the first output is x, the second 0
    population.values[1] = [-1, 0, 0, 0]
    x, labels = np.array([[2.0], [0.5], [3.0]], np.float32), np.array([0, 0, 1])
    own, other = watch(population, [x], labels, loss_of([spec] * 2))
    assert (own["pull"], own["settled"]) == (pytest.approx(pull), pytest.approx(settled))
    # of (-2, 0), (-0.5, 0), (-3, 0) the last is right; none is if all are of the first class
    assert other["settled"] == (1 / 3 if loss == "hinge" else 0)
    _, none = watch(population, [x], np.zeros(3, np.int64), loss_of([spec] * 2))
    assert none["pull"] is None


def test_cross_entropy_never_settles_and_hinge_does():
    rows = blobs(90, 20, 3)
    specs = [run(loss=loss, epochs=60, monitors="full") for loss in ("cross_entropy", "hinge")]
    soft, hard = (result.history for result in train_runs(specs, rows, rows, 3))
    assert soft["train_accuracy"][-1] == hard["train_accuracy"][-1] == 1
    assert soft["settled"] == [0] * 61
    assert soft["pull"][-1] > 0
    assert hard["settled"][-1] == 1
    assert hard["pull"][-1] == 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize(("task", "name"), [(task, name) for name, loss in LOSSES.items() for task in loss.tasks])
def test_float32_agrees_with_float64(task, name, dropout, activation):
    values = {"label_smoothing": (0.0, 0.1), "margin": (1.0, 0.7), "huber_delta": (1.0, 0.3)}
    loss = LOSSES[name]({setting: np.array(both)[:, None] for setting, both in values.items()})
    randomness = Randomness([dropout] * 2, [dropout] * 2, [dropout] * 2)
    for normalization, place, groups in NORMALIZED:
        random = np.random.default_rng(0)
        architecture = Architecture((6, 12, 8, 3), activation, 2, normalization, place, groups)
        single, double = (
            Population(architecture, [0.1, 0.2], 40, randomness, dtype) for dtype in (np.float32, np.float64)
        )
        single.parameters[:] = random.normal(size=single.parameters.shape) * 0.4
        double.parameters[:] = single.parameters
        x = random.normal(size=(40, 6)).astype(np.float32)
        targets = random.integers(3, size=40) if task == "classification" else random.normal(size=(40, 3))
        wide, exact = (
            single.forward(x, FixedDraws()),
            double.forward(x.astype(np.float64), FixedDraws()),
        )
        assert np.abs(wide - exact).max() < 1e-5 * np.abs(exact).max()
        single.differentiate(x, targets, loss, FixedDraws())
        double.differentiate(x.astype(np.float64), targets, loss, FixedDraws())
        assert np.abs(single.gradients - double.gradients).max() < 1e-5 * np.abs(double.gradients).max()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_watched_step_is_the_same_step_and_tells_what_it_did(optimizer, train):
    settings = {"l2": 0.1, "l1": 0.01, "weight_decay": 0.1, "clip_norm": 0.5, "max_norm": 0.9, "learning_rate": 0.1}
    spec = RunSpec(model=Model(hidden=(6, 5), activation="tanh"), train=Train(optimizer=optimizer, **settings), seed=0)
    steppers, populations = [], [population_of([spec] * 2, 5, 3, 90) for _ in range(2)]
    for population in populations:
        initialize_runs(population, [spec] * 2)
        steppers.append(Stepper(population, loss_of([spec] * 2), optimizer, settings_of([spec] * 2)))
    plain, watched = steppers
    for _ in range(FLUSH_EVERY + 2):
        before = [weights.copy() for weights, _ in populations[0].architecture.layers(populations[0].parameters)]
        plain.step(train.x, train.y, FixedDraws())
        ratios, *_ = watched.watched_step(train.x, train.y, FixedDraws())
        assert populations[0].values.tobytes() == populations[1].values.tobytes()
        assert plain.state.tobytes() == watched.state.tobytes()
        after = [weights for weights, _ in populations[0].architecture.layers(populations[0].parameters)]
        for layer, (then, now) in enumerate(zip(before, after, strict=True)):
            expected = np.linalg.norm((now - then)[0]) / np.linalg.norm(then[0])
            assert ratios[0, layer] == pytest.approx(expected, rel=1e-4)
