"""MLflow, filled by a small study."""

import json
import threading
import time
from urllib.request import Request, urlopen

import mlflow
import numpy as np
import pytest
import uvicorn
from mlflow import MlflowClient
from mlflow.pyfunc import scoring_server

import mindgap
from mindgap.tracking.markers import default_uri
from tests.workflow.checkout import Checkout


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("tracked"))
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    return checkout


def runs(checkout: Checkout) -> list:
    client = MlflowClient(tracking_uri=default_uri(checkout.folder / "results"))
    (experiment,) = [found for found in client.search_experiments() if found.name == "digits"]
    return list(client.search_runs([experiment.experiment_id], max_results=1000))


def test_there_are_as_many_child_runs_as_trials_and_seeds(finished):
    found = runs(finished)
    children = [run for run in found if "mlflow.parentRunId" in run.data.tags]
    assert len(children) == 6 + 3 + 2 * 2
    assert len(found) - len(children) == 7  # prepare, check, two levels, train, baselines, evaluate
    for run in children:
        assert {"mindgap.study", "mindgap.stage", "mindgap.key"} <= set(run.data.tags)
        assert any("learning_rate" in name for name in run.data.params)
        assert "train_loss" in run.data.metrics


def test_the_logged_model_answers_over_http_what_the_saved_one_says(finished, monkeypatch):
    monkeypatch.setenv("_MLFLOW_IS_IN_SERVING_ENVIRONMENT", "false")  # the server sets it, and the test takes it back
    client = MlflowClient(tracking_uri=default_uri(finished.folder / "results"))
    (experiment,) = [found for found in client.search_experiments() if found.name == "digits"]
    (logged,) = client.search_logged_models([experiment.experiment_id])
    model = mlflow.pyfunc.load_model(logged.artifact_location)
    served = uvicorn.Server(uvicorn.Config(scoring_server.init(model), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=served.run)
    thread.start()
    try:
        until = time.monotonic() + 60
        while not served.started and time.monotonic() < until:
            time.sleep(0.05)
        port = served.servers[0].sockets[0].getsockname()[1]
        rows = np.concatenate([model.input_example, np.random.default_rng(0).uniform(0, 16, (20, 64))])
        asked = Request(
            f"http://127.0.0.1:{port}/invocations",
            json.dumps({"inputs": rows.tolist()}).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(asked, timeout=60) as answer:
            said = json.load(answer)["predictions"]
    finally:
        served.should_exit = True
        thread.join(60)
    assert said == mindgap.load_model(finished.folder / "results/digits/model.npz").predict(rows).tolist()
    assert len(set(said)) > 1


def test_tracking_again_adds_nothing(finished):
    before = {run.info.run_id for run in runs(finished)}
    assert finished.run("--forcerun", "track_study").jobs == {"track": 1}
    assert {run.info.run_id for run in runs(finished)} == before


def test_a_deleted_database_is_filled_again(finished):
    count = len(runs(finished))
    (finished.folder / "results/mlflow.db").unlink()
    assert finished.run().jobs == {"track": 3}
    assert len(runs(finished)) == count


def test_a_study_ends_well_without_mlflow_and_the_next_run_catches_up(tmp_path):
    checkout = Checkout(tmp_path)
    database = tmp_path / "results/mlflow.db"
    database.mkdir(parents=True)
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    assert "not tracked yet" in outcome.text
    assert "Traceback" not in outcome.text
    assert checkout.summary()
    database.rmdir()
    assert checkout.run().jobs == {"track": 3}
    assert len(runs(checkout)) == 7 + 13
    assert "Nothing to be done" in checkout.run().text


def test_a_server_that_does_not_answer_costs_no_result(finished):
    outcome = finished.run(MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert outcome.code == 0
    assert "http://127.0.0.1:9" in outcome.text
    assert outcome.jobs == {"track": 3}
