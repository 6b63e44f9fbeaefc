"""Small studies through Snakemake, as a user runs them."""

import json
import os
import shutil
import signal
import subprocess
import time
from random import Random

import pytest

from tests.workflow.checkout import MINDGAP, SMALL, Checkout

ALL = {"prepare": 1, "check": 1, "trials": 3, "search": 2, "runs": 2, "train": 1, "baselines": 1, "evaluate": 1}
VIEWS = {"report": 1, "track": 1}
SEARCHED = {"report": 1, "track": 3}  # its search and its other stages are tracked before the page


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Checkout:
    """A finished small study; tests that change it bring it back."""
    checkout = Checkout(tmp_path_factory.mktemp("study"))
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    assert outcome.jobs == {**ALL, **SEARCHED}
    return checkout


def test_a_study_leaves_its_summary_report_keys_and_links(finished):
    view = finished.folder / "results/digits"
    summary = json.loads(finished.summary())
    assert set(summary) == {"study", "dataset", "keys", "search", "final", "baselines", "tuned"}
    assert summary["search"]["coarse"]["trials"] == 6
    assert 0.5 < summary["final"]["metrics"]["test"]["accuracy"]["mean"] <= 1
    assert len(summary["final"]["metrics"]["test"]["accuracy"]["values"]) == 2
    assert summary["baselines"]["majority"]["test"]["accuracy"] < 0.15
    assert "<html" in (view / "report.html").read_text()
    assert len(list((view / "figures").glob("*.svg"))) == 11
    assert json.loads((view / "keys.json").read_text()) == summary["keys"]
    assert json.loads((view / "runtime.json").read_text())["trials"]["jobs_run"] == 3
    for name, key in summary["keys"].items():
        assert (view / "stages" / name).resolve().name == key
        assert (view / "stages" / name / "manifest.json").is_file()


def test_the_gap_is_training_minus_validation(finished):
    final = json.loads(finished.summary())["final"]
    train, val = (final["metrics"][split]["accuracy"]["values"] for split in ("train", "val"))
    assert final["gap"]["accuracy"]["values"] == [t - v for t, v in zip(train, val, strict=True)]


def test_nothing_is_done_twice(finished):
    outcome = finished.run()
    assert outcome.code == 0
    assert not outcome.jobs
    assert "Nothing to be done" in outcome.text


def test_touching_every_file_changes_nothing(finished):
    random = Random(0)
    for path in finished.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (1e9 + random.random() * 1e8,) * 2)
    assert "Nothing to be done" in finished.run().text
    shutil.rmtree(finished.folder / ".snakemake")  # nor does what Snakemake remembers
    assert "Nothing to be done" in finished.run().text


def test_another_title_makes_only_the_views_again(finished):
    cut = {"workflow": {"shard_size": 2}}  # other shards would be other files, but their work is done
    assert finished.run(params={"report": {"title": "Another"}, **cut}).jobs == VIEWS
    assert "Another" in (finished.folder / "results/digits/report.html").read_text()
    assert finished.run().jobs == VIEWS


def test_other_epochs_of_the_fine_level_reuse_the_coarse_and_going_back_computes_nothing(finished):
    before = finished.summary()
    outcome = finished.run(params={"search": {"levels": {"fine": {"epochs": 3}}}})
    assert outcome.jobs == {"trials": 1, "search": 1, "runs": 2, "train": 1, "evaluate": 1, **SEARCHED}
    assert finished.summary() != before
    assert finished.run().jobs == VIEWS
    assert finished.summary() == before


def test_a_single_value_on_the_command_line_changes_that_alone(finished):
    outcome = finished.run("-n", "--config", "search={levels: {fine: {epochs: 5}}}")
    assert "search.coarse" in outcome.text
    (line,) = [line for line in outcome.text.splitlines() if line.startswith("search.coarse")]
    assert line.endswith("reused")


def test_more_trials_compute_only_the_new_shards(finished):
    outcome = finished.run("search", params={"search": {"levels": {"coarse": {"trials": 9}}}})
    assert outcome.jobs["trials"] == 1 + 1  # one new shard of the coarse level, and the fine level that follows
    assert outcome.code == 0


def test_a_plan_is_shown_without_running_and_without_writing(finished):
    before = sorted(finished.folder.rglob("*"))
    outcome = finished.run("-n", params={"seed": 9})
    assert outcome.code == 0
    assert "evaluate" in outcome.text
    new = set(finished.folder.rglob("*")) - set(before)
    assert not [path for path in new if ".snakemake" not in path.parts and path.name != "small.yaml"]


def test_a_corrupt_result_is_found_removed_and_computed_again(finished, tmp_path):
    study = Checkout(tmp_path / "study")
    shutil.copytree(finished.folder / "results", study.folder / "results", symlinks=True)
    victim = study.folder / "results/store/train" / json.loads(finished.summary())["keys"]["train"]
    (victim / "train.json").write_text("{}")
    found = subprocess.run([MINDGAP, "verify"], cwd=study.folder, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert victim.name in found.stdout
    subprocess.run([MINDGAP, "verify", "--repair"], cwd=study.folder, check=True, capture_output=True)
    assert not victim.exists()
    outcome = study.run()
    assert outcome.jobs["train"] == 1
    assert outcome.jobs["trials"] == outcome.jobs["runs"] == 0
    assert study.summary() == finished.summary()


def test_the_ledger_shows_a_second_reading_of_the_same_test_rows(finished):
    lines = (finished.folder / "results/ledger").glob("*.jsonl")
    before = sum(len(path.read_text().splitlines()) for path in lines)
    assert finished.run("evaluate", params={"preprocess": {"scale": "none"}}).code == 0
    (ledger,) = (finished.folder / "results/ledger").glob("*.jsonl")  # however the rows are prepared
    assert len(ledger.read_text().splitlines()) == before + 1
    assert finished.run().jobs == VIEWS  # the report of the first study now says so
    keys = {json.loads(line)["evaluate"] for line in ledger.read_text().splitlines()}
    page = (finished.folder / "results/digits/report.html").read_text()
    assert len(keys) > 1
    assert all(key in page for key in keys)


def test_a_second_snakemake_at_the_same_time_is_refused_with_one_message(tmp_path):
    study = Checkout(tmp_path / "study")
    first = subprocess.Popen(
        study.command(params={"train": {"epochs": 3000}}),
        cwd=study.folder,
        env=study.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not study.results("prepare"):
            assert first.poll() is None
            time.sleep(0.05)
        outcome = study.run(params={"train": {"epochs": 3000}})
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert outcome.code != 0
    assert f"another run is at work there (process {first.pid})" in outcome.text
    assert "Traceback" not in outcome.text


def test_a_study_without_search_trains_the_model_as_it_stands(finished, tmp_path):
    study = Checkout(tmp_path / "study", {**SMALL, "search": None})
    outcome = study.run("report")
    assert outcome.code == 0, outcome.text
    assert "trials" not in outcome.jobs
    assert json.loads(study.summary())["search"] == {}


def test_snakemakes_own_report_has_the_figures_with_captions(finished):
    assert finished.run("--report", "out.html").code == 0
    page = (finished.folder / "out.html").read_text()
    assert all(word in page for word in ("Training", "Search", "Evaluation", "learning_curves.svg"))
