"""mindgap why and mindgap gc."""

import pytest

from mindgap.cli import main
from mindgap.plan import Plan
from mindgap.reasons import explain
from mindgap.store import publish
from tests.workflow.checkout import ROOT

SMALL = "search: {levels: {coarse: {trials: 8}, fine: {trials: 8}}}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the workflow and two params files, all of the first's results stored."""
    for name in ("workflow", "params"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "a.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    for step in plan("a.yaml").steps.values():
        with publish(step.job, plan("a.yaml").folder(step.job.stage, step.job.key)) as out:
            (out / "x.txt").write_text(step.name)
    return tmp_path


def plan(name: str) -> Plan:
    from mindgap.cli import plan_of

    return plan_of([name])


def lines(project, text: str) -> dict[str, str]:
    (project / "b.yaml").write_text(SMALL + text)
    return {line.split()[0]: line.split(maxsplit=2)[2] for line in explain(plan("b.yaml"))}


def test_why_says_reused_where_nothing_changed(project):
    assert set(lines(project, "").values()) == {"reused"}


def test_why_names_the_params_that_changed_and_what_follows_from_them(project):
    found = lines(project, "final: {seeds: 7}\n")
    assert found["search.fine"] == "reused"
    assert found["train"] == "computed: seeds 5 -> 7"
    assert found["evaluate"] == "computed: train changed"
    found = lines(project, "train: {momentum: 0.5}\n")
    assert found["search.coarse"] == "computed: run.train.momentum 0.9 -> 0.5"


def test_why_names_data_and_code_that_changed(project, monkeypatch):
    monkeypatch.setattr("mindgap.plan.source_digest", lambda data: "other")
    assert lines(project, "")["prepare"] == "computed: the data's content changed"
    monkeypatch.undo()
    monkeypatch.chdir(project)
    monkeypatch.setattr("mindgap.plan.fingerprint", lambda entries: "other")
    assert "code that it runs changed" in lines(project, "")["check"]


def test_why_says_where_there_is_nothing_earlier(tmp_path, monkeypatch, capsys):
    for name in ("workflow", "params"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    assert main(["why"]) == 0
    assert capsys.readouterr().out.count("there is no earlier result of this stage") == 7


def test_gc_shows_and_removes_only_what_no_given_study_refers_to(project, capsys):
    stored = set((project / "results/store").glob("*/*"))
    (project / "b.yaml").write_text(SMALL + "final: {seeds: 7}\n")
    assert main(["gc", "b.yaml", "a.yaml", "--yes"]) == 0
    assert set((project / "results/store").glob("*/*")) == stored
    assert main(["gc", "b.yaml", "--yes"]) == 0
    gone = {path.parent.name for path in stored - set((project / "results/store").glob("*/*"))}
    assert gone == {"runs", "train", "evaluate"}
    assert "results/store/train" in capsys.readouterr().out


def test_gc_asks_first_and_a_no_removes_nothing(project, monkeypatch, capsys):
    stored = set((project / "results/store").glob("*/*"))
    (project / "b.yaml").write_text("seed: 5\n")
    monkeypatch.setattr("builtins.input", lambda prompt: "n")
    assert main(["gc", "b.yaml"]) == 0
    assert set((project / "results/store").glob("*/*")) == stored
    assert "nothing removed" in capsys.readouterr().out


def test_a_wrong_file_is_one_message(project, capsys):
    assert main(["why", "nowhere.yaml"]) == 1
    assert "nowhere.yaml: cannot be read" in capsys.readouterr().err


def test_outside_a_project_the_commands_say_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["why"]) == 1
    assert "run this in the project's folder" in capsys.readouterr().err
