"""The trials of a search as Optuna has them, against what the store says of them."""

from pathlib import Path

import numpy as np
import optuna
import pytest
import yaml
from mlflow import MlflowClient

from mindgap.cli import main, planned
from mindgap.errors import UserError
from mindgap.jobs.view import view_of
from mindgap.results.level import Level
from mindgap.results.trials import Trials
from mindgap.tracking.markers import EARLY, default_uri
from mindgap.tracking.study import track_stages
from mindgap.tracking.trials import FILE, write_trials
from tests.driver import ROOT, SMALL, drive, small_study

PARAMS = {
    **SMALL,
    "search": {
        "space": {
            "learning_rate": {"log_uniform": [1e-2, 1e2]},
            "batch_size": {"integer": [8, 32]},
            "hidden": {"categorical": [[4], [4, 4]]},
            "activation": {"categorical": ["relu", "tanh"]},
        },
        "levels": {
            "coarse": {"trials": 12, "epochs": 8, "halving": {"eta": 2, "least": 2}},
            "fine": {"trials": 6, "epochs": 2, "sampler": "tpe", "round": 3},
        },
    },
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    graph, jobs = small_study(results, PARAMS)
    for job in graph.beneath([jobs.check, *jobs.levels.values()]).values():
        drive(graph, job)
    return results, view_of(graph, jobs)


def opened(file: Path) -> dict[str, optuna.Study]:
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(file)))
    names = [summary.study_name for summary in optuna.get_all_study_summaries(storage)]
    return {name: optuna.load_study(study_name=name, storage=storage) for name in names}


def test_optuna_has_all_trials_with_the_values_that_the_store_has(searched):
    results, view = searched
    file = write_trials(view, None, results)
    assert file == results / view.study / FILE
    studies = opened(file)
    assert [*studies] == [f"{view.study}: {name}" for name in view.levels]
    for study, (name, folder) in zip(studies.values(), view.levels.items(), strict=True):
        level, trials = Level.read(folder), Trials.read(folder).trials
        assert study.direction == optuna.study.StudyDirection.MAXIMIZE
        assert study.metric_names == ["val_accuracy"]
        assert study.user_attrs["key"] == view.keys[f"search.{name}"]
        assert [trial.number for trial in study.trials] == [trial.number for trial in trials]
        assert study.best_value == max(
            trial.value for trial, shown in zip(trials, study.trials, strict=True) if shown.state.name == "COMPLETE"
        )
        for shown, trial in zip(study.trials, trials, strict=True):
            assert shown.value == trial.value
            assert shown.params["learning_rate"] == trial.params["learning_rate"]
            assert shown.params["activation"] == trial.params["activation"]
            assert shown.params["hidden"] == str(trial.params["hidden"])
            assert [*shown.intermediate_values.values()] == trial.history[level.objective]
            assert shown.user_attrs["key"] == view.keys[f"search.{name}"]
            assert "mlflow_run" not in shown.user_attrs
            assert shown.datetime_start <= shown.datetime_complete


def test_states_are_those_of_trials_that_diverged_were_left_behind_or_ended(searched):
    results, view = searched
    study = next(iter(opened(write_trials(view, None, results)).values()))
    trials = Trials.read(view.levels["coarse"]).trials
    rungs = Level.read(view.levels["coarse"]).rungs
    ended = {trial.number: len(trial.history["val_loss"]) - 1 for trial in trials}
    states = {
        state: [trial.number for trial in study.trials if trial.state.name == state] for state in ("FAIL", "PRUNED")
    }
    assert states["FAIL"] == [trial.number for trial in trials if trial.status == "diverged"]
    assert states["FAIL"]  # or this study shows too little
    assert {ended[number] for number in states["PRUNED"]} == {rung.epochs for rung in rungs[:-1]}
    left = len(trials) - len(states["FAIL"]) - len(states["PRUNED"])
    assert left == sum(epochs == rungs[-1].epochs for number, epochs in ended.items() if number not in states["FAIL"])


