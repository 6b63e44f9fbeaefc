"""Tracking puts a study's files into MLflow: all of it, once, also after a kill, and it says when it cannot."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import sqlalchemy
from mlflow import MlflowClient
from mlflow.entities import Experiment, Run

from mindgap.cli import main
from mindgap.data.components import Components
from mindgap.data.encoded import Number, OneHot
from mindgap.data.encoding import Encoding
from mindgap.data.raw import Column, Layout
from mindgap.data.standardisation import Standardisation
from mindgap.models.file import save_model
from mindgap.models.model import winning_model
from mindgap.nn.population import Population
from mindgap.report.summary import summarise
from mindgap.store.store import Manifest
from mindgap.tracking.database import Database
from mindgap.tracking.entry import Entry
from mindgap.tracking.markers import EARLY, default_uri
from mindgap.tracking.records import Point, Record, history_points, read_stage, texts
from mindgap.tracking.server import Server
from mindgap.tracking.store import TrackingUnavailable, opened
from mindgap.tracking.study import Tracked, track_stages, track_study
from mindgap.tracking.writer import Writer
from mindgap.training.measure import outputs_by_chunk
from tests.unit.finished_study import plain_preparation, tiny_study, write_study

CHILDREN = 3 + 3 + 2 * 2
ID = re.compile("owner|parentRunId|mlflow.loggedModel|[0-9a-f]{32}")
STAGES = ["prepare", "check", "search.coarse", "search.fine", "train", "baselines", "evaluate"]


class Study:
    """A tiny study in its own results folder."""

    def __init__(self, results: Path) -> None:
        self.results, self.finished = results, tiny_study()
        self.view = write_study(self.finished, results)
        self.write_report("A study")

    @property
    def stages(self) -> dict[str, Path]:
        return self.view.stages

    def write_report(self, title: str) -> None:
        folder = self.results / self.view.study
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        (folder / "report.html").write_text(f"<h1>{title}</h1>")
        (folder / "figures" / "curves.svg").write_text("<svg/>")
        summarise(self.finished, self.view.study, self.view.digest, self.view.keys).write(folder)

    def track(self, uri: str | None = None) -> Tracked:
        return track_study(self.view, uri, self.results)

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(tracking_uri=default_uri(self.results))

    def runs(self, view: int = 1) -> list[Run]:
        """The runs by start; view 1 is of those not deleted, 3 of all."""
        return list(self.client.search_runs(["1"], order_by=["attributes.start_time ASC"], run_view_type=view))

    def run(self, name: str) -> Run:
        return next(run for run in self.runs() if run.info.run_name == name)

    def curve(self, run: Run, metric: str) -> list[tuple[int, float]]:
        """A metric's steps and values."""
        return [(point.step, point.value) for point in self.client.get_metric_history(run.info.run_id, metric)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A tracked study that no test changes."""
    study = Study(tmp_path_factory.mktemp("tracked"))
    study.track()
    return study


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Study]:
    """A study that nobody has tracked."""
    return Study(tmp_path / "results")


def test_a_stage_is_a_parent_and_a_trial_or_seed_its_child(study: Study) -> None:
    runs = study.runs()
    parents = {run.info.run_id: run for run in runs if "mlflow.parentRunId" not in run.data.tags}
    assert [run.info.run_name for run in parents.values()] == STAGES
    children = [run for run in runs if run.info.run_id not in parents]
    assert len(children) == CHILDREN
    for child in children:
        parent = parents[child.data.tags["mlflow.parentRunId"]]
        assert child.data.tags["mindgap.stage"] == parent.info.run_name
        assert child.data.tags["mindgap.key"] == parent.data.tags["mindgap.key"]
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_a_child_has_its_whole_spec_with_what_was_searched(study: Study) -> None:
    params, searched = study.run("trial 0").data.params, study.finished.trials["coarse"][0].params
    assert params["searched.learning_rate"] == params["train.learning_rate"] == str(searched["learning_rate"])
    assert params["model.activation"] == searched["activation"]
    assert params["model.hidden"] == str(searched["hidden"])
    assert params["model.init"] == "he"
    assert params["train.epochs"] == "8"
    assert params["train.early_stopping.patience"] == "10"


def test_a_child_has_its_curves_by_epoch_and_the_values_of_the_kept_epoch(study: Study) -> None:
    run = study.run("candidate 1, seed 2")
    assert run.data.tags["mindgap.run"] == "1/2"
    assert run.data.tags["mindgap.status"] == "stopped_early"
    own = study.finished.runs.of(1)[1]
    assert study.curve(run, "train_loss") == list(enumerate(own.history["train_loss"]))
    losses = zip(own.history["train_loss"], own.history["val_loss"], strict=True)
    assert study.curve(run, "gap_loss") == list(enumerate(train - val for train, val in losses))
    ratios = [second for _, second in own.history["update_ratio"]]
    assert study.curve(run, "update_ratio.layer2") == list(enumerate(ratios))[1:]
    norms = [first for first, _ in own.history["weight_norm"]]
    assert study.curve(run, "weight_norm.layer1") == list(enumerate(norms))
    assert not [name for name in run.data.metrics if "range" in name or "histogram" in name]
    kept = own.kept_epoch
    assert kept == 3
    assert run.data.metrics["kept_epoch"] == kept
    assert run.data.metrics["kept.train_loss"] == own.history["train_loss"][kept]
    assert run.data.metrics["kept.gap_loss"] == own.history["train_loss"][kept] - own.history["val_loss"][kept]


def test_a_diverged_trial_is_a_finished_run_that_says_so(study: Study) -> None:
    (last,) = (
        run
        for run in study.runs()
        if (run.info.run_name, run.data.tags["mindgap.stage"]) == ("trial 2", "search.coarse")
    )
    assert study.finished.trials["coarse"][2].status == last.data.tags["mindgap.status"] == "diverged"
    assert last.info.status == "FINISHED"
    assert [step for step, _ in study.curve(last, "train_loss")] == [0]
    assert "rank" not in last.data.metrics


def test_a_searchs_trials_have_their_ranks(study: Study) -> None:
    ranks = {
        run.data.tags["mindgap.run"]: run.data.metrics["rank"]
        for run in study.runs()
        if run.data.tags["mindgap.stage"] == "search.fine" and "rank" in run.data.metrics
    }
    ranking = study.finished.levels["fine"].ranking
    assert ranks == {str(number): place for place, number in enumerate(ranking, start=1)}
    best = study.finished.levels["fine"].best
    parent = study.run("search.fine")
    assert parent.data.metrics["val_accuracy"] == best.value
    assert parent.data.metrics["diverged"] == study.finished.levels["fine"].counts.diverged
    assert parent.data.params["best.l2"] == str(best.params["l2"])


def test_the_check_has_what_each_gate_measured_and_whether_all_passed(study: Study) -> None:
    run = study.run("check")
    assert {name: value for name, value in run.data.metrics.items() if name.startswith("gate.")} == {
        "gate.first_loss": 2.34,
        "gate.gradient": 3.1e-9,
        "gate.memory": 0.5,
        "gate.penalty": 31.5,
    }
    assert run.data.tags["mindgap.status"] == "failed"


def test_the_evaluation_has_every_split_the_gap_the_baselines_and_the_report(study: Study) -> None:
    run, evaluation = study.run("evaluate"), study.finished.evaluation
    groups = {**evaluation.metrics, "gap": evaluation.gap, "test_gap": evaluation.test_gap}
    groups |= {f"advantage.{baseline}": metrics for baseline, metrics in evaluation.advantage.items()}
    for group, metrics in groups.items():
        for metric, statistic in metrics.items():
            name = f"{group}_{metric}"
            found = [run.data.metrics.get(f"{name}{end}") for end in ("", ".low", ".high")]
            assert found == [statistic.mean, statistic.low, statistic.high]
    assert run.data.metrics["baseline.linear.test_accuracy"] == 0.9583
    assert run.data.tags["mlflow.source.git.commit"].startswith("01234567")
    artifacts = {file.path for file in study.client.list_artifacts(run.info.run_id)}
    assert {"manifest.json", "report.html", "summary.json", "figures"} <= artifacts


def test_the_evaluation_says_the_verdict(study: Study) -> None:
    tags = study.run("evaluate").data.tags
    assert tags["mindgap.verdict"] == study.finished.verdict.label
    assert tags["mlflow.note.content"] == study.finished.verdict.text


def test_every_stage_has_its_manifest(study: Study) -> None:
    for name in STAGES:
        assert "manifest.json" in {file.path for file in study.client.list_artifacts(study.run(name).info.run_id)}


def test_tracking_twice_changes_nothing(fresh: Study) -> None:
    first = fresh.track()
    assert (first.runs, first.written) == (len(STAGES) + CHILDREN,) * 2
    before = [run.to_dictionary() for run in fresh.runs(view=3)]
    again = fresh.track()
    assert (again.runs, again.written) == (first.runs, 0)
    assert [run.to_dictionary() for run in fresh.runs(view=3)] == before
    assert len(fresh.client.search_logged_models(["1"])) == 1


def test_a_search_that_is_tracked_before_the_rest_is_not_written_again(fresh: Study) -> None:
    first = track_stages(fresh.view, EARLY["search"], None, fresh.results)
    assert (first.runs, first.written) == (4 + 6, 4 + 6)
    names = {run.info.run_id: run.info.run_name for run in fresh.runs()}
    assert sorted(names.values()) == sorted(STAGES[:4] + [f"trial {number}" for number in range(3)] * 2)
    rest = fresh.track()
    assert (rest.runs, rest.written) == (len(STAGES) + CHILDREN, len(STAGES) + CHILDREN - 10)
    assert len(fresh.runs()) == len(STAGES) + CHILDREN
    assert set(names) <= {run.info.run_id for run in fresh.runs()}
    assert track_stages(fresh.view, EARLY["search"], None, fresh.results).written == 0


@pytest.fixture
def served(fresh: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study whose runs are written as to a server."""

    def server(uri: str, experiment: Experiment) -> Server:
        return Server(MlflowClient(tracking_uri=uri), experiment.experiment_id)

    monkeypatch.setattr("mindgap.tracking.writer.Database", server)
    return fresh


def test_a_server_has_what_a_database_has(study: Study, served: Study) -> None:
    def said(tracked: Study) -> list[object]:
        runs = {run.info.run_id: run for run in tracked.runs()}
        of = {identity: run.data.tags.get("mlflow.parentRunId") for identity, run in runs.items()}
        return [
            (
                run.info.run_name,
                runs[parent].info.run_name if (parent := of[identity]) else None,
                (run.info.start_time, run.info.end_time, run.info.status),
                run.data.params,
                {name: tracked.curve(run, name) for name in run.data.metrics},
                {key: value for key, value in run.data.tags.items() if not ID.search(key + value)},
                sorted(file.path for file in tracked.client.list_artifacts(identity)),
            )
            for identity, run in runs.items()
        ]

    served.track()
    assert said(served) == said(study)


def test_a_server_is_told_of_model_and_report_while_it_takes_the_runs(served: Study) -> None:
    writer, met = Writer(default_uri(served.results), "digits", served.results), threading.Barrier(2, timeout=10)

    def meet() -> None:
        met.wait()

    writer.fill([], {}, meet, meet)


def test_a_request_that_is_sent_again_leaves_no_second_run(served: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    create = MlflowClient.create_run

    def twice(client: MlflowClient, *arguments: object, **named: object) -> Run:
        create(client, *arguments, **named)  # whose answer is lost
        return create(client, *arguments, **named)

    monkeypatch.setattr(MlflowClient, "create_run", twice)
    served.track()
    assert len(served.runs()) == len(STAGES) + CHILDREN
    assert {run.info.status for run in served.runs()} == {"FINISHED"}


def test_a_new_report_of_the_same_results_replaces_the_old_one(fresh: Study) -> None:
    fresh.track()
    fresh.write_report("Another title")
    assert fresh.track().written == 0
    run = fresh.run("evaluate").info
    assert "Another title" in Path(fresh.client.download_artifacts(run.run_id, "report.html")).read_text()


def test_a_stage_with_a_new_key_is_added_and_the_others_stay(fresh: Study) -> None:
    fresh.track()
    replace(Manifest.read(fresh.stages["train"]), key="f" * 16).write(fresh.stages["train"])
    assert fresh.track().written == 1 + 2 * 2


@pytest.mark.parametrize(
    ("method", "calls"),
    [("get_experiment", 0), ("log_artifact", 0), ("log_artifact", 4), ("create_logged_model", 0), ("log_outputs", 0)]
    + [("set_terminated", calls) for calls in (0, 1, 6)],
)
def test_a_killed_tracker_leaves_nothing_that_the_next_one_does_not_repair(
    fresh: Study, monkeypatch: pytest.MonkeyPatch, method: str, calls: int
) -> None:
    class Killed(BaseException):
        pass

    done, real = [], getattr(MlflowClient, method)

    def do_some(client: MlflowClient, *arguments: object, **named: object) -> object:
        done.append(arguments)
        if len(done) > calls:
            raise Killed
        return real(client, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, method, do_some)
        with pytest.raises(Killed):
            fresh.track()
    complete = sum(run.info.status == "FINISHED" and "mlflow.parentRunId" not in run.data.tags for run in fresh.runs())
    assert complete == (calls if method == "set_terminated" else 0)

    assert len(STAGES) - complete <= fresh.track().written <= len(STAGES) + CHILDREN
    assert len(fresh.runs()) == len(STAGES) + CHILDREN
    assert {run.info.status for run in fresh.runs(view=3)} <= {"FINISHED", "KILLED"}
    assert {run.info.status for run in fresh.runs()} == {"FINISHED"}
    assert len(fresh.client.search_logged_models(["1"])) == 1


def test_what_a_kill_left_of_a_database_does_not_hinder_the_next_tracker(fresh: Study) -> None:
    (fresh.results / "mlflow.db.partial").write_bytes(b"half a schema")
    (fresh.results / "mlflow.db-journal").write_bytes(b"of a deleted database")
    assert fresh.track().written == len(STAGES) + CHILDREN


def test_trackers_that_begin_one_database_at_once_lose_nothing(fresh: Study) -> None:
    uri, processes = default_uri(fresh.results), get_context("fork")
    ready = processes.Barrier(3)

    def begin(number: int) -> None:
        ready.wait()
        with opened(uri):
            Writer(uri, f"study {number}", fresh.results)

    begun = [processes.Process(target=begin, args=(number,)) for number in range(3)]
    for process in begun:
        process.start()
    for process in begun:
        process.join()
    assert [process.exitcode for process in begun] == [0, 0, 0]
    names = {experiment.name for experiment in fresh.client.search_experiments()}
    assert names >= {"study 0", "study 1", "study 2"}
    assert not [*fresh.results.glob("mlflow.db.*")]


def predictions(study: Study, rows: Path, out: Path) -> list[str]:
    """What `mindgap predict` makes of a file of rows."""
    save_model(winning_model(study.stages["prepare"], study.stages["train"]), out / "model.npz")
    assert main(["predict", str(out / "model.npz"), str(rows), "--output", str(out / "said.csv")]) == 0
    return pd.read_csv(out / "said.csv")["class"].tolist()


def test_the_model_predicts_raw_rows_like_the_engine_where_mindgap_is_not_installed(
    study: Study, tmp_path: Path
) -> None:
    raw = np.random.default_rng(2).uniform(-100, 100, (300, 4))
    np.savez(tmp_path / "raw.npz", x=raw)
    (model,) = study.client.search_logged_models(["1"])
    program = (
        "import sys, numpy, mlflow; path, model = sys.argv[1:];"
        "loaded = mlflow.pyfunc.load_model(model);"
        "numpy.save(path + '/said.npy', loaded.predict(numpy.load(path + '/raw.npz')['x']));"
        "import mindgap; assert model in mindgap.__file__"
    )
    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    location = model.artifact_location.removeprefix("file://")
    subprocess.run(
        [sys.executable, "-P", "-c", program, str(tmp_path), location], cwd=tmp_path, env=elsewhere, check=True
    )
    said = np.load(tmp_path / "said.npy", allow_pickle=False).tolist()

    network = Population(study.finished.architecture, [0.0], 256)
    network.values[:] = study.finished.weights[0]
    prepared = (raw / 16 - [0.1, 0.2, 0.3, 0.4]) / [1, 2, 3, 4]
    outputs = [outputs[0].copy() for _, outputs in outputs_by_chunk(network, prepared.astype(np.float32))]
    expected = [["ant", "bee", "cat"][number] for number in np.concatenate(outputs).argmax(axis=1)]
    assert len(set(expected)) > 1
    assert said == expected == predictions(study, tmp_path / "raw.npz", tmp_path)


def test_the_model_has_a_signature_an_example_and_no_pickle(study: Study) -> None:
    (model,) = study.client.search_logged_models(["1"])
    folder = Path(model.artifact_location.removeprefix("file://"))
    described = (folder / "MLmodel").read_text()
    assert "signature:" in described
    assert "[-1, 4]" in described
    assert (folder / "input_example.json").exists()
    assert not [path for path in folder.rglob("*") if path.suffix in {".pkl", ".pickle"}]
    assert {metric.key: metric.value for metric in model.metrics}["model.test_accuracy"] == (
        study.finished.evaluation.metrics["test"]["accuracy"].values[0]
    )


def test_the_model_of_a_table_takes_its_columns_by_name_and_says_what_mindgap_predict_says(
    fresh: Study, tmp_path: Path
) -> None:
    known = ("blue", "green", "red")
    encoding = Encoding(
        (
            Number(Column("size", None), 5.0),
            OneHot(Column("a colour", known), 1.0, (0, 1, 2)),
        ),
        1.0,
    )
    layout = Layout(";", True, "animal", 2)
    replace(plain_preparation(4), encoding=encoding, layout=layout).write(fresh.stages["prepare"])
    fresh.track()
    (logged,) = fresh.client.search_logged_models(["1"])
    model = mlflow.pyfunc.load_model(logged.artifact_location)
    assert list(model.input_example.columns) == ["size", "a colour"]
    assert set(model.input_example["a colour"]) <= set(known)

    random = np.random.default_rng(3)
    size, colour = random.normal(0, 40, 100), random.choice([*known, "pink", None], 100)
    size[::7] = np.nan
    table = pd.DataFrame({"a colour": colour, "size": size})
    table.to_csv(tmp_path / "table.csv", sep=";", index=False)
    said = model.predict(table[["size", "a colour"]]).tolist()
    assert said == predictions(fresh, tmp_path / "table.csv", tmp_path)
    assert len(set(said)) > 1


def test_the_model_of_components_takes_raw_rows_and_says_what_mindgap_predict_says(
    fresh: Study, tmp_path: Path
) -> None:
    directions, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(6, 4)))
    components = Components(directions, np.ones(4), np.array([1.0, 2.0, 3.0, 4.0]), 0.9)
    standardisation = Standardisation(np.zeros(6), np.ones(6))
    prepared = replace(plain_preparation(6), standardisation=standardisation, components=components)
    prepared.write(fresh.stages["prepare"])
    fresh.track()
    (logged,) = fresh.client.search_logged_models(["1"])
    model = mlflow.pyfunc.load_model(logged.artifact_location)
    x = np.load(fresh.stages["prepare"] / "x_train.npy", allow_pickle=False)[:3]
    assert np.allclose(model.input_example, x * [1, 2, 3, 4] @ directions.T * 16, atol=1e-3)

    raw = np.random.default_rng(5).uniform(-100, 100, (50, 6))
    np.savez(tmp_path / "raw.npz", x=raw)
    said = model.predict(raw).tolist()
    assert said == predictions(fresh, tmp_path / "raw.npz", tmp_path)
    assert len(set(said)) > 1


