"""Probes and simulations against hand-worked numbers, known laws and other ways to the same result."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from scipy.stats import entropy, norm

from mindgap.claims.measures import MEASURES, Span
from mindgap.claims.probes import PROBES, Network
from mindgap.claims.simulations import SIMULATIONS
from mindgap.data.prepared import Split
from mindgap.errors import UserError
from mindgap.params.run import RunSpec
from mindgap.results.arm import Arm, ArmRun
from mindgap.stages.arm_simulation import run_arm_simulation
from mindgap.tasks import CLASSIFICATION, REGRESSION


class Seen(Network):
    """A network on rows that are given, in place of a folder of them."""

    rows: Split
    image: tuple[int, int, int] | None

    def population(self, count=1, rows=256, dtype=np.float64):
        from mindgap.training.networks import population_of

        features = self.rows.x.shape[1]
        outputs = int(self.rows.y.max()) + 1 if self.rows.y.dtype.kind == "i" else 1
        found = population_of([self.spec] * count, features, outputs, rows, dtype, self.image)
        found.values[:] = self.values
        return found

    @property
    def blank(self):
        return np.zeros(self.rows.x.shape[1])

    def split(self, name):
        return self.rows

    def without_chance(self):
        return seen(self.rows, self.values, self.image, **{**self.spec.model_dump(), "replicate": 0})


def seen(rows: Split, values, image=None, **spec) -> Seen:
    network = Seen(RunSpec.model_validate({"seed": 0, **spec}), None, np.asarray(values, np.float32))
    object.__setattr__(network, "rows", rows)
    object.__setattr__(network, "image", image)
    return network


def linear(x, y, values, **train) -> Seen:
    """A linear network, values being the weights by row, then the biases."""
    rows = Split(np.asarray(x, np.float32), np.asarray(y), 1.0)
    return seen(rows, values, model={"hidden": []}, train=train)


def test_residuals_cancel_where_those_of_both_signs_do_and_the_largest_weigh_by_their_squares():
    network = linear([[0.0]] * 4, np.float32([1, -1, 3, -3]), [0, 0], loss="mse")
    found = PROBES["residuals"].model_validate({"largest": 0.25}).look(network)
    assert found == {"cancel": 0, "largest_squared": 9 / 20, "largest_absolute": 3 / 8}
    shifted = linear([[0.0]] * 4, np.float32([1, -1, 3, -3]), [0, 5], loss="mse")
    assert PROBES["residuals"].model_validate({}).look(shifted)["cancel"] == 1


def test_of_gaussian_weights_within_has_the_share_that_the_normal_distribution_has():
    random = np.random.default_rng(0)
    network = linear(np.zeros((2, 10_000)), np.float32([0, 1]), [*random.standard_normal(10_000), 7.0], loss="mse")
    for deviations in (1, 2, 3):
        (share,) = PROBES["spread"].model_validate({"deviations": deviations}).look(network)["within"]
        assert share == pytest.approx(2 * norm.cdf(deviations) - 1, abs=4 * sqrt(0.25 / 10_000))


def test_weight_noise_raises_a_squared_loss_by_its_variance():
    # of y' = w x with w = 3, x = 2 and y = 6: E[(w (1 + s n) x - y)^2] = (3 s 2)^2
    network = linear([[2.0]] * 5, np.float32([6] * 5), [3, 0], loss="mse")
    found = PROBES["weight_noise"].model_validate({"size": 0.1, "draws": 1000}).look(network)
    mae = linear([[2.0]] * 5, np.float32([6] * 5), [3, 0], loss="mae")
    absolute = PROBES["weight_noise"].model_validate({"size": 0.1, "draws": 1000}).look(mae)
    assert absolute["noise_change"] == pytest.approx(0.6 * sqrt(2 / np.pi), rel=0.1)
    assert found["noise_score"] == pytest.approx(0.6 * sqrt(2 / np.pi), rel=0.1)  # of one row, RMSE is |error|
    assert found["noise_change"] == pytest.approx(0.36, rel=0.15)


def test_the_gradient_of_all_rows_has_no_error_and_that_of_few_has_more_than_that_of_many():
    random = np.random.default_rng(0)
    x, y = random.standard_normal((60, 3)), random.integers(0, 2, 60)
    probe = PROBES["gradient_noise"].model_validate({"sizes": [60, 30, 1], "batches": 200})
    errors = probe.look(linear(x, y, random.standard_normal(8)))["gradient_error"]
    assert errors[0] == pytest.approx(0, abs=1e-12)
    assert errors[2] / errors[1] == pytest.approx(sqrt(30 * (59 / 30)), rel=0.2)  # without replacement from 60 rows


def test_batch_norm_in_use_knows_no_batch_and_in_training_does():
    random = np.random.default_rng(0)
    rows = Split(random.standard_normal((32, 3)).astype(np.float32), random.integers(0, 2, 32), 1.0)
    for normalization, alone in (("batch", False), ("layer", True)):
        spec = {"model": {"hidden": [5], "normalization": normalization}, "train": {}}
        empty = seen(rows, np.zeros(1), **spec)
        values = random.standard_normal(empty.population().values.shape[1]) ** 2 + 0.1
        found = PROBES["single_rows"].model_validate({"rows": 32}).look(seen(rows, values, **spec))
        assert found["alone_in_use"] < 1e-12
        assert (found["alone_in_training"] < 1e-12) == alone


def test_a_spread_tells_where_errors_spread_most():
    random = np.random.default_rng(0)
    x = np.float32(random.standard_normal((200, 4)))
    spec = {"model": {"hidden": [20]}, "train": {"dropout": 0.5}}
    rows = Split(x, random.integers(0, 2, 200), 1.0)
    empty = seen(rows, np.zeros(1), **spec)
    network = seen(rows, random.standard_normal(empty.population().values.shape[1]), **spec)
    found = PROBES["monte_carlo"].model_validate({"passes": 20}).look(network)
    assert len(found["errors_by_spread"]) == 5
    assert 0.3 < found["spread_tells"] < 0.7  # labels by chance: no spread tells anything
    assert 0.3 < np.mean(found["errors_by_spread"]) < 0.7


@pytest.mark.parametrize("blocks", [[], [{"filters": 3}]], ids=["dense", "convolution"])
@pytest.mark.parametrize("name", list(PROBES))
def test_probes_find_what_they_say_that_they_find(name, blocks):
    random = np.random.default_rng(0)
    image = (6, 5, 2)
    x = np.float32(random.standard_normal((64, 60)))
    y = x[:, 0] if name == "residuals" else random.integers(0, 2, 64)
    loss = "mse" if name == "residuals" else "hinge"
    spec = {"model": {"convolution": blocks, "hidden": [4]}, "train": {"dropout": 0.5, "loss": loss}}
    rows = Split(x, y, 1.0)
    empty = seen(rows, np.zeros(1), image, **spec)
    network = seen(rows, random.standard_normal(empty.population().values.shape[1]), image, **spec)
    probe = PROBES[name].model_validate({})
    if name == ("resemblance" if blocks else "features"):
        assert probe.refuses(network.spec, CLASSIFICATION) is not None
        return
    found = {entry: len(own) if isinstance(own, list) else None for entry, own in probe.look(network).items()}
    assert found == probe.finds(network.spec)
    assert probe.refuses(network.spec, REGRESSION if name == "residuals" else CLASSIFICATION) is None


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_is_the_divergence_and_what_targets_have_of_their_own(smoothing):
    # p = (1/3, 1/3, 1/3) whatever the row: cross-entropy is ln 3, and the divergence that less the entropy of t
    network = linear([[1.0], [2.0]], np.array([0, 2]), np.zeros(6), label_smoothing=smoothing)
    found = PROBES["information"].model_validate({}).look(network)
    t = (1 - smoothing) * np.array([1, 0, 0]) + smoothing / 3
    assert found["cross_entropy"] == pytest.approx(np.log(3), abs=1e-12)
    assert found["divergence"] == pytest.approx(np.log(3) - entropy(t), abs=1e-12)


def test_a_probability_too_small_for_a_number_leaves_the_divergence_open():
    network = linear([[1000.0]], np.array([1]), [1, 0, 0, 0])  # p of the class is exp(-1000), which is 0 in float64
    assert PROBES["information"].model_validate({}).look(network) == {"cross_entropy": 1000, "divergence": None}


def test_an_edge_is_what_a_plane_explains_of_a_filter_whatever_its_level():
    rising, bent, even = np.tile([3.0, 5.0, 7.0], 3), np.tile([1.0, -2.0, 1.0], 3), np.full(9, 4.0)
    half = rising + sqrt(24 / 18) * bent  # as much of each: 24 and 18 are their sums of squares about the mean
    rows = Split(np.eye(4, 16, dtype=np.float32), np.arange(4) % 2, 1.0)
    for filters, edges in (([rising], 1), ([rising, bent], 0.5), ([rising, even], 1), ([half], 0.5), ([even], None)):
        blocks = [{"filters": len(filters), "kernel": 3, "pool": None}]
        spec = {"model": {"convolution": blocks, "hidden": []}, "train": {}}
        size = seen(rows, np.zeros(1), (4, 4, 1), **spec).population().values.shape[1]
        first = np.stack(filters, axis=1).ravel()
        values = np.concatenate([first, np.zeros(size - len(first))])
        found = PROBES["features"].model_validate({}).look(seen(rows, values, (4, 4, 1), **spec))["edges"]
        assert found == (edges if edges is None else pytest.approx(edges, abs=1e-6))


def test_a_first_layer_that_is_a_convolution_has_no_templates_but_its_maps_can_be_left_out():
    params = {"model": {"convolution": [{"filters": 2}]}, "train": {"channel_dropout": 0.2}, "seed": 0}
    filters, dense = RunSpec.model_validate(params), RunSpec(model={}, train={}, seed=0)
    resemblance, monte_carlo = (PROBES[name].model_validate({}) for name in ("resemblance", "monte_carlo"))
    assert "a convolution" in resemblance.refuses(filters, CLASSIFICATION)
    assert resemblance.refuses(dense, CLASSIFICATION) is None
    assert monte_carlo.refuses(filters, CLASSIFICATION) is None
    assert "dropout" in monte_carlo.refuses(filters.vary({"channel_dropout": 0.0}), CLASSIFICATION)
    assert "dropout" in monte_carlo.refuses(dense.vary({"channel_dropout": 0.2}), CLASSIFICATION)


def test_rows_look_like_the_template_that_answers_them_by_its_cosine():
    # w_0 = (1, 0), w_1 = (0, 2), with a bias of 3 for the latter: it answers both rows, at cosines of 0.6 and 1
    network = linear([[0.8, 0.6], [0.0, 5.0]], np.array([0, 1]), [1, 0, 0, 2, 0, 3])
    assert PROBES["resemblance"].model_validate({}).look(network)["resemblance"] == pytest.approx(0.8)
    unbiased = linear([[0.8, 0.6], [3.0, -4.0]], np.array([0, 1]), [1, 0, 0, 0.5, 0, 0])
    assert PROBES["resemblance"].model_validate({}).look(unbiased)["resemblance"] == pytest.approx(0.7)


def test_a_dead_relu_unit_is_starved_and_one_that_leaks_is_where_its_leak_is_as_good_as_none():
    random = np.random.default_rng(0)
    rows = Split(random.standard_normal((150, 2)).astype(np.float32), random.integers(0, 2, 150), 1.0)
    for model, starved in (
        ({"activation": "relu"}, 0.25),
        ({"activation": "leaky_relu", "leak": 0.1}, 0.0),
        ({"activation": "leaky_relu", "leak": 1e-4}, 0.25),
    ):
        spec = {"model": {"hidden": [4], **model}, "train": {}}
        values = [*random.standard_normal(8), *[1, -1] * 4, -20, 0, 0, 0, 0, 0]  # weights of both layers, then biases
        assert PROBES["starved"].model_validate({}).look(seen(rows, values, **spec)) == {"starved": [starved]}
    nothing = seen(rows, np.zeros(22), model={"hidden": [4]}, train={})
    assert PROBES["starved"].model_validate({}).look(nothing)["starved"] == [1.0]


def run(name, seed=0, replicate=1, **settings):
    return SIMULATIONS[name].model_validate(settings).run(seed, replicate)


def test_plain_descent_down_a_ravine_shrinks_each_coordinate_by_its_own_factor():
    found = run("ravine", optimizer="sgd", learning_rate=0.01, steepness=[50, 50], steps=7)
    along, across = np.array(found["place"]).T
    assert along[7] == pytest.approx(along[0] * 0.99**7)
    assert across[7] == pytest.approx(across[0] * 0.5**7)
    assert found["train_loss"][7] == pytest.approx((along[7] ** 2 + 50 * across[7] ** 2) / 2)
    assert found["across"][7] == pytest.approx(abs(across[0]) * (1 - 0.5**7))
    assert found["effective_rate"][0] == [None, None]
    assert np.array(found["effective_rate"][1:]) == pytest.approx(np.full((7, 2), 0.01))


def test_a_momentum_of_1_keeps_its_energy_and_a_rate_too_large_ends_the_path():
    found = run("ravine", optimizer="momentum", momentum=1.0, learning_rate=1e-4, steps=5000)
    assert np.max(found["train_loss"][-2000:]) == pytest.approx(np.max(found["train_loss"]), rel=0.1)
    wild = run("ravine", optimizer="sgd", learning_rate=1e3, steps=500)
    assert wild["train_loss"][-1] is None
    assert len(wild["train_loss"]) < 500


def test_a_path_that_ends_early_shortens_no_other(tmp_path):
    points = [{"learning_rate": 0.01}, {"learning_rate": 1e3}]
    params = {"simulation": {"ravine": {"steps": 500}}, "points": points, "slice": [1, 2]}
    run_arm_simulation(params, 0, tmp_path)
    found = Arm.read(tmp_path)
    assert [len(own.history["step"]) for own in found.runs][1] < 501
    assert found.epochs == 500  # so that what the first does not reach is known to take more


def test_both_forms_of_a_gate_have_one_slope_and_the_fine_one_is_dearer():
    for gate in ("sigmoid", "tanh", "relu"):
        fused, fine = (run("gates", gate=gate, form=form) for form in ("fused", "fine"))
        assert fused["slope"] == pytest.approx(fine["slope"])
        assert fused["gates"] <= fine["gates"]
    assert run("gates", layers=2)["gates"] == [
        2 * 2 + 2
    ]  # a product and a gate a layer, and the outputs' with its square
    assert set(SIMULATIONS["gates"].model_validate({}).seconds(0)) == {"fused", "fine"}


def test_dropout_keeps_the_mean_in_both_forms_and_not_without_scaling():
    errors = {form: run("dropout_forms", form=form, rate=0.5)["off"][0] for form in ("inverted", "vanilla", "unscaled")}
    # the mean of n draws of a scaled coin has the deviation sqrt(rate / (1 - rate) / n)
    assert errors["inverted"] == pytest.approx(sqrt(1 / 10_000), rel=0.3)
    assert errors["vanilla"] == pytest.approx(errors["inverted"])
    assert errors["unscaled"] == pytest.approx(0.5, abs=0.02)
    assert run("dropout_forms", form="vanilla", rate=0.2, draws=2)["scale"] == [pytest.approx(0.8)]


def test_l1_sets_a_small_weight_to_0_and_l2_solves_its_equation():
    found = run("two_weights", penalty="l2", size=0.5)
    c1, c2, a11, a12, a22 = found["bowl"][0]
    bowl, least = np.array([[a11, a12], [a12, a22]]), np.array([c1, c2])
    assert found["place"][-1] == pytest.approx(np.linalg.solve(bowl + 0.5 * np.eye(2), bowl @ least))
    assert run("two_weights", penalty="none")["place"][-1] == pytest.approx(least)
    zeros = [run("two_weights", penalty="l1", replicate=number)["zeros"][-1] for number in range(20)]
    assert np.median(zeros) == 0.5
    place = np.array(run("two_weights", penalty="l1", replicate=3)["place"][-1])
    c1, c2, a11, a12, a22 = run("two_weights", penalty="l1", replicate=3)["bowl"][0]
    slope = np.array([[a11, a12], [a12, a22]]) @ (place - [c1, c2])
    there = place != 0  # where a weight is left, the bowl pulls as hard as the penalty; where not, less hard
    assert np.abs(slope[there]) == pytest.approx(0.5, abs=1e-6)
    assert (np.abs(slope[~there]) <= 0.5).all()


def test_bias_variance_and_noise_add_up_to_the_error():
    found = run("bias_variance", hidden=[4], sets=100, others=100, epochs=30, init_gain=1)  # larger weights vary wildly
    assert found["sum"][0] == pytest.approx(found["bias"][0] + found["variance"][0] + 0.09)
    assert found["error"][0] == pytest.approx(found["sum"][0], rel=0.1)
    assert found["unexplained"][0] == pytest.approx(1 - found["sum"][0] / found["error"][0])
    assert found["unexplained"][0] != 0  # the error is measured on its own


@pytest.mark.parametrize("name", list(SIMULATIONS))
def test_simulations_are_the_same_for_the_same_seed_and_replicate_alone(name):
    short = {"bias_variance": {"epochs": 2}, "ravine": {"noise": 1.0, "steps": 5}}.get(name, {})
    assert run(name, **short) == run(name, **short)
    assert run(name, **short) != run(name, replicate=2, **short)
    assert run(name, **short) != run(name, seed=1, **short)


@pytest.mark.parametrize("name", list(SIMULATIONS))
def test_simulations_have_all_that_they_say_there_is_to_measure(name):
    short = {"bias_variance": {"epochs": 2}, "ravine": {"steps": 2}}.get(name, {})
    history, finds = run(name, **short), SIMULATIONS[name].finds
    assert {entry: len(own[-1]) if isinstance(own[-1], list) else None for entry, own in history.items()} == {
        **finds,
        **({"curves": 5} if name == "bias_variance" else {}),  # which are lines
    }


def measure(name, *runs, epochs=3, **settings) -> Span:
    return MEASURES[name].model_validate(settings).of(runs, epochs)


def trained(replicate=1, status="finished", kept=2, point=None, parameters=0, **history) -> ArmRun:
    return ArmRun(
        replicate=replicate, point=point or {}, status=status, kept_epoch=kept, parameters=parameters, history=history
    )


def test_measures_of_sweeps_and_searches():
    runs = [
        trained(
            val_accuracy=[0.1, 0.5, 0.8], val_loss=[2, 1, 0.5], train_loss=[2, 1, 0.5], point={"learning_rate": 0.1}
        ),
        trained(
            val_accuracy=[0.1, 0.9, 0.7], val_loss=[2, 1, 0.7], train_loss=[2, 1, 0.7], point={"learning_rate": 0.01}
        ),
        trained(
            val_accuracy=[0.1, None], train_loss=[2, None], kept=None, status="diverged", point={"learning_rate": 1}
        ),
    ]
    assert measure("best", *runs) == Span.known(0.8)
    assert measure("best", runs[2]).low == -np.inf
    assert measure("share", *runs, value=0.85) == Span.known(1 / 3)
    assert measure("share", *runs) == Span.known(1 / 3)
    assert measure("trained", *runs) == Span.known(5)
    assert measure("trained", trained(parameters=12), trained(parameters=5), what="parameters") == Span.known(12)
    assert measure("edge", *runs, param="learning_rate", range={"log_uniform": [0.01, 1]}) == Span.known(0.5)
    lost = replace(runs[0], status="diverged")  # after an epoch whose weights are kept
    assert measure("best", lost, *runs[1:]) == Span.known(0.7)
    assert measure("edge", lost, *runs[1:], param="learning_rate", range={"log_uniform": [0.01, 1]}) == Span.known(0)
    assert measure("edge", *runs[1:], param="learning_rate", range={"log_uniform": [0.01, 1]}) == Span.known(0)


def test_monitors_of_layers_and_epochs():
    layers = trained(gradient_norm=[[8.0, 4.0, 1.0], [1.0, None, 2.0]], mean=[-2.0, 4.0, 1.0])
    assert measure("monitor", layers, metric="gradient_norm", epoch=0, layer=2, over_layer=0) == Span.known(1 / 8)
    per = measure("monitor", layers, metric="gradient_norm", epoch=0, layer=2, over_layer=0, per_layer=True)
    assert per.low == pytest.approx(sqrt(1 / 8))
    assert measure("monitor", layers, metric="gradient_norm", epoch=1, layer=1) == Span.unknown()
    assert measure("monitor", layers, metric="mean", epoch=-4) == Span.unknown()
    with pytest.raises(UserError, match="gradient_norm has 3 layers, and none of the number 7"):
        measure("monitor", layers, metric="gradient_norm", epoch=0, layer=7)
    assert measure("monitor", layers, metric="mean", epoch=0, size=True) == Span.known(2)
    assert measure("monitor", layers, metric="mean", epoch=-1, mean=2) == Span.known(2.5)
    assert measure("monitor", layers, metric="mean", epoch=2, over_epoch=1) == Span.known(0.25)
    lost = trained(status="diverged", kept=None, train_loss=[1.0, 2.0, 9.0])
    assert measure("monitor", lost, metric="train_loss", epoch=1) == Span.known(2)
    assert measure("monitor", lost, metric="train_loss", epoch=-1) == Span.unknown()  # it has no end
    kept = replace(lost, kept_epoch=1)  # as where it would have been stopped early
    assert measure("monitor", kept, metric="train_loss") == Span.unknown()


def test_gaps_at_the_best_point_and_entries_that_lie_apart():
    one = trained(train_loss=[1, 1, 1], val_loss=[1, 1, 3], train_accuracy=[0, 0, 1], val_accuracy=[0, 0, 0.5])
    two = trained(train_loss=[1, 1, 1], val_loss=[1, 1, 2], train_accuracy=[0, 0, 0.9], val_accuracy=[0, 0, 0.8])
    assert measure("gap", one, two, metric="accuracy").low == pytest.approx(0.3)
    assert measure("gap", one, two, metric="accuracy", point="best").low == pytest.approx(0.1)
    assert measure("apart", one, two, first="train_loss", second="val_loss") == Span.known(2)
    assert measure("gap", replace(one, status="diverged"), metric="accuracy") == Span.unknown()
    assert measure("gap", replace(two, status="diverged"), one, point="best").low == pytest.approx(0.5)
    lost = trained(train_loss=[1, None], val_loss=[1, None])
    assert measure("apart", one, lost, first="train_loss", second="val_loss") == Span.unknown()
    assert measure("epochs_to", one, metric="train_accuracy", value=log(2)) == Span.known(2)
    assert measure("epochs_to", trained(train_loss=[4, 3, 2]), value=0.5, of_first=True) == Span.known(2)
