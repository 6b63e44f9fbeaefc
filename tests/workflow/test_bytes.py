"""The same bytes whatever the schedule, the folder, and the moment of a kill."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.workflow.checkout import SMALL, Checkout


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Checkout:
    """A small study that ran undisturbed, up to its report."""
    checkout = Checkout(tmp_path_factory.mktemp("study"))
    outcome = checkout.run("report")
    assert outcome.code == 0, outcome.text
    return checkout


@pytest.mark.parametrize(
    ("cores", "params"), [(1, {}), (2, {"workflow": {"shard_size": 2}}), (1, {"workflow": {"shard_size": 100}})]
)
def test_the_summary_has_the_same_bytes_whatever_the_schedule_and_the_folder(finished, tmp_path, cores, params):
    other = Checkout(tmp_path / "elsewhere")
    assert other.run("report", cores=cores, params=params).code == 0
    assert other.summary() == finished.summary()


MOMENTS = {
    "at the first result": lambda study: study.results("prepare"),
    "between shards of the coarse level": lambda study: study.results("trials"),
    "in the fine level": lambda study: study.results("search"),
    "in the final training": lambda study: study.results("runs"),
    "while the views are made": lambda study: study.results("evaluate"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_study_goes_on_and_ends_with_the_same_bytes(finished, tmp_path, moment):
    study = Checkout(tmp_path / "study")
    study.kill_when(MOMENTS[moment])
    published = {path: (path / "manifest.json").stat().st_mtime_ns for path in study.results("*")}
    # What MLflow has of a killed study is the matter of other tests, but for a kill while it is written.
    target = () if moment == "while the views are made" else ("report",)
    outcome = study.run(*target)
    assert outcome.code == 0, outcome.text
    assert study.summary() == finished.summary()
    assert all((path / "manifest.json").stat().st_mtime_ns == time for path, time in published.items())
    assert "Nothing to be done" in study.run(*target).text


HALVED = {
    **SMALL,
    "search": {
        **SMALL["search"],
        "levels": {"coarse": {"trials": 6, "epochs": 4, "halving": {"eta": 2}}, "fine": None},
    },
}


def written(study: Checkout) -> dict[Path, bytes]:
    """What a search that halves has written, by its place; manifests tell of time and place."""
    files = [path for stage in ("rung", "search") for folder in study.results(stage) for path in folder.iterdir()]
    return {path.relative_to(study.folder): path.read_bytes() for path in files if path.name != "manifest.json"}


def test_a_search_that_is_killed_between_its_rungs_goes_on_and_ends_with_the_same_bytes(tmp_path):
    whole, killed = Checkout(tmp_path / "whole", HALVED), Checkout(tmp_path / "killed", HALVED)
    assert whole.run("search").jobs["rung"] == 2
    with TemporaryDirectory() as temporary:
        killed.environment["TMPDIR"] = temporary
        killed.kill_when(lambda study: study.results("rung"), "search")
        assert [*Path(temporary).glob("*/stages")]  # a socket
        done, trials = len(killed.results("rung")), len(killed.results("trials"))
        assert not killed.results("search")
        outcome = killed.run("search")
        assert not [*Path(temporary).iterdir()]
    assert outcome.code == 0, outcome.text
    assert outcome.jobs["rung"] == 2 - done
    assert outcome.jobs["trials"] == 2 + 1 + 1 - trials
    assert written(killed) == written(whole)
    assert {path.name for path in written(whole)} == {"rung.json", "search.json", "states.npz", "trials.json"}
