"""What jobs ask of a machine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from mindgap.jobs import resources
from mindgap.jobs.graph import Graph
from mindgap.jobs.resources import Prepared, batches, memory, minutes, networks, peak, prepared, training
from mindgap.jobs.session import Session
from mindgap.jobs.study import StudyJobs
from mindgap.params.run import RunSpec
from mindgap.params.work import Shape
from mindgap.store.job import Job
from tests.driver import ROOT, SCRIPTS, drive, small_study

MOONS = {
    "study": "wide",
    "data": {"source": "synthetic", "kind": "moons", "rows": 600},
    "model": {"hidden": [1024, 1024]},
}
TRIALS = {
    "space": {"learning_rate": {"log_uniform": [0.01, 0.2]}},
    "levels": {"coarse": {"trials": 4, "epochs": 2}, "fine": {"trials": 8, "epochs": 2, "halving": {"eta": 2}}},
}
WIDE = {**MOONS, "search": TRIALS, "train": {"epochs": 2}} | {
    "final": {"candidates": 2, "seeds": 2},
    "workflow": {"shard_size": 4},
}
CONVOLVED = {**WIDE, "study": "convolved", "data": {"source": "digits", "train_rows": 400}} | {
    "model": {"convolution": [{"filters": 256, "kernel": 3, "padding": 1}, {"filters": 128}], "hidden": [32]},
    "train": {"epochs": 2, "batch_size": 256},
    "workflow": {"shard_size": 4},
}
CODED = {**CONVOLVED, "study": "coded", "search": None} | {
    "model": {"convolution": [{"filters": 2, "kernel": 7, "stride": 7, "pool": None}], "hidden": [8]},
    "train": {"epochs": 1, "batch_size": 256},
}
"""A study of so many rows of bytes that these are what takes memory; the file is the fixture's."""
HALVED = {**TRIALS, "levels": {"coarse": {"trials": 9, "epochs": 6, "halving": {"eta": 3}}}}
Finished = tuple[dict[str, Any], Graph, StudyJobs]
DATA = Prepared({"train": 1000, "val": 200, "test": 200}, features=3, outputs=2)


def trials_of(jobs: StudyJobs) -> list[Job]:
    return [job for job in jobs.shards if job.stage == "trials"]


def test_a_training_needs_its_parameters_four_times_a_unit_of_a_chunk_and_a_batch():
    run = RunSpec.model_validate({"seed": 0, "model": {"hidden": [5]}, "train": {"optimizer": "momentum"}})
    run = run.vary({"early_stopping": None, "batch_size": 10})
    parameters, hidden = (3 * 5 + 5) + (5 * 2 + 2), 5 + 2
    kept, before = 4 * parameters * (2 + 1), 4 * 3 * 5
    assert training(run, DATA, 1) == kept + before + 256 * hidden * 12 + 4 * 10 * 3
    assert training(run, DATA, 7, alike=True) == 7 * (kept + before + 256 * hidden * 12) + 4 * 10 * 3
    assert training(run.vary({"batch_size": 200}), DATA, 1) == kept + before + 200 * hidden * 16 + 4 * 200 * 3


@pytest.mark.parametrize("stage", ["check", "trials", "rung", "runs", "evaluate"])
@pytest.mark.parametrize("study", ["wide", "convolved"])
def test_the_peak_of_a_large_networks_jobs_is_told_within_a_quarter(study, stage, large):
    params, graph, jobs = large[study]
    assert_told(params, graph, jobs, stage)


@pytest.mark.parametrize("stage", ["baselines", "evaluate"])
def test_the_peak_of_jobs_that_fit_trees_is_told_within_a_quarter(stage, tmp_path):
    random = np.random.default_rng(0)
    x = random.normal(size=(50_000, 40)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, y=(x[:, 0] > 0).astype(int))
    data = {"source": "npz", "path": str(tmp_path / "data.npz")}
    asked = {**WIDE, "search": None, "model": {"hidden": [4]}, "data": data, "baselines": {"trees": 1}}
    assert_told(*finished(tmp_path, asked), stage)


@pytest.mark.parametrize("stage", ["check", "runs", "baselines", "evaluate"])
def test_the_peak_of_jobs_on_many_rows_of_bytes_is_told_within_a_quarter(stage, many):
    assert_told(*many, stage)


