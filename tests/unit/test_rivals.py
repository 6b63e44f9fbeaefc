"""What stands beside the networks: baselines tuned on validation rows, boosted trees, and the ensemble of the seeds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mindgap.data.prepared import Split, open_split
from mindgap.errors import UserError
from mindgap.models.file import load_model, save_model
from mindgap.models.model import winning_model
from mindgap.nn.ensemble import together
from mindgap.nn.information import softmax
from mindgap.params.load import load_study
from mindgap.results.baselines import Baselines
from mindgap.results.evaluation import Evaluation, Predictions
from mindgap.results.training import Training
from mindgap.stages.baselines import STRENGTHS, fit_baselines
from mindgap.stages.rivals import baselines_of, network_of
from mindgap.stages.trees import MOST_TREES, PATIENCE, settings
from mindgap.training.measure import outputs_by_chunk
from tests.conftest import TARGET, curve, write_data
from tests.driver import SMALL, drive, small_study

TUNING = {"linear": 0, "trees": 0, "objective": "val_accuracy", "seed": 3}


def rings(rows: int, seed: int) -> Split:
    """Three classes by the distance from the middle, with noise: nothing for a line."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 4)).astype(np.float32)
    distance = np.hypot(x[:, 0], x[:, 1]) + 0.2 * random.normal(size=rows)
    return Split(x, np.digitize(distance, [0.8, 1.5]).astype(np.int64))


def outputs_of(baseline: Any, split: Split) -> np.ndarray:
    """What a baseline says of a split's rows, (rows, outputs)."""
    return np.concatenate([found[0].copy() for _, found in outputs_by_chunk(baseline.network, baseline.sees(split).x)])


@pytest.fixture
def classes(tmp_path: Path) -> dict[str, Split]:
    splits = {"train": rings(500, 0), "val": rings(200, 1)}
    write_data(tmp_path, splits)  # no test rows, which baselines have no business with
    return splits


@pytest.fixture
def values(tmp_path: Path) -> dict[str, Split]:
    splits = {"train": curve(400, 0), "val": curve(150, 1)}
    write_data(tmp_path, splits, TARGET)
    return splits


def test_trees_are_those_that_scikit_learn_fits_with_as_many_as_validation_rows_ask_for(classes, tmp_path):
    fit_baselines(tmp_path, tmp_path, tuning={**TUNING, "trees": 1})
    params = dict(Baselines.read(tmp_path).tuned["trees"].params)
    rounds, (x, y) = params.pop("max_iter"), (classes["val"].x, classes["val"].y)
    model = HistGradientBoostingClassifier(max_iter=MOST_TREES, early_stopping=False, random_state=3)
    model.fit(classes["train"].x, classes["train"].y)
    losses = [log_loss(y, found) for found in model.staged_predict_proba(x)]
    assert rounds == int(np.argmin(losses[: rounds + PATIENCE])) + 1 < MOST_TREES - PATIENCE
    trees = baselines_of(tmp_path, tmp_path)["trees"]
    expected = [*model.staged_decision_function(x)][rounds - 1]
    np.testing.assert_array_equal(outputs_of(trees, classes["val"]), expected.astype(np.float32))
    assert params == {**HGB, "random_state": 3}
    defaults = model.get_params()
    assert all(defaults[name] == value for name, value in HGB.items())


HGB = {
    "learning_rate": 0.1,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "l2_regularization": 0.0,
    "max_features": 1.0,
}


