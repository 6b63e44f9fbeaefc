"""The engine: histories, stopping, divergence, and what is kept."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mindgap.data.prepared import Split
from mindgap.nn.information import divergence, entropy, softmax
from mindgap.params.run import EarlyStopping, Model, RunSpec, Switch, Train
from mindgap.training.cohort import train_runs
from mindgap.training.measure import CHUNK, measure
from mindgap.training.networks import initialize_runs, loss_of, population_of
from mindgap.training.step import Stepper
from tests.conftest import blobs, curve


def run(hidden=(8,), replicate=0, **train) -> RunSpec:
    return RunSpec(model=Model(hidden=hidden), train=Train(**{"epochs": 5, **train}), seed=1, replicate=replicate)


RUN = run()


def test_training_lowers_the_loss_on_training_and_validation(train, val):
    (result,) = train_runs([run()], train, val, 3)
    history = result.history
    assert history["train_loss"][-1] < 0.5 * history["train_loss"][0]
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert result.status == "finished"
    assert result.kept_epoch == 5


def test_histories_have_one_entry_an_epoch_and_one_value_a_layer(train, val):
    (result,) = train_runs([run(hidden=(8, 6))], train, val, 3)
    record = result.record()["history"]
    assert {len(values) for values in record.values()} == {6}
    assert record["update_ratio"][0] == record["gradient_norm"][0] == [None, None, None]
    assert all(value > 0 for value in record["update_ratio"][1])
    assert all(len(values) == 3 for values in record["gradient_norm"])
    assert all(len(values) == 2 for values in record["flat"] + record["dead"])


def test_a_run_that_diverges_stops_and_its_neighbours_notice_nothing(train, val):
    calm = run(learning_rate=0.01)
    wild, with_wild = train_runs([run(learning_rate=1e6), calm], train, val, 3)
    (alone,) = train_runs([calm], train, val, 3)
    assert wild.status == "diverged"
    assert len(wild.history["train_loss"]) < 6
    assert wild.scores("val_accuracy") == {"value": None, "val_loss": None}
    assert with_wild.record() == alone.record()


def test_a_loss_above_three_times_its_first_is_divergence_though_finite(train, val):
    rates = np.geomspace(0.3, 300, 12)
    results = train_runs([run(learning_rate=rate, epochs=8) for rate in rates], train, val, 3)
    diverged = [result for result in results if result.status == "diverged"]
    assert diverged
    for result in results:
        losses = result.history["train_loss"]
        above = [loss is None or loss > 3 * losses[0] for loss in losses]
        assert above == [False] * (len(losses) - 1) + [result.status == "diverged"]


def test_what_counts_as_divergence_is_a_param_and_each_run_has_its_own(train, val):
    rates = (1.0, 3.0)
    asked = [(rate, divergence) for rate in rates for divergence in (1.5, 3.0, None)]
    specs = [run(learning_rate=rate, divergence=divergence, epochs=20) for rate, divergence in asked]
    assert len({spec.cohort() for spec in specs}) == 1
    found = train_runs(specs, train, val, 3)
    for (_, most), result in zip(asked, found, strict=True):
        losses = result.history["train_loss"]
        above = [loss is None or (most is not None and loss > most * losses[0]) for loss in losses]
        assert above == [False] * (len(losses) - 1) + [result.status == "diverged"]
    strict, usual, free = ([result.status for result in found[place::3]] for place in range(3))
    assert strict == usual == ["finished", "diverged"]
    assert free == ["finished", "finished"]
    assert found[5].history["train_loss"][-1] > 3 * found[5].history["train_loss"][0]


def test_early_stopping_goes_back_to_the_best_epoch(train, val):
    stopping = EarlyStopping(patience=3, metric="val_loss")
    (result,) = train_runs([run(epochs=200, learning_rate=0.3, early_stopping=stopping)], train, val, 3)
    losses = result.history["val_loss"]
    assert result.status == "stopped_early"
    assert result.kept_epoch == int(np.argmin(losses))
    assert len(losses) == result.kept_epoch + 3 + 1
    assert result.scores("val_loss") == {"value": min(losses), "val_loss": min(losses)}


def test_the_kept_weights_reproduce_the_history_at_the_kept_epoch(train, val):
    stopping = EarlyStopping(patience=3, metric="val_loss")
    spec = run(epochs=50, learning_rate=0.3, early_stopping=stopping)
    (result,) = train_runs([spec], train, val, 3)
    population = population_of([spec], 5, 3, 1)
    population.values[0] = result.parameters
    for split, name in ((train, "train"), (val, "val")):
        measured = measure(population, split, loss_of([RUN])).metrics
        assert measured["loss"][0] == result.history[f"{name}_loss"][result.kept_epoch]
        assert measured["accuracy"][0] == result.history[f"{name}_accuracy"][result.kept_epoch]


def test_a_member_that_stops_early_leaves_the_others_to_go_on(train, val):
    stopping = EarlyStopping(patience=1, metric="val_loss")
    specs = [run(epochs=30, learning_rate=rate, early_stopping=stopping) for rate in (1.0, 0.001)]
    quick, slow = train_runs(specs, train, val, 3)
    assert len(quick.history["val_loss"]) < len(slow.history["val_loss"])


def test_zeros_make_all_hidden_units_equal_for_ever(train, val):
    spec = RunSpec(model=Model(hidden=(6,), init="zeros", activation="sigmoid"), train=Train(epochs=5), seed=0)
    (result,) = train_runs([spec], train, val, 3)
    ((first, _), _) = population_of([spec], 5, 3, 1).architecture.layers(result.parameters[None])
    assert np.all(first[0] == first[0][:, :1])
    assert np.any(first != 0)


def test_saturated_tanh_and_dead_relu_units_are_counted(train, val):
    loud = Model(hidden=(50,), activation="tanh", init="normal", init_gain=30.0)
    spec = RunSpec(model=loud, train=Train(epochs=1, learning_rate=1e-9), seed=0)
    (result,) = train_runs([spec], train, val, 3)
    assert result.history["flat"][0][0] > 0.9

    spec = RunSpec(model=Model(hidden=(50,)), train=Train(epochs=1), seed=0)
    population = population_of([spec], 5, 3, 1)
    initialize_runs(population, [spec])
    biases = population.architecture.layers(population.values)[0][1]
    biases[0, 0, :10] = -1e6
    assert measure(population, train, loss_of([RUN])).dead[0, 0] == pytest.approx(10 / 50, abs=0.02)


def test_measuring_takes_all_rows_whatever_their_number():
    spec = run()
    split = blobs(2 * CHUNK + 17, 5, 3)
    population = population_of([spec], 5, 3, 1)
    initialize_runs(population, [spec])
    found = measure(population, split, loss_of([RUN])).metrics
    logits = np.concatenate([population.forward(split.x[i : i + 1]).copy()[0] for i in range(len(split.y))])
    values = loss_of([RUN]).values(logits[None].astype(np.float64), split.y)
    assert found["loss"][0] == pytest.approx(values.mean(), rel=1e-6)
    assert found["accuracy"][0] == (logits.argmax(axis=1) == split.y).mean()


def test_a_regression_is_measured_in_the_targets_own_units():
    spec, split = run(hidden=(), loss="mse"), curve(2 * CHUNK + 17)
    population = population_of([spec], 3, 1, 1)  # all weights are 0, so it predicts 0
    y = split.y.astype(np.float64)
    found = {name: values[0] for name, values in measure(population, split, loss_of([spec])).metrics.items()}
    assert found["loss"] == pytest.approx((y**2).mean())
    assert found["rmse"] == pytest.approx(20 * np.sqrt((y**2).mean()))
    assert found["mae"] == pytest.approx(20 * np.abs(y).mean())
    assert found["r2"] == pytest.approx(1 - (y**2).sum() / ((y - y.mean()) ** 2).sum())


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_networks_on_splits_of_their_own_are_measured_as_each_is_alone(loss):
    specs = [run(loss=loss, replicate=number) for number in range(3)]
    rows = CHUNK + 44
    splits, outputs = [blobs(rows, 3, 4, seed=number) for number in range(3)], 4
    if loss == "mse":
        splits, outputs = [replace(curve(rows, seed=number), unit=20.0 + number) for number in range(3)], 1
    population = population_of(specs, 3, outputs, 1)
    initialize_runs(population, specs)
    together = measure(population, splits, loss_of(specs), thorough=True, by_row=True)
    for number, split in enumerate(splits):
        alone = measure(population, split, loss_of(specs), thorough=True, by_row=True)
        for found, wanted in ((together.metrics, alone.metrics), (together.by_row, alone.by_row)):
            assert list(found) == list(wanted)
            assert all(np.array_equal(found[metric][number], wanted[metric][number]) for metric in wanted)
        assert np.array_equal(together.flat[number], alone.flat[number])


def test_r2_is_1_where_every_value_is_met_and_0_for_the_mean():
    spec = run(hidden=(), loss="mse")
    x = np.array([[0.0], [1.0], [2.0], [5.0]], np.float32)
    population = population_of([spec] * 2, 1, 1, 1)
    population.values[:] = [[3, -1], [0, 5]]  # weights and bias: 3x - 1, and the mean of 3x - 1
    found = measure(population, Split(x, 3 * x[:, 0] - 1), loss_of([spec] * 2)).metrics
    assert found["r2"].tolist() == [1, 0]
    assert found["rmse"][0] == found["mae"][0] == found["loss"][0] == 0


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_divergence_is_that_of_the_predicted_distribution_from_the_targets(train, smoothing):
    spec = run(label_smoothing=smoothing)
    population = population_of([spec], 5, 3, 1)
    initialize_runs(population, [spec])
    found = measure(population, train, loss_of([spec]), thorough=True).metrics
    predicted = softmax(population.forward(train.x)[0].astype(np.float64))
    wanted = (1 - smoothing) * np.eye(3)[train.y] + smoothing / 3
    assert found["divergence"][0] == pytest.approx(divergence(wanted, predicted).mean(), rel=1e-5)
    assert found["entropy"][0] == pytest.approx(entropy(predicted).mean(), rel=1e-5)
    assert found["loss"][0] - found["divergence"][0] == pytest.approx(entropy(wanted).mean())


def test_a_regression_learns_a_smooth_function_and_stops_by_its_own_metric():
    stopping = EarlyStopping(patience=20, metric="val_r2")
    spec = run(hidden=(32,), loss="mse", epochs=200, early_stopping=stopping, monitors="full")
    (result,) = train_runs([spec], curve(500), curve(200), 1)
    history = result.history
    assert not {"pull", "settled"} & history.keys()  # there is nothing to be right about
    assert result.kept_epoch == int(np.argmax(history["val_r2"]))
    assert result.scores("val_rmse")["value"] == history["val_rmse"][result.kept_epoch]
    assert history["val_r2"][result.kept_epoch] > 0.9  # the noise leaves 0.99


def test_without_early_stopping_the_last_epochs_weights_are_kept(train, val):
    short, long = run(epochs=3), run(epochs=7)
    together = train_runs([short, long], train, val, 3)
    for spec, result in zip((short, long), together, strict=True):
        population = population_of([spec], 5, 3, 1)
        population.values[0] = result.parameters
        assert result.kept_epoch == spec.train.epochs
        assert measure(population, val, loss_of([RUN])).metrics["loss"][0] == result.history["val_loss"][-1]


def test_l2_pulls_weights_to_zero_and_leaves_biases(train, val):
    free, pulled = train_runs([run(epochs=30), run(epochs=30, l2=0.1)], train, val, 3)
    weights = population_of([run()], 5, 3, 1).architecture.weights
    norms = [np.linalg.norm(result.parameters[:weights]) for result in (free, pulled)]
    assert norms[1] < 0.7 * norms[0]


def blas_threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_training_gives_the_same_bits_whatever_the_threads_of_blas_and_gives_them_back():
    rows, val = blobs(300, 784, 10), blobs(20, 784, 10)
    spec = run(hidden=(512,), epochs=1, batch_size=128)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            during: list[list[int]] = []
            (result,) = train_runs([spec], rows, val, 10, lambda epoch, alive, seen=during: seen.append(blas_threads()))
            found.append(result.parameters.tobytes())
            assert {count for counts in during for count in counts} == {1}
            assert set(blas_threads()) == {threads}
    assert found[0] == found[1]


def test_a_batch_larger_than_the_data_is_the_whole_data(train, val):
    small, large = (train_runs([run(batch_size=size)], train, val, 3)[0] for size in (90, 5000))
    assert small.record() == large.record()


@pytest.mark.parametrize("left", [1, 2, 3])
def test_a_few_rows_left_over_do_not_spoil_batch_normalisation(left):
    rows, val = blobs(160 + left, 20, 10), blobs(200, 20, 10)
    normalized = Model(hidden=(30,), normalization="batch")
    specs = [
        RunSpec(model=normalized, train=Train(epochs=20, learning_rate=0.1), seed=0, replicate=replicate)
        for replicate in range(6)
    ]
    results = train_runs(specs, rows, val, 10)
    losses = np.array([result.history["val_loss"][10:] for result in results], float)
    evenly = train_runs(specs, Split(rows.x[:160], rows.y[:160]), val, 10)
    assert np.mean(losses) < 1.3 * np.mean([result.history["val_loss"][10:] for result in evenly])


def test_the_last_step_of_full_size_is_watched_though_it_has_more_rows(monkeypatch):
    sizes = []
    watched, plain = Stepper.watched_step, Stepper.step
    monkeypatch.setattr(
        Stepper, "watched_step", lambda *given, **how: sizes.append(-len(given[1])) or watched(*given, **how)
    )
    monkeypatch.setattr(Stepper, "step", lambda *given: sizes.append(len(given[1])) or plain(*given))
    spec = RunSpec(model=Model(hidden=(4,), normalization="batch"), train=Train(epochs=1, batch_size=32), seed=0)
    train_runs([spec], blobs(97, 5, 3), blobs(9, 5, 3), 3)
    train_runs([spec], blobs(105, 5, 3), blobs(9, 5, 3), 3)
    assert sizes == [32, 32, -33, 32, 32, -32, 9]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"early_stopping": EarlyStopping(patience=1)},
        {"schedule": "cosine", "warmup_epochs": 1},
        {"switch": Switch(patience=1)},
        {"batch_size": None, "dropout": 0.3},
        {"monitors": "full"},
    ],
    ids=str,
)
@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_a_run_of_no_epochs_is_measured_as_initialised(train, val, normalization, change):
    spec = RunSpec(model=Model(hidden=(8, 6), normalization=normalization), train=Train(epochs=0, **change), seed=1)
    untrained, trained = train_runs([spec, spec.vary({"epochs": 2})], train, val, 3)
    population = population_of([spec], 5, 3, 1)
    initialize_runs(population, [spec])
    assert (untrained.status, untrained.kept_epoch) == ("finished", 0)
    assert untrained.parameters.tobytes() == population.values.tobytes()
    assert untrained.record()["history"] == {name: values[:1] for name, values in trained.record()["history"].items()}
    assert untrained.scores("val_loss")["value"] == trained.history["val_loss"][0]


def test_a_network_that_is_no_number_as_initialised_has_diverged(train, val):
    broken = Split(np.full_like(train.x, np.inf), train.y)
    (result,) = train_runs([run(epochs=0, monitors="full")], broken, val, 3)
    assert (result.status, result.kept_epoch) == ("diverged", None)


def test_full_monitors_see_the_gradients_before_the_first_step(train, val):
    spec = run(hidden=(8, 6), batch_size=None, epochs=0, monitors="full", l2=0.1)
    (result,) = train_runs([spec], train, val, 3)
    population = population_of([spec], 5, 3, 90, np.float64)
    initialize_runs(population, [spec])
    (w1, b1), (w2, b2), (w3, b3) = ((w[0], b[0]) for w, b in population.architecture.layers(population.values))
    z1 = train.x @ w1 + b1
    h1 = np.maximum(z1, 0)
    z2 = h1 @ w2 + b2
    h2 = np.maximum(z2, 0)
    by_output = (softmax(h2 @ w3 + b3) - np.eye(3)[train.y]) / 90
    by_h2 = by_output @ w3.T
    by_h1 = (by_h2 * (z2 > 0)) @ w2.T
    by_weights = [train.x.T @ (by_h1 * (z1 > 0)), h1.T @ (by_h2 * (z2 > 0)), h2.T @ by_output]
    norms = [np.linalg.norm(by + 0.1 * w) for by, w in zip(by_weights, (w1, w2, w3), strict=True)]
    assert result.history["gradient_norm"] == [pytest.approx(norms, rel=1e-5)]
    assert result.history["backprop_std"] == [pytest.approx([by_h1.std(), by_h2.std()], rel=1e-5)]
    assert result.record()["history"]["update_ratio"] == [[None, None, None]]


def test_the_gradients_before_the_first_step_are_those_that_it_takes(train, val):
    # the one batch of epoch 1, with its dropout
    spec = run(hidden=(8, 6), batch_size=None, epochs=2, monitors="full", dropout=0.3)
    (result,) = train_runs([spec], train, val, 3)
    for name in ("gradient_norm", "backprop_std"):
        first, same, later = result.history[name]
        assert first == same != later


@pytest.mark.parametrize(
    "model",
    [
        {"normalization": "batch"},
        {"normalization": "batch", "batch_statistics": "exponential", "normalization_place": "after"},
        {"hidden": ()},
    ],
    ids=str,
)
@pytest.mark.parametrize("batch_size", [None, 16])
def test_watching_in_full_changes_no_bit_of_the_training(train, val, batch_size, model):
    more = {"batch_size": batch_size, "dropout": 0.2, "input_noise": 0.1, "input_dropout": 0.1, "clip_norm": 1.0}
    runs = [
        RunSpec(model=Model(**{"hidden": (8, 6), **model}), train=Train(epochs=3, **more), seed=1, replicate=replicate)
        for replicate in range(2)
    ]
    basic = train_runs(runs, train, val, 3)
    full = train_runs([spec.vary({"monitors": "full"}) for spec in runs], train, val, 3)
    for plain, watched in zip(basic, full, strict=True):
        assert plain.parameters.tobytes() == watched.parameters.tobytes()
        for name, values in plain.record()["history"].items():
            assert watched.record()["history"][name][1:] == values[1:]
            assert watched.record()["history"][name][0] == values[0] or name == "gradient_norm"
        assert all(None not in norms for norms in watched.record()["history"]["gradient_norm"])


def test_update_ratio_is_the_step_over_the_weights(train, val):
    # plain gradient descent on the whole data: the step is lr times the gradient
    spec = run(optimizer="sgd", batch_size=90, epochs=1, learning_rate=0.1)
    (result,) = train_runs([spec], train, val, 3)
    population = population_of([spec], 5, 3, 90)
    initialize_runs(population, [spec])
    for layer, (weights, _) in enumerate(population.architecture.layers(population.values)):
        expected = 0.1 * result.history["gradient_norm"][1][layer] / np.linalg.norm(weights)
        assert result.history["update_ratio"][1][layer] == pytest.approx(expected, rel=1e-4)