def unreachable(tmp_path: Path, kind: str) -> tuple[str, str]:
    """A store that cannot be used, and what the message must say of it."""
    blocked = tmp_path / "blocked"
    match kind:
        case "database in a file":
            blocked.write_text("a file, not a folder")
            return f"sqlite:///{blocked}/mlflow.db", str(blocked)
        case "no database":
            blocked.write_text("no database at all, but some text that is longer than a header of SQLite" * 20)
            return f"sqlite:///{blocked}", "file is not a database"
        case "no server":
            with socket.socket() as closed:
                closed.bind(("127.0.0.1", 0))
                return f"http://127.0.0.1:{closed.getsockname()[1]}", "Connection refused"
    raise ValueError(kind)


@pytest.mark.parametrize("kind", ["database in a file", "no database", "no server"])
def test_a_store_that_cannot_be_used_is_named_with_the_reason(fresh: Study, tmp_path: Path, kind: str) -> None:
    uri, reason = unreachable(tmp_path, kind)
    with pytest.raises(TrackingUnavailable) as caught:
        fresh.track(uri)
    assert uri in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_reported_and_the_next_run_catches_up(fresh: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "finish", full)
        with pytest.raises(TrackingUnavailable, match="No space left on device"):
            fresh.track()
    fresh.track()
    assert len(fresh.runs()) == len(STAGES) + CHILDREN