def test_of_several_settings_of_trees_that_is_taken_which_reaches_most_on_validation_rows(classes, tmp_path):
    fit_baselines(tmp_path, tmp_path, tuning={**TUNING, "trees": 6})
    tuned, val = Baselines.read(tmp_path).tuned["trees"], classes["val"]
    reached = []
    for number in range(6):
        fit_one = {**settings(6, 3)[number], "max_iter": MOST_TREES, "early_stopping": True, "tol": 0}
        model = HistGradientBoostingClassifier(**fit_one, n_iter_no_change=PATIENCE)
        model.fit(classes["train"].x, classes["train"].y, X_val=val.x, y_val=val.y)
        best = max(1, int(np.argmax(model.validation_score_)))
        reached.append(np.mean([*model.staged_predict(val.x)][best - 1] == val.y))
    assert (tuned.trials, tuned.value) == (6, max(reached))
    chosen = {name: value for name, value in tuned.params.items() if name != "max_iter"}
    assert reached[settings(6, 3).index(chosen)] == max(reached) > min(reached)
    trees = baselines_of(tmp_path, tmp_path)["trees"]  # fitted again, to what was chosen
    assert np.mean(outputs_of(trees, val).argmax(axis=1) == val.y) == tuned.value


def test_a_trial_of_trees_is_the_same_however_many_there_are():
    assert settings(7, 5)[:3] == settings(3, 5)
    assert settings(7, 5)[1:] != settings(7, 6)[1:]
    assert len({str(found) for found in settings(40, 0)}) == 40


def test_trees_weigh_rows_as_the_network_does(classes, tmp_path):
    weights = np.random.default_rng(0).uniform(0.1, 4, size=500)
    np.save(tmp_path / "weights_train.npy", weights)
    fit_baselines(tmp_path, tmp_path, "balanced", {**TUNING, "trees": 2})
    counts = np.bincount(classes["train"].y)
    weighed = weights * (500 / 3 / counts)[classes["train"].y]
    model = HistGradientBoostingClassifier(**Baselines.read(tmp_path).tuned["trees"].params, early_stopping=False)
    model.fit(classes["train"].x, classes["train"].y, weighed / weighed.mean())
    found = outputs_of(baselines_of(tmp_path, tmp_path)["trees"], classes["val"])
    np.testing.assert_array_equal(found, model.decision_function(classes["val"].x).astype(np.float32))


def test_trees_of_a_regression_say_the_standardised_target(values, tmp_path):
    fit_baselines(tmp_path, tmp_path, tuning={**TUNING, "trees": 3, "objective": "val_rmse"})
    tuned = Baselines.read(tmp_path).tuned["trees"]
    model = HistGradientBoostingRegressor(**tuned.params, early_stopping=False)
    said = model.fit(values["train"].x, values["train"].y).predict(values["val"].x)
    found = outputs_of(baselines_of(tmp_path, tmp_path)["trees"], values["val"])
    np.testing.assert_array_equal(found[:, 0], said.astype(np.float32))
    error = TARGET.scale * mean_squared_error(values["val"].y, said) ** 0.5
    assert tuned.value == pytest.approx(error, rel=1e-6)


def test_of_two_classes_trees_have_a_logit_each_and_a_class_that_training_lacks_is_never_said(tmp_path):
    train, val = (replace(split, y=np.minimum(split.y, 1)) for split in (rings(300, 0), rings(90, 1)))
    write_data(tmp_path, {"train": train, "val": val})
    fit_baselines(tmp_path, tmp_path, tuning={**TUNING, "trees": 1})
    found = outputs_of(baselines_of(tmp_path, tmp_path)["trees"], val)
    assert found.shape == (90, 2)
    assert (found[:, 0] == 0).all()
    assert np.mean(found.argmax(axis=1) == val.y) == Baselines.read(tmp_path).tuned["trees"].value


