"""Tracking claims: what MLflow has of them, once, and after changes and kills."""

import csv
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.results.arm import Arm
from mindgap.results.claim import ClaimView
from mindgap.results.judgement import Judgement
from mindgap.tracking.claims import TABLE, track_claims
from mindgap.tracking.markers import Marker, default_uri, drop_other_markers, marker_path, write_marker
from mindgap.tracking.tracked import Tracked
from tests.driver import SCRIPTS, drive
from tests.unit.test_claims import claim

TUNE = {"space": {"l2": {"log_uniform": [1e-5, 1e-2]}}, "trials": 3, "epochs": 2}


def run_claim(results: Path, **changes: object) -> ClaimView:
    """A claim whose jobs have run."""
    graph = Graph(results, SCRIPTS)
    jobs = add_claim(graph, claim(tune=TUNE, replicates=12, stated="ten times", **changes), 0)
    for job in graph.jobs.values():
        if not graph.manifest(job.address).is_file():
            drive(graph, job)
    return jobs.view(graph)


def track(results: Path, *views: ClaimView) -> Tracked:
    return track_claims(views, "claims", default_uri(results), results)


def client(results: Path) -> MlflowClient:
    return MlflowClient(tracking_uri=default_uri(results))


def runs(results: Path, view: int = 1) -> list[Run]:
    """The runs by start; view 1 is of those not deleted, 3 of all."""
    return list(client(results).search_runs(["1"], order_by=["attributes.start_time ASC"], run_view_type=view))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ClaimView]:
    """A claim that is tracked and that no test changes."""
    results = tmp_path_factory.mktemp("results")
    view = run_claim(results)
    track(results, view)
    return results, view


def test_a_claim_is_a_run_with_its_verdict_and_its_arms_lie_under_it(store: tuple[Path, ClaimView]) -> None:
    results, view = store
    parent, slow, fast = runs(results)
    judgement = Judgement.read(view.judgement)
    (judged,) = judgement.tasks["moons"].predictions
    tags = parent.data.tags
    assert (tags["mindgap.verdict"], tags["mindgap.holds"]) == (judgement.verdict, judgement.holds)
    assert tags["mlflow.note.content"] == "A faster rate learns faster.\n\na test; stated: ten times."
    assert tags["mindgap.moons.effect"].startswith("slow / fast: ")
    assert tags["mindgap.moons.verdict"] == judgement.verdict
    assert parent.data.metrics["moons.1.effect"] == judged.middle[0]
    assert parent.data.metrics["moons.1.low"] == judged.low
    for run, name in ((slow, "slow"), (fast, "fast")):
        assert run.info.run_name == f"moons: {name}"
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.data.params["train.learning_rate"] == str({"slow": 0.001, "fast": 0.1}[name])
        assert float(run.data.params["tuned.l2"]) == judgement.tasks["moons"].tuned[name]["l2"]
        for end, known in (("", True), (".at_least", False)):
            found = client(results).get_metric_history(run.info.run_id, f"epochs to a train loss of 0.35{end}")
            values = judged.values[name]
            expected = [(step, low) for step, (low, high) in enumerate(values, 1) if (low == high) == known]
            assert sorted((point.step, point.value) for point in found) == expected
    assert {run.info.status for run in runs(results)} == {"FINISHED"}


def test_an_arms_run_has_a_table_of_all_its_trainings(store: tuple[Path, ClaimView]) -> None:
    results, view = store
    _, slow, _ = runs(results)
    with Path(client(results).download_artifacts(slow.info.run_id, TABLE)).open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["of"], row["trial"], int(row["replicate"])) for row in rows] == [
        *(("tuning", str(trial), split) for trial in range(3) for split in range(1001, 1004)),
        *(("judging", "", replicate) for replicate in range(1, 13)),
    ]
    assert slow.data.metrics["trainings"] == 21
    for row in rows:
        assert Path(row["folder"], "manifest.json").is_file()
        assert Path(row["folder"]).name == row["key"]
    assert {row["folder"] for row in rows[9:]} == set(map(str, view.arms["moons"]["slow"]))
    assert rows[9]["epochs"] == str(Arm.read(view.arms["moons"]["slow"][0]).epochs)


def test_tracking_twice_changes_nothing_and_a_changed_claim_is_replaced(tmp_path: Path) -> None:
    arms = {"slow": {"train": {"learning_rate": 0.001}}, "fast": {"train": {"learning_rate": 0.2}}}
    first, other = run_claim(tmp_path), run_claim(tmp_path, claim="T2", arms=arms)
    assert track(tmp_path, first, other).written == 6
    before = [run.to_dictionary() for run in runs(tmp_path, view=3)]
    assert track(tmp_path, first, other).written == 0
    assert track(tmp_path, first).written == 0  # a selection says nothing about the others
    assert [run.to_dictionary() for run in runs(tmp_path, view=3)] == before

    changed = run_claim(tmp_path, predict=[{"ratio": ["fast", "slow"], "above": 1}])
    assert track(tmp_path, changed, other).written == 3
    verdicts = {run.info.run_name: run.data.tags["mindgap.verdict"] for run in runs(tmp_path)
                if "mindgap.verdict" in run.data.tags}  # fmt: skip
    assert verdicts == {"T1": "refuted", "T2": "supported"}
    assert len(runs(tmp_path)) == 6


@pytest.mark.parametrize(
    ("method", "calls"),
    [("log_artifact", 0), ("log_text", 0), ("log_text", 1), ("set_terminated", 0)]
    + [("delete_run", calls) for calls in (0, 1, 2)],
)
def test_a_killed_tracker_leaves_nothing_that_the_next_one_does_not_repair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int, method: str
) -> None:
    class Killed(BaseException):
        pass

    track(tmp_path, run_claim(tmp_path))
    view = run_claim(tmp_path, predict=[{"ratio": ["fast", "slow"], "above": 1}])
    done, real = [], getattr(MlflowClient, method)

    def some(client: MlflowClient, *arguments: object, **named: object) -> None:
        done.append(arguments)
        if len(done) > calls:
            raise Killed
        real(client, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, method, some)
        with pytest.raises(Killed):
            track(tmp_path, view)
    track(tmp_path, view)
    assert [run.info.run_name for run in runs(tmp_path)] == ["T1", "moons: slow", "moons: fast"]
    assert runs(tmp_path)[0].data.tags["mindgap.verdict"] == "refuted"
    assert {run.info.status for run in runs(tmp_path, view=3)} <= {"FINISHED", "KILLED"}


def test_markers_of_what_is_replaced_go_and_those_of_other_stores_stay(tmp_path: Path) -> None:
    old, new, elsewhere = (
        marker_path(tmp_path, "claims", uri, {"T1": key}) for uri, key in (("a", "1"), ("a", "2"), ("b", "1"))
    )
    for path in (old, new, elsewhere):
        write_marker(path, Marker(True, "", 3))
    drop_other_markers(new)
    assert [path.is_file() for path in (old, new, elsewhere)] == [False, True, True]