def test_a_message_hides_the_password(fresh: Study) -> None:
    with pytest.raises(TrackingUnavailable) as caught:
        fresh.track("postgresql://me:secret@127.0.0.1:1/db?sslpassword=secret")
    assert "secret" not in str(caught.value)
    assert "postgresql://me:***@127.0.0.1:1/db" in str(caught.value)


def test_a_deleted_experiment_is_named_with_what_to_do(fresh: Study) -> None:
    fresh.track()
    fresh.client.delete_experiment("1")
    with pytest.raises(TrackingUnavailable, match="mlflow experiments restore --experiment-id 1"):
        fresh.track()


def test_nested_values_get_dotted_names_and_become_texts() -> None:
    nested = {"model": {"hidden": [64, 32], "init": "he"}, "train": {"l2": 1e-5, "early_stopping": None}, "empty": {}}
    assert texts(nested, "best.") == {
        "best.model.hidden": "[64, 32]",
        "best.model.init": "he",
        "best.train.l2": "1e-05",
        "best.train.early_stopping": "null",
        "best.empty": "{}",
    }


def test_values_that_are_null_are_left_out_of_curves_and_gaps() -> None:
    history = {
        "train_loss": [2.0, None],
        "train_accuracy": [0.5, 0.75],
        "val_loss": [2.5, 3.0],
        "val_accuracy": [0.25, 0.25],
        "update_ratio": [[None], [0.125]],
        "gradient_norm": [[None], [None]],
        "flat": [[], []],
        "dead": [[], []],
    }
    points = list(history_points(history))
    assert Point("update_ratio.layer1", 0.125, 1) in points
    assert [point for point in points if point.name == "gap_loss"] == [Point("gap_loss", -0.5, 0)]
    assert [point for point in points if point.name == "gap_accuracy"][1] == Point("gap_accuracy", 0.5, 1)
    assert len(points) == 1 + 2 + 2 + 2 + 1 + 2 + 1


