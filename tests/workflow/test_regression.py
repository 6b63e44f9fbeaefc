"""A regression from a user's own table, through the whole study."""

import csv
import json
import subprocess

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from mindgap.models.file import load_model
from mindgap.tracking.markers import default_uri
from tests.workflow.checkout import MINDGAP, SMALL, Checkout

PARAMS = {
    **SMALL,
    "study": "prices",
    "data": {"source": "csv", "path": "prices.csv", "target": "price", "task": "regression", "folds": None},
    "train": {"epochs": 30, "learning_rate": 0.05},
    "check": {"permutation": 19},
    "search": {
        **SMALL["search"],
        "levels": {"coarse": {"trials": 6, "epochs": 10}, "fine": {"trials": 5, "epochs": 10}},
    },
}
NAMES = ("area", "town", "price")


def rows(count: int, seed: int) -> list[tuple[float, str, float]]:
    """The price of a house rises with its area, the faster the larger it is, and by another 300 in the city."""
    random = np.random.default_rng(seed)
    area, city = random.uniform(20, 200, count), random.random(count) < 0.5
    price = 1000 + 0.05 * area**2 + 300 * city + 20 * random.normal(size=count)
    return [(float(a), "city" if c else "country", float(p)) for a, c, p in zip(area, city, price, strict=True)]


def write(path, table) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([NAMES, *table])


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("prices"), PARAMS)
    write(checkout.folder / "prices.csv", rows(600, 0))
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    return checkout


def test_it_is_measured_in_the_targets_units_and_beats_its_baselines(finished):
    summary = json.loads((finished.folder / "results/prices/summary.json").read_text())
    assert summary["dataset"]["task"] == "regression"
    assert summary["dataset"]["target"]["name"] == "price"
    test, baselines = summary["final"]["metrics"]["test"], summary["baselines"]
    assert set(test) == {"rmse", "mae", "median_absolute_error", "r2", "loss"}
    assert 15 < test["rmse"]["mean"] < baselines["linear"]["test"]["rmse"] < baselines["mean"]["test"]["rmse"]
    assert test["rmse"]["mean"] < 60  # of which 20 are noise; the mean alone is wrong by more than 500
    assert test["r2"]["mean"] > 0.98
    best = summary["search"]["coarse"]["best"]
    assert 0 < best["value"] < 1000
    assert "price" in (finished.folder / "results/prices/report.html").read_text()


def test_the_permutation_control_is_in_the_check_and_in_the_report(finished):
    (folder,) = finished.results("check")
    *_, control = json.loads((folder / "check.json").read_text())["gates"]
    assert (control["name"], control["measured"], control["passed"]) == ("permutation", 0.05, True)
    figures = control["figures"]
    assert figures["score"] < min(figures["shuffled"])
    assert (figures["trials"], figures["epochs"], figures["train_rows"]) == (6, 10, 360)
    assert "with shuffled ones: better than all 19." in (finished.folder / "results/prices/report.html").read_text()


def test_new_rows_get_values_of_which_the_measured_ones_are_not_far(finished):
    new = rows(50, 1)
    write(finished.folder / "new.csv", new)
    said = subprocess.run(
        [MINDGAP, "predict", "results/prices/model.npz", "new.csv"],
        cwd=finished.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert said[0] == "row,value"
    values = np.array([float(line.split(",")[1]) for line in said[1:]])
    assert np.sqrt(np.mean((values - [price for *_, price in new]) ** 2)) < 70


def test_mlflow_has_a_regressor_that_says_the_same(finished):
    client = MlflowClient(tracking_uri=default_uri(finished.folder / "results"))
    (experiment,) = [found for found in client.search_experiments() if found.name == "prices"]
    (model,) = client.search_logged_models([experiment.experiment_id])
    assert model.model_type == "regressor"
    (evaluated,) = [
        run
        for run in client.search_runs([experiment.experiment_id], max_results=1000)
        if run.data.tags["mindgap.stage"] == "evaluate"
    ]
    assert {"test_rmse", "gap_r2", "baseline.linear.test_mae"} <= set(evaluated.data.metrics)
    loaded = mlflow.pyfunc.load_model(model.artifact_location)
    own = load_model(finished.folder / "results/prices/model.npz")
    write(finished.folder / "few.csv", rows(5, 2))
    table = pd.read_csv(finished.folder / "few.csv")
    np.testing.assert_array_equal(loaded.predict(table[["area", "town"]]), own.predict(finished.folder / "few.csv"))


def test_nothing_is_done_twice(finished):
    assert not finished.run().jobs