def test_softmax_regression_has_the_strength_that_validation_rows_like_best(tmp_path):
    random = np.random.default_rng(0)
    x = random.normal(size=(160, 30)).astype(np.float32)
    y = (x[:, :2].sum(axis=1) + random.normal(size=160) > 0).astype(np.int64)
    train, val = Split(x[:60], y[:60]), Split(x[60:], y[60:])
    write_data(tmp_path, {"train": train, "val": val})
    fit_baselines(tmp_path, tmp_path, tuning={**TUNING, "linear": 9, "objective": "val_loss"})
    strengths = [1.0, *np.geomspace(*STRENGTHS, 8)]
    models = [LogisticRegression(C=1 / strength, max_iter=200).fit(train.x, train.y) for strength in strengths]
    losses = [log_loss(val.y, model.predict_proba(val.x)) for model in models]
    tuned = Baselines.read(tmp_path).tuned["linear"]
    best = int(np.argmin(losses))
    assert best  # not that of an untuned one
    assert tuned.params == {"strength": pytest.approx(strengths[best])}
    assert tuned.value == pytest.approx(losses[best], rel=1e-4)
    linear = Baselines.read_all(tmp_path)["linear"]
    np.testing.assert_allclose(linear.weights[:, 1], models[best].coef_[0], rtol=1e-3, atol=1e-5)
    assert network_of(linear).count == 1


def test_ridge_has_the_strength_that_validation_rows_like_best(tmp_path):
    random = np.random.default_rng(1)
    x = random.normal(size=(140, 30)).astype(np.float32)
    y = (x[:, 0] + random.normal(size=140)).astype(np.float32)
    train, val = Split(x[:40], y[:40], TARGET.scale), Split(x[40:], y[40:], TARGET.scale)
    write_data(tmp_path, {"train": train, "val": val}, TARGET)
    fit_baselines(tmp_path, tmp_path, tuning={**TUNING, "linear": 9, "objective": "val_rmse"})
    strengths = [1.0, *np.geomspace(*STRENGTHS, 8)]
    models = [make_pipeline(StandardScaler(), Ridge(alpha=own)).fit(train.x, train.y) for own in strengths]
    errors = [mean_squared_error(val.y, model.predict(val.x)) for model in models]
    tuned = Baselines.read(tmp_path).tuned["linear"]
    assert int(np.argmin(errors))
    assert tuned.params["strength"] == pytest.approx(strengths[int(np.argmin(errors))])
    assert tuned.value == pytest.approx(TARGET.scale * min(errors) ** 0.5, rel=1e-4)


def test_untuned_baselines_are_as_they_were(classes, tmp_path):
    fit_baselines(tmp_path, tmp_path)
    plain = Baselines.read_all(tmp_path)["linear"].weights
    fit_baselines(tmp_path, tmp_path, tuning={**TUNING, "linear": 1})
    np.testing.assert_array_equal(Baselines.read_all(tmp_path)["linear"].weights, plain)
    assert set(baselines_of(tmp_path, tmp_path)) == {"majority", "linear"}


LOGITS = arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(2, 4)),
    elements=st.floats(-300, 300, width=32),
)


@given(LOGITS)
def test_the_softmax_of_an_ensemble_is_the_mean_of_its_probabilities(logits):
    found = together(logits, probabilities=True)
    assert np.isfinite(found).all()
    mean = softmax(logits.astype(np.float64)).mean(axis=0)
    np.testing.assert_allclose(softmax(found), mean, rtol=1e-9, atol=1e-290)


@given(LOGITS)
def test_outputs_that_are_no_logits_have_their_mean(outputs):
    np.testing.assert_allclose(together(outputs, probabilities=False), outputs.astype(np.float64).mean(axis=0))


def ended(folder: Path, **own: Any) -> dict[str, Path]:
    """The folders of the stages of a small study."""
    graph, jobs = small_study(folder / "results", {**SMALL, **own})
    for job in graph.jobs.values():
        drive(graph, job)
    return {name: graph.folder(job.address) for name, job in jobs.named.items()}


@pytest.fixture(scope="module")
def tumours(tmp_path_factory) -> dict[str, Path]:
    """A study of two classes, with rivals, thresholds, and the ensemble saved."""
    return ended(
        tmp_path_factory.mktemp("tumours"),
        study="tumours",
        data={"source": "breast_cancer"},
        train={"epochs": 4, "dropout": 0.2},
        final={"candidates": 1, "seeds": 3, "save": "ensemble", "threshold": "f1"},
        baselines={"linear": 3, "trees": 2},
    )