def test_every_number_by_layer_is_a_metric_and_ranges_and_histograms_are_none() -> None:
    history = {
        "weight_norm": [[1.0, 2.0], [3.0, 4.0]],
        "activation_mean": [[0.5], [None]],
        "activation_range": [[[0.0, 1.0]], [[0.0, 2.0]]],
        "activation_histogram": [[None], [[1, 2]]],
    }
    assert list(history_points(history)) == [
        Point("weight_norm.layer1", 1.0, 0),
        Point("weight_norm.layer1", 3.0, 1),
        Point("weight_norm.layer2", 2.0, 0),
        Point("weight_norm.layer2", 4.0, 1),
        Point("activation_mean.layer1", 0.5, 0),
    ]


def test_two_writers_of_one_study_leave_each_others_unfinished_runs_alone(tmp_path: Path) -> None:
    uri = default_uri(tmp_path)
    here, there = Study(tmp_path / "here"), Study(tmp_path / "there")
    begun = Writer(uri, "tiny", there.results)
    replace(Manifest.read(there.stages["prepare"]), key="e" * 16).write(there.stages["prepare"])
    unfinished = begun.start([read_stage("prepare", there.stages["prepare"])])["prepare"]
    assert here.track(uri).written == len(STAGES) + CHILDREN
    assert begun.client.get_run(unfinished).info.status == "RUNNING"

    assert there.track(uri).written == 1
    left = begun.client.get_run(unfinished).info
    assert (left.status, left.lifecycle_stage) == ("KILLED", "deleted")


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of an MLflow database's tables, with runs by their names instead of their ids."""
    engine = sqlalchemy.create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        tables = sqlalchemy.inspect(engine).get_table_names()
        found = {table: connection.exec_driver_sql(f'SELECT * FROM "{table}"').all() for table in tables}
        names = {row.run_uuid: f"run {row.name}" for row in found["runs"]}
    engine.dispose()

    def known(value: object) -> object:
        for identity, name in names.items():
            value = value.replace(identity, name) if isinstance(value, str) else value
        return value

    # When an experiment was made is all that differs; its artifacts lie in the same folder.
    del found["experiments"]
    return {table: sorted((tuple(map(known, row)) for row in kept), key=str) for table, kept in found.items()}


