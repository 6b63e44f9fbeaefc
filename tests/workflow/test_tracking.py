"""MLflow, filled by a small study."""

import pytest
from mlflow import MlflowClient

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


def test_tracking_again_adds_nothing(finished):
    before = {run.info.run_id for run in runs(finished)}
    assert finished.run("--forcerun", "track_study").jobs == {"track": 1}
    assert {run.info.run_id for run in runs(finished)} == before


def test_a_deleted_database_is_filled_again(finished):
    count = len(runs(finished))
    (finished.folder / "results/mlflow.db").unlink()
    assert finished.run().jobs == {"track": 2}
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
    assert checkout.run().jobs == {"track": 2}
    assert len(runs(checkout)) == 7 + 13
    assert "Nothing to be done" in checkout.run().text


def test_a_server_that_does_not_answer_costs_no_result(finished):
    outcome = finished.run(MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert outcome.code == 0
    assert "http://127.0.0.1:9" in outcome.text
    assert outcome.jobs == {"track": 2}
