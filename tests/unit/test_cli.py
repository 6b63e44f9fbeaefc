"""mindgap why, mindgap gc and mindgap predict."""

import subprocess
import sys

import numpy as np
import pytest
import yaml

from mindgap.cli import main, planned
from mindgap.jobs.graph import Graph
from mindgap.jobs.reasons import explain
from mindgap.jobs.study import StudyJobs
from mindgap.jobs.view import view_of
from mindgap.models.file import load_model, save_model
from mindgap.models.model import winning_model
from mindgap.results.view import KEYS
from mindgap.store.documents import write_json
from mindgap.store.store import publish
from tests.unit.finished_study import tiny_study, write_study
from tests.unit.test_claims import TINY
from tests.workflow.checkout import ROOT

SMALL = "search: {levels: {coarse: {trials: 8}, fine: {trials: 8}}}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the workflow and two params files, all of the first's results stored."""
    for name in ("workflow", "params"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "a.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    store_all("a.yaml")
    return tmp_path


def store_all(name: str) -> None:
    """Results of all jobs of a params file."""
    graph, _ = plan(name)
    for job in graph.jobs.values():
        with publish(job, graph.folder(job.address)) as out:
            (out / "x.txt").write_text(job.title)


def plan(name: str) -> tuple[Graph, StudyJobs]:
    return planned([name])


def lines(project, text: str) -> dict[str, str]:
    (project / "b.yaml").write_text(SMALL + text)
    return {line.split()[0]: line.split(maxsplit=2)[2] for line in explain(*plan("b.yaml"))}


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
    monkeypatch.setattr("mindgap.jobs.study.source_digest", lambda data, memory: "other")
    assert lines(project, "")["prepare"] == "computed: the data's content changed"
    monkeypatch.undo()
    monkeypatch.chdir(project)
    monkeypatch.setattr("mindgap.jobs.graph.fingerprint", lambda entries, read: "other")
    assert "it runs other code" in lines(project, "")["check"]


def test_why_holds_a_stage_against_the_studys_current_result_if_it_has_one(project):
    text = "train: {momentum: 0.5, learning_rate: 0.3}\n"
    (project / "b.yaml").write_text(SMALL + text)
    store_all("b.yaml")
    _, jobs = plan("a.yaml")
    view = project / "results" / jobs.study.study
    view.mkdir(parents=True)
    write_json(view / KEYS, jobs.keys)
    # Nearer is b.yaml's result, but what the user sees is a.yaml's.
    changed = lines(project, "train: {momentum: 0.5, learning_rate: 0.3, batch_size: 16}\n")["search.coarse"]
    assert "run.train.momentum 0.9 -> 0.5" in changed
    assert "run.train.batch_size 32 -> 16" in changed


def test_why_takes_ids_of_claims_and_the_file_of_a_question(tmp_path, monkeypatch, capsys):
    (tmp_path / "workflow").symlink_to(ROOT / "workflow")
    (tmp_path / "params/claims").mkdir(parents=True)
    (tmp_path / "params/study.yaml").symlink_to(ROOT / "params/study.yaml")
    for path in (tmp_path / "params/claims/T1.yaml", tmp_path / "mine.yaml"):
        path.write_text(yaml.safe_dump({**TINY, "claim": path.stem}, sort_keys=False))
    monkeypatch.chdir(tmp_path)
    named = "16 trainings named by 1 claim, 16 made as equal arms are shared, 0 of them there already"
    reason = "computed, 8 trainings: there is no earlier result of this stage"
    for given, claim in (("T1", "T1"), ("claims", "T1"), ("mine.yaml", "mine")):
        assert main(["why", given]) == 0
        assert capsys.readouterr().out.splitlines() == [
            f"{claim} moons, slow  {reason}",
            f"{claim} moons, fast  {reason}",
            f"{claim} judgement    computed: there is no earlier result of this stage",
            "",
            named,
        ]
    assert main(["why", "T2"]) == 1
    assert capsys.readouterr().err == "mindgap: claims: there is no claim 'T2' in params/claims; there are: T1\n"


@pytest.mark.parametrize("passes", ["1", "0", "-3"])
def test_a_spread_of_fewer_than_two_passes_is_refused(passes, capsys):
    assert main(["predict", "model.npz", "rows.npz", "--monte-carlo", passes]) == 1
    assert f"--monte-carlo {passes}: a spread takes two passes at least" in capsys.readouterr().err


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


@pytest.fixture
def model(tmp_path):
    """A saved model of 4 numbers and the classes ant, bee and cat, and a file of 3 rows beside it."""
    stages = write_study(tiny_study(), tmp_path).stages
    save_model(winning_model(stages["prepare"], stages["train"]), tmp_path / "model.npz")
    np.savez(tmp_path / "rows.npz", x=np.random.default_rng(0).uniform(-99, 99, (3, 4)))
    return tmp_path / "model.npz"


def test_predict_prints_a_line_of_csv_for_each_row(model, capsys):
    rows = model.with_name("rows.npz")
    classes = load_model(model).predict(rows).tolist()
    assert main(["predict", str(model), str(rows)]) == 0
    assert capsys.readouterr().out.splitlines() == ["row,class", *(f"{row},{classes[row]}" for row in range(3))]


def test_predict_adds_the_probability_of_each_class_and_writes_to_a_file(model, capsys):
    rows, out = model.with_name("rows.npz"), model.with_name("said.csv")
    assert main(["predict", str(model), str(rows), "--probabilities", "--output", str(out)]) == 0
    assert capsys.readouterr().out == ""
    header, *lines = (line.split(",") for line in out.read_text().splitlines())
    assert header == ["row", "class", "probability=ant", "probability=bee", "probability=cat"]
    assert [[float(cell) for cell in line[2:]] for line in lines] == load_model(model).probabilities(rows).tolist()


@pytest.mark.parametrize("missing", ["model.npz", "rows.npz"])
def test_predict_says_in_one_line_which_file_is_not_there(model, missing, capsys):
    model.with_name(missing).unlink()
    assert main(["predict", str(model), str(model.with_name("rows.npz"))]) == 1
    message = capsys.readouterr().err
    assert missing in message
    assert message.count("\n") == 1


def test_predict_says_where_it_cannot_write(model, capsys):
    assert main(["predict", str(model), str(model.with_name("rows.npz")), "--output", str(model.parent)]) == 1
    assert f"{model.parent}: cannot be written: Is a directory" in capsys.readouterr().err


def test_predict_ends_in_silence_when_its_reader_has_seen_enough(model):
    rows = model.with_name("rows.npz")
    np.savez(rows, x=np.zeros((20_000, 4)))
    command = [sys.executable, "-c", "from mindgap.cli import main; raise SystemExit(main())"]
    with subprocess.Popen(
        [*command, "predict", str(model), str(rows)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout.readline() == b"row,class\n"
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


def test_layers_names_the_command_that_prepares_this_study(project, capsys):
    (project / "b.yaml").write_text(SMALL + "seed: 7\n")
    assert main(["layers", "b.yaml"]) == 1
    assert "run `snakemake --cores 2 prepare --configfile b.yaml`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("seed: 1", "digits: a multilayer perceptron"),
        ("model: {convolution: [{filters: 2}]}", "digits: a convolutional network"),
    ],
)
def test_a_study_without_a_title_is_headed_by_what_its_network_is(project, text, title):
    (project / "b.yaml").write_text(text)
    assert view_of(*plan("b.yaml")).title == title