def test_runs_written_together_are_the_rows_that_mlflow_itself_writes(tmp_path: Path) -> None:
    points = [
        *(Point("loss", 1.0 / (1 + step), step) for step in range(1200)),
        *(Point("twice", value) for value in (2.0, 3.0, 2.0)),
        Point("integer", 4),
        Point("tiny", 5e-324),
        Point("huge", -1.7976931348623157e308),
    ]
    params = {f"param {number}": "x" * (number * 52) for number in range(120)}
    record = Record("a run", params, points, {"mlflow.note.content": "naïve\n" * 1400, "empty": ""})
    entries = [
        Entry(record, {"mindgap.kind": "run", "mlflow.source.name": "mindgap"}, 1_700_000_000_123, 1_700_000_000_456),
        Entry(replace(record, name="open", points=[], params={}), {}, 1_700_000_000_124, None),
    ]
    for name, kind in (("client", Server), ("together", Database)):
        uri = f"sqlite:///{tmp_path / name}.db"
        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment(client.create_experiment("e", f"file://{tmp_path}/artifacts"))
        store = Server(client, experiment.experiment_id) if kind is Server else Database(uri, experiment)
        for entry in entries:
            store.create([entry])
    client, together = rows(tmp_path / "client.db"), rows(tmp_path / "together.db")
    assert len(client["metrics"]) == 1200 + 2 + 3
    assert together == client