def assert_told(params: dict[str, Any], graph: Graph, jobs: StudyJobs, stage: str) -> None:
    """Run a job again, alone, and compare."""
    job = next(job for job in graph.jobs.values() if job.stage == stage)
    code = (
        "import sys, json; from pathlib import Path; from tests.driver import drive, small_study\n"
        "graph, _ = small_study(Path(sys.argv[1]), json.loads(sys.argv[2])); drive(graph, graph[sys.argv[3]])\n"
        "print(next(line for line in open('/proc/self/status') if 'VmHWM' in line))"  # what rusage says outlives exec
    )
    command = [sys.executable, "-c", code, str(graph.results), json.dumps(params), job.key]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    measured = int(done.stdout.split()[-2]) * 1024 / 1e6
    assert peak(job, prepared(graph.folder(jobs.prepare.address), job)) == pytest.approx(measured, rel=0.25)


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> dict[str, Finished]:
    """Studies of wide networks, and of such of many filters, all of which have been run."""
    return {params["study"]: finished(tmp_path_factory.mktemp(params["study"]), params) for params in (WIDE, CONVOLVED)}


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Finished:
    """A study of 16 MB of images in bytes, which has been run."""
    folder, random = tmp_path_factory.mktemp("many"), np.random.default_rng(0)
    y = np.arange(20_000) % 2
    np.save(
        folder / "x.npy", random.integers(0, 128, (len(y), 28, 28), np.uint8) + 64 * y[:, None, None].astype(np.uint8)
    )
    np.save(folder / "y.npy", y)
    data = {"source": "npz", "path": str(folder / "x.npy"), "y_path": str(folder / "y.npy")}
    return finished(folder, {**CODED, "data": data})


def finished(folder: Path, params: dict[str, Any]) -> Finished:
    """A study that has been run."""
    graph, jobs = small_study(folder, params)
    for job in graph.jobs.values():
        drive(graph, job)
    return params, graph, jobs


def test_each_attempt_asks_for_as_much_more(tmp_path):
    _, jobs = small_study(tmp_path)
    job = trials_of(jobs)[0]
    assert memory(job, DATA, 3) == pytest.approx(3 * memory(job, DATA, 1), abs=3)
    assert minutes(job, DATA, 3) == pytest.approx(3 * minutes(job, DATA, 1), abs=3)


def test_more_is_asked_for_more_rows_features_units_and_networks(tmp_path):
    def asked(data: Prepared, **params) -> tuple[int, int]:
        _, jobs = small_study(tmp_path, {**WIDE, **params})
        job = trials_of(jobs)[0]
        return memory(job, data, 1), minutes(job, data, 1)

    plain, rows = asked(DATA), {"train": 1_000_000, "val": 200, "test": 200}
    assert all(more > less for more, less in zip(asked(Prepared(rows, 3, 2)), plain, strict=True))
    assert all(more > less for more, less in zip(asked(Prepared(DATA.rows, 100_000, 2)), plain, strict=True))
    assert all(more > less for more, less in zip(asked(DATA, model={"hidden": [8192] * 2}), plain, strict=True))
    assert asked(DATA, workflow={"shard_size": 1})[0] < plain[0]


def test_baselines_take_longer_for_more_rows_and_a_check_for_more_shufflings(tmp_path):
    def asked(data: Prepared = DATA, rounds: int | None = None) -> list[int]:
        _, jobs = small_study(tmp_path, {**WIDE, "check": {"permutation": rounds, "on_failure": "warn"}})
        return [minutes(job, data, 1) for job in (jobs.baselines, jobs.check)]

    (baselines, check), many = asked(), Prepared({"train": 10_000_000, "val": 200, "test": 200}, 30, 2)
    assert asked(many)[0] > baselines
    assert asked(rounds=1999)[1] > check
    assert asked(many)[1] == check


def test_tuned_baselines_ask_for_more_and_so_does_the_evaluation_that_fits_trees_again(tmp_path):
    many, found = Prepared({"train": 1_000_000, "val": 200, "test": 200}, 30, 2), []
    for tuned in ({"linear": 0, "trees": 0}, {"linear": 5, "trees": 0}, {"linear": 5, "trees": 10}):
        _, jobs = small_study(tmp_path, {**WIDE, "baselines": tuned})
        own = jobs.baselines, jobs.evaluate
        found.append([minutes(own[0], many, 1), *(memory(job, many, 1) for job in own)])
    plain, linear, trees = found
    assert plain[0] < linear[0] < trees[0]
    assert plain[1:] == linear[1:]
    assert all(less < more for less, more in zip(linear[1:], trees[1:], strict=True))