@pytest.fixture(scope="module")
def progress(tmp_path_factory) -> dict[str, Path]:
    """A regression, with rivals and the ensemble saved."""
    return ended(
        tmp_path_factory.mktemp("progress"),
        study="progress",
        data={"source": "diabetes"},
        final={"candidates": 1, "seeds": 3, "save": "ensemble"},
        baselines={"linear": 3, "trees": 2},
    )


def test_an_ensemble_is_measured_by_the_mean_of_the_networks_probabilities(tumours):
    found, test = Evaluation.read(tumours["evaluate"]), Predictions.read(tumours["evaluate"]).test
    likely = softmax(test.predicted.astype(np.float64)).mean(axis=0)
    margins = np.log(likely[:, 1] / likely[:, 0])
    said = margins > Training.read(tumours["train"]).together
    own = {name: metric.mean for name, metric in found.ensemble.metrics["test"].items()}
    assert own["accuracy"] == pytest.approx(np.mean(said == test.measured))
    assert own["recall"] == pytest.approx(np.mean(said[test.measured == 1]))
    assert own["log_loss"] == pytest.approx(log_loss(test.measured, likely), rel=1e-5)
    assert own["brier"] == pytest.approx(np.square(likely[:, 1] - test.measured).mean(), rel=1e-5)
    assert set(found.ensemble.metrics) == {"train", "val", "test"}
    assert found.ensemble.metrics["train"]["accuracy"].low is None
    assert set(found.ensemble.metrics["test"]["accuracy"].errors) == {"rows"}


def test_an_ensemble_is_held_against_its_networks_row_by_row(tumours):
    found = Evaluation.read(tumours["evaluate"])
    for name, sign in (("accuracy", 1), ("log_loss", -1)):
        ahead, networks = found.ensemble.advantage[name], found.metrics["test"][name].values
        reached = found.ensemble.metrics["test"][name].mean
        assert ahead.values == pytest.approx([sign * (reached - value) for value in networks])
        assert ahead.low < ahead.mean < ahead.high
        assert set(ahead.errors) == {"seeds", "rows"}


def test_the_threshold_of_an_ensemble_is_the_one_that_validation_rows_ask_for(tumours):
    val, training = Predictions.read(tumours["evaluate"]).val, Training.read(tumours["train"])
    likely = softmax(val.predicted.astype(np.float64)).mean(axis=0)
    margins = np.log(likely[:, 1] / likely[:, 0])

    def f1(cut: float) -> float:
        said, real = margins > cut, val.measured == 1
        return float(2 * (said & real).sum() / (said.sum() + real.sum()))

    assert f1(training.together) == pytest.approx(max(map(f1, margins)))
    assert len(training.thresholds) == 3


@pytest.mark.parametrize("study", ["tumours", "progress"])
def test_a_saved_ensemble_says_of_test_rows_what_was_measured(study, request, tmp_path):
    folders = request.getfixturevalue(study)
    save_model(winning_model(folders["prepare"], folders["train"]), tmp_path / "model.npz")
    model, test = load_model(tmp_path / "model.npz"), Predictions.read(folders["evaluate"]).test
    assert model.values.shape[0] == 3
    raw = model.preparation.restore(np.asarray(open_split(folders["prepare"], "test").x))
    evaluation = Evaluation.read(folders["evaluate"])
    if study == "progress":
        said = model.predict(raw)
        np.testing.assert_allclose(said, test.predicted.mean(axis=0), rtol=1e-4)
        error = float(np.sqrt(np.mean((said - test.measured) ** 2)))
        assert error == pytest.approx(evaluation.ensemble.metrics["test"]["rmse"].mean, rel=1e-4)
        return
    likely = softmax(test.predicted.astype(np.float64)).mean(axis=0)
    np.testing.assert_allclose(model.probabilities(raw), likely, rtol=1e-3, atol=1e-6)
    right = np.mean(model.predict(raw) == np.array(model.classes)[test.measured])
    assert right == evaluation.ensemble.metrics["test"]["accuracy"].mean
    alone = [model.predict(raw[place : place + 1])[0] for place in range(5)]
    assert alone == model.predict(raw)[:5].tolist()
    _, deviation = model.monte_carlo(raw[:5], passes=4)
    assert (deviation > 0).any()