def test_each_trial_names_its_mlflow_run(searched):
    results, view = searched
    track_stages(view, EARLY["search"], default_uri(results), results)
    studies = opened(write_trials(view, default_uri(results), results))
    client = MlflowClient(tracking_uri=default_uri(results))
    for name, study in zip(view.levels, studies.values(), strict=True):
        for trial in study.trials:
            run = client.get_run(trial.user_attrs["mlflow_run"])
            assert run.data.tags["mindgap.run"] == str(trial.number)
            assert run.data.tags["mindgap.stage"] == f"search.{name}"
            assert float(run.data.params["searched.learning_rate"]) == trial.params["learning_rate"]


def test_the_searches_of_all_folds_are_there_by_their_name_and_their_tag(tmp_path):
    random = np.random.default_rng(0)
    np.savez(tmp_path / "rows.npz", x=random.normal(size=(60, 3)), y=np.arange(60) % 2)
    data = {"source": "npz", "path": str(tmp_path / "rows.npz"), "folds": {"folds": 2}}
    results = tmp_path / "results"
    graph, jobs = small_study(results, {**SMALL, "study": "halves", "data": data})
    for job in graph.beneath(
        [jobs.check, *(job for own in (jobs, *jobs.others) for job in own.levels.values())]
    ).values():
        drive(graph, job)
    view, uri = view_of(graph, jobs), default_uri(results)
    assert track_stages(view, EARLY["search"], uri, results).runs == 2 + 2 * (2 + 4 + 3)
    studies, client = opened(write_trials(view, uri, results)), MlflowClient(tracking_uri=uri)
    assert [*studies] == ["halves: coarse", "halves: fine", "halves: coarse, fold 2", "halves: fine, fold 2"]
    stages = ["search.coarse", "search.fine", "search.coarse@fold2", "search.fine@fold2"]
    for stage, study in zip(stages, studies.values(), strict=True):
        fold = 2 if stage.endswith("fold2") else 1
        assert (study.user_attrs["key"], study.user_attrs["fold"]) == (view.keys[stage], fold)
        assert [trial.value for trial in study.trials] == [own.value for own in Trials.read(view.stages[stage]).trials]
        for trial in study.trials:
            tags = client.get_run(trial.user_attrs["mlflow_run"]).data.tags
            assert (tags["mindgap.stage"], tags["mindgap.fold"]) == (stage, str(fold))
            assert tags["mindgap.run"] == str(trial.number)


def test_writing_again_replaces_the_file_and_leaves_nothing_beside_it(searched):
    results, view = searched
    for _ in range(2):
        file = write_trials(view, None, results)
    assert [len(study.trials) for study in opened(file).values()] == [12, 6]
    assert [path.name for path in file.parent.glob(f"{FILE}*")] == [FILE]


def test_the_command_prints_the_file_that_it_wrote(tmp_path, monkeypatch, capsys):
    for name in ("workflow", "params"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(yaml.safe_dump({**PARAMS, "study": "own"}))
    graph, jobs = planned(["own.yaml"])
    for job in graph.beneath([jobs.check, *jobs.levels.values()]).values():
        drive(graph, job)
    capsys.readouterr()
    assert main(["optuna", "own.yaml"]) == 0
    assert capsys.readouterr().out == "results/own/optuna.log\n"
    assert [*opened(Path("results/own/optuna.log"))] == ["own: coarse", "own: fine"]


def test_what_cannot_be_shown_is_said_in_one_message(tmp_path, capsys, monkeypatch):
    graph, jobs = small_study(tmp_path, {**SMALL, "search": None})
    with pytest.raises(UserError, match="searches nothing"):
        write_trials(view_of(graph, jobs), None, tmp_path)
    graph, jobs = small_study(tmp_path, SMALL)
    with pytest.raises(
        UserError, match=r"^search\..*: not computed yet with these params: run `snakemake.*same params"
    ):
        write_trials(view_of(graph, jobs), None, tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(UserError, match="^Optuna is not installed"):
        write_trials(view_of(graph, jobs), None, tmp_path)
    assert main(["optuna", str(tmp_path / "absent.yaml")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