def test_what_puts_trials_together_has_room_for_their_histories(tmp_path):
    def collecting(trials: int) -> list[Job]:
        levels = {"coarse": {**HALVED["levels"]["coarse"], "trials": trials}}
        _, jobs = small_study(tmp_path, {**WIDE, "search": {**TRIALS, "levels": levels}})
        return [job for job in (*jobs.shards, *jobs.levels.values()) if job.stage in resources.COLLECTING]

    few, many = collecting(9), collecting(900)
    assert [job.told["epochs"] for job in few] == [9 * 2, 6 * 2 + 3 * 6]
    more = (600 * 2 + 300 * 6) - (6 * 2 + 3 * 6)
    assert peak(many[1], DATA) - peak(few[1], DATA) == pytest.approx(more * 1400 * 3 / 1e6)


def test_a_rung_takes_the_time_of_its_own_epochs(tmp_path):
    _, jobs = small_study(tmp_path, {**WIDE, "search": HALVED})
    costs = {job.params["until"]: resources.seconds(job, DATA.shape) / networks(job) for job in trials_of(jobs)}
    assert [costs[epochs] / costs[6] for epochs in (2, 6)] == pytest.approx([1 / 3, 1])


def test_nothing_is_told_of_a_job_whose_data_are_not_prepared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = Session(yaml.safe_load((ROOT / "params/study.yaml").read_text()), [], SCRIPTS)
    assert session.asks(session.jobs.prepare.key, 1)[0] > 0
    with pytest.raises(FileNotFoundError) as found:
        session.asks(session.jobs.check.key, 1)
    assert found.value.filename in session.needs(session.jobs.check.key)["data"]  # as Snakemake asks


def test_a_small_study_shares_one_job_of_a_cluster(tmp_path):
    _, jobs = small_study(tmp_path)
    together = {job.key for job in (*jobs.shards, *jobs.levels.values(), jobs.train)}
    assert batches(small_study(tmp_path)[0].jobs.values()) == dict.fromkeys(together, "study")


def test_of_a_large_study_those_share_a_job_of_which_none_waits_for_another(tmp_path, monkeypatch):
    graph, jobs = small_study(tmp_path)
    cost = [resources.seconds(job, Shape(*job.told["shape"])) for job in trials_of(jobs)]
    monkeypatch.setattr(resources, "BATCH", 1.5 * max(cost))
    found = batches(graph.jobs.values())
    assert {job.stage for job in graph.jobs.values() if job.key in found} == {"trials", "runs"}
    for name in set(found.values()):
        members = {key for key, own in found.items() if own == name}
        beneath = graph.beneath(graph[address.key] for key in members for address in graph[key].inputs.values())
        assert not members & beneath.keys()
    monkeypatch.setattr(resources, "BATCH", min(cost) / 2)
    assert len(set(batches(graph.jobs.values()).values())) == len(jobs.shards)


def test_a_profile_of_a_cluster_has_what_the_default_one_has():
    here, there = (
        yaml.safe_load(Path(ROOT, f"profiles/{name}/profile.yaml").read_text()) for name in ("default", "slurm")
    )
    del here["executor"]
    assert here.items() <= there.items()


def test_every_rule_says_its_threads_memory_and_time():
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for text in path.read_text().split("rule ")[1:]:
            assert all(word in text for word in ("threads:", "mem_mb=", "runtime=")), text.split(":")[0]


@pytest.mark.parametrize("share", [1.1, 0.9])
def test_no_rung_shares_a_job_with_one_that_it_waits_for_through_another(share, tmp_path, monkeypatch):
    graph, jobs = small_study(tmp_path, {**WIDE, "search": HALVED, "workflow": {"shard_size": 1}})
    trained = [job for job in jobs.shards if job.stage in resources.STUDIED]
    whole = sum(resources.seconds(job, Shape(*job.told["shape"])) for job in trained)
    monkeypatch.setattr(resources, "BATCH", share * whole)
    found = batches(graph.jobs.values())
    for name in {found[job.key] for job in trials_of(jobs)}:
        members = [graph[key] for key, own in found.items() if own == name]
        outside = [job for job in graph.jobs.values() if found.get(job.key) != name]
        returning = [job for job in outside if any(own.key in graph.beneath([job]) for own in members)]
        assert not any(job.key in graph.beneath([own]) for own in members for job in returning)