def test_trees_are_measured_on_all_splits_like_the_networks(tumours, progress):
    for folders, metric in ((tumours, "accuracy"), (progress, "rmse")):
        found = Evaluation.read(folders["evaluate"])
        trees, params = found.baselines["trees"], Baselines.read(folders["baselines"]).tuned["trees"].params
        assert set(trees) == {"train", "val", "test"}
        assert set(trees["test"]) == set(found.baselines["linear"]["test"]) == set(found.advantage["trees"])
        splits = {name: open_split(folders["prepare"], name) for name in ("train", "val", "test")}
        kind = HistGradientBoostingClassifier if metric == "accuracy" else HistGradientBoostingRegressor
        model = kind(**params, early_stopping=False).fit(splits["train"].x, splits["train"].y)
        test, sign = splits["test"], 1 if metric == "accuracy" else -1
        if metric == "rmse":
            expected = test.unit * mean_squared_error(test.y, model.predict(test.x)) ** 0.5
            assert trees["test"]["rmse"] == pytest.approx(expected, rel=1e-6)
        else:
            assert trees["test"]["log_loss"] == pytest.approx(log_loss(test.y, model.predict_proba(test.x)), rel=1e-5)
            assert trees["val"]["f1"] >= f1_by_half(model, splits["val"])  # its threshold is chosen there for F1
        ahead, networks = found.advantage["trees"][metric], found.metrics["test"][metric].values
        assert ahead.values == pytest.approx([sign * (value - trees["test"][metric]) for value in networks])
        assert ahead.low < ahead.mean < ahead.high


def f1_by_half(model: Any, split: Split) -> float:
    said, real = model.predict(split.x) == 1, split.y == 1
    return float(2 * (said & real).sum() / (said.sum() + real.sum()))


def test_one_seed_makes_no_ensemble(tmp_path):
    folders = ended(tmp_path, search=None, final={"seeds": 1})
    assert Evaluation.read(folders["evaluate"]).ensemble is None
    with pytest.raises(UserError, match="final: save: an ensemble is of several seeds, and seeds is 1"):
        load_study({"study": "s", "data": {"source": "digits"}, "final": {"seeds": 1, "save": "ensemble"}})


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"baselines": {"trees": -1}}, r"baselines.trees: input should be greater than or equal to 0 \(found -1\)"),
        ({"baselines": {"forest": 3}}, "baselines.forest: unknown key.*Allowed: linear, trees"),
        ({"baselines": {"linear": True}}, "baselines.linear: a number is needed here, not true or false"),
        ({"final": {"save": "mean"}}, "final.save: input should be 'first' or 'ensemble'"),
    ],
)
def test_a_mistake_is_told_in_one_line(own, words):
    with pytest.raises(UserError, match=f"1 error in the params:\n.*{words}"):
        load_study({"study": "s", "data": {"source": "digits"}, **own})


def test_no_key_but_those_of_baselines_and_evaluation_knows_of_tuning(tmp_path):
    found = [small_study(tmp_path, {**SMALL, **own})[1].keys for own in ({}, {"baselines": {"linear": 2, "trees": 1}})]
    differing = {name for name in found[0] if found[0][name] != found[1][name]}
    assert differing == {"baselines", "evaluate"}
    _, saved = small_study(tmp_path, {**SMALL, "final": {**SMALL["final"], "save": "ensemble"}})
    assert {name for name in found[0] if found[0][name] != saved.keys[name]} == {"train", "evaluate"}
