"""A table laid over params/table.yaml: tuned baselines and boosted trees beside the network, and a saved ensemble."""

import csv
import json
import subprocess
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

import mindgap
from mindgap.tracking.markers import default_uri
from tests.workflow.checkout import MINDGAP, Checkout

PARAMS = {
    "study": "table",
    "data": {"source": "csv", "path": "rows.csv", "target": "kind", "folds": None},
    "train": {"epochs": 12},
    "search": {
        "levels": {"coarse": {"trials": 6, "epochs": 9}, "fine": {"trials": 4, "epochs": 8, "halving": {"least": 2}}}
    },
    "final": {"candidates": 2, "seeds": 3},
    "baselines": {"linear": 4, "trees": 3},
    "workflow": {"shard_size": 3},
}


def write_rows(path: Path, count: int, seed: int) -> None:
    """Two kinds, told apart by a circle and by a colour."""
    random = np.random.default_rng(seed)
    x, colour = random.normal(size=(count, 3)), random.choice(["red", "green"], count)
    inside = (np.hypot(x[:, 0], x[:, 1]) < 1.2) ^ ((colour == "red") & (x[:, 2] > 1))
    cost = np.sinh(3 * x)  # of which the networks may take logarithms, or ranks
    table = pd.DataFrame(cost, columns=["a", "b", "c"]).assign(colour=colour, kind=np.where(inside, "in", "out"))
    table.to_csv(path, index=False)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("table"), PARAMS, "params/table.yaml")
    write_rows(checkout.folder / "rows.csv", 500, 0)
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    return checkout


def test_the_summary_and_the_page_have_the_rivals(finished):
    summary = json.loads((finished.folder / "results/table/summary.json").read_text())
    assert summary["final"]["params"]["train"]["optimizer"] == "adam"  # of the base
    assert {name: own["trials"] for name, own in summary["tuned"].items()} == {"linear": 12, "trees": 3}
    assert set(summary["baselines"]) == {"majority", "linear", "trees"}
    assert 0.6 < summary["baselines"]["trees"]["test"]["accuracy"] < 1
    test = summary["final"]["metrics"]["test"]["accuracy"]
    trees = summary["final"]["advantage"]["trees"]["accuracy"]
    assert trees["mean"] == pytest.approx(test["mean"] - summary["baselines"]["trees"]["test"]["accuracy"])
    assert trees["low"] < trees["mean"] < trees["high"]
    assert set(summary["final"]["ensemble"]["metrics"]) == {"train", "val", "test"}
    assert summary["final"]["saved"] == "ensemble"
    assert "Boosted trees" in summary["final"]["verdict"]["text"]
    page = (finished.folder / "results/table/report.html").read_text()
    assert "<h3>The ensemble</h3>" in page
    assert "How baselines were tuned" in page


def test_the_transform_that_won_is_told_and_is_that_of_the_saved_model(finished):
    results = finished.folder / "results"
    summary = json.loads((results / "table/summary.json").read_text())
    won = summary["final"]["params"]["preprocess"]["transform"]
    assert summary["search"]["coarse"]["space"]["transform"] == {"categorical": ["none", "log", "quantile"]}
    page = (results / "table/report.html").read_text()
    assert f"The winner’s is <b>{won}</b>" in page
    assert "The linear baseline was tuned over the same transforms, and others see them by preprocess.transform" in page
    saved = mindgap.load_model(results / "table/model.npz").preparation.encoding.columns
    assert {column.described().transform for column in saved} <= {None if won == "none" else won, None}
    client = MlflowClient(tracking_uri=default_uri(results))
    (experiment,) = [own for own in client.search_experiments() if own.name == "table"]
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    tried = {run.data.params["preprocess.transform"] for run in runs if "searched.transform" in run.data.params}
    assert len(tried) > 1


def test_the_saved_ensemble_says_in_every_face_what_was_measured(finished):
    folder, results = finished.folder, finished.folder / "results"
    with (results / "table/predictions.csv").open() as file:
        measured = {int(line["row"]): line for line in csv.DictReader(file)}
    table = pd.read_csv(folder / "rows.csv").drop(columns="kind")
    table.iloc[sorted(measured)].to_csv(folder / "test.csv", index=False)
    command = [MINDGAP, "predict", "results/table/model.npz", "test.csv", "--probabilities"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    told = [*csv.DictReader(done.stdout.splitlines())]
    expected = [measured[row] for row in sorted(measured)]
    assert [line["class"] for line in told] == [line["predicted"] for line in expected]
    found = [float(line["probability=in"]) for line in told]
    np.testing.assert_allclose(found, [float(line["probability=in"]) for line in expected], rtol=1e-3, atol=1e-6)
    summary = json.loads((results / "table/summary.json").read_text())
    right = np.mean([line["class"] == line["predicted"] for line in expected])
    assert right == pytest.approx(summary["final"]["ensemble"]["metrics"]["test"]["accuracy"]["mean"])
    frame = table.iloc[sorted(measured)]
    said = mindgap.load_model(results / "table/model.npz").predict(frame)
    assert said.tolist() == [line["predicted"] for line in expected]
    client = MlflowClient(tracking_uri=default_uri(results))
    (experiment,) = [own for own in client.search_experiments() if own.name == "table"]
    (model,) = client.search_logged_models([experiment.experiment_id])
    assert mlflow.pyfunc.load_model(model.artifact_location).predict(frame).tolist() == said.tolist()
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    (evaluated,) = [run for run in runs if run.data.tags["mindgap.stage"] == "evaluate"]
    assert evaluated.data.metrics["model.test_accuracy"] == pytest.approx(right)
    assert {"baseline.trees.test_log_loss", "advantage.trees_accuracy.low"} <= set(evaluated.data.metrics)
    assert evaluated.data.metrics["ensemble.test_accuracy"] == pytest.approx(right)


def test_cores_change_no_bit_and_another_saved_model_trains_nothing(finished, tmp_path):
    other = Checkout(tmp_path, PARAMS, "params/table.yaml")
    write_rows(tmp_path / "rows.csv", 500, 0)
    whole = {"workflow": {"shard_size": 100}}
    assert other.run("report", cores=1, params=whole).code == 0
    first, second = ((c.folder / "results/table/summary.json").read_bytes() for c in (finished, other))
    assert first == second
    again = other.run("report", params={**whole, "final": {"candidates": 2, "seeds": 3, "save": "first"}})
    assert set(again.jobs) == {"train", "evaluate", "report"}
    assert json.loads((tmp_path / "results/table/summary.json").read_text())["final"]["saved"] == "first"
