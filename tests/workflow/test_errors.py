"""What a person can get wrong, through Snakemake: one message, no traceback, a non-zero exit code."""

import pytest

from tests.workflow.checkout import SMALL, Checkout, merged


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("errors"))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"train": {"learning_rat": 0.1}}, "small.yaml: train.learning_rat: unknown key; did you mean learning_rate?"),
        ({"search": {"space": {"learning_rte": {"uniform": [0, 0.1]}}}}, "did you mean learning_rate?"),
        ({"data": {"source": "csv", "path": "none.csv"}}, "none.csv"),
        ({"data": {"source": "csv"}}, "data.path: is missing"),
    ],
)
def test_wrong_params_stop_before_anything_runs(checkout, params, message):
    outcome = checkout.run(params=params)
    assert outcome.code != 0
    assert message in outcome.text
    assert "Traceback" not in outcome.text
    assert not outcome.jobs


def test_all_errors_of_a_file_are_told_at_once(checkout):
    outcome = checkout.run(params={"train": {"epochs": -1, "momentum": 1.5}, "sed": 1})
    for path in ("train.epochs", "train.momentum", "sed: unknown key; did you mean seed?"):
        assert path in outcome.text
    assert "3 errors" in outcome.text


def test_an_unknown_target_is_told_what_targets_there_are(checkout):
    outcome = checkout.run("evalute")
    assert outcome.code != 0
    assert "'evalute' is no target; did you mean evaluate?" in outcome.text
    assert "Traceback" not in outcome.text


CELLS = {"empty": "", "one class": "a,y\n1,x\n2,x\n3,x\n", "text in numbers": "a,y\n1,x\n2,w\noops,x\n4,w\n"}


@pytest.mark.parametrize("name", CELLS)
def test_wrong_data_end_in_one_message_and_keep_what_was_finished(checkout, name):
    (checkout.folder / "data.csv").write_text(CELLS[name])
    outcome = checkout.run(params={"data": {"source": "csv", "path": "data.csv"}})
    assert outcome.code != 0
    assert outcome.text.count("mindgap: data.csv") == 1
    assert "Traceback" not in outcome.text


def test_a_job_alone_fails_with_one_message_too(checkout):
    (checkout.folder / "data.csv").write_text(CELLS["text in numbers"])
    outcome = checkout.run("prepare", params={"data": {"source": "csv", "path": "data.csv"}})
    assert outcome.code != 0
    assert outcome.text.count("mindgap: data.csv") == 1
    assert not any(said in outcome.text for said in ("Traceback", "CalledProcessError", ".snakemake/scripts"))


def test_a_failed_gate_stops_the_study_and_says_which_and_why(tmp_path):
    checkout = Checkout(tmp_path, merged(SMALL, {"model": {"init": "zeros"}}))
    outcome = checkout.run()
    assert outcome.code != 0
    assert "memory: Can the network learn a few examples by heart?" in outcome.text
    assert all(line.strip() != "mindgap:" for line in outcome.text.splitlines())
    assert "trials" not in outcome.jobs
    assert "Traceback" not in outcome.text
    assert checkout.run("check", params={"check": {"on_failure": "warn"}}).code == 0


@pytest.mark.parametrize("name", ["results", "results/store"])
def test_results_that_cannot_be_written_are_one_message(tmp_path, name):
    checkout = Checkout(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("a file where a folder should be")
    outcome = checkout.run()
    assert outcome.code != 0
    assert "cannot be written" in outcome.text
    assert "Traceback" not in outcome.text
