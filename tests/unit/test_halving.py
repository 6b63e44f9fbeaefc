"""Successive halving: who goes on, from where, and that nothing but the epochs is saved."""

from pathlib import Path

import pytest

from mindgap.errors import UserError
from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.params.search import Level as LevelParams
from mindgap.params.search import Rung as Planned
from mindgap.results.arm import Arm
from mindgap.results.level import Level
from mindgap.results.rung import Halved, Rung
from mindgap.results.trials import Trial, Trials
from mindgap.search.halving import halved
from mindgap.store.documents import read_arrays
from tests.driver import SCRIPTS, SMALL, drive, small_study
from tests.unit.test_claims import claim

HALVING = {"eta": 3, "least": 1}
SPACE = {"learning_rate": {"log_uniform": [1e-3, 0.3]}, "l2": {"log_uniform": [1e-6, 0.1]}}


def params(cut: int | None = 4, trials: int = 10, **level):
    return {
        **SMALL,
        "train": {"epochs": 3, "schedule": "cosine", "early_stopping": None},
        "search": {"space": SPACE, "levels": {"only": {"trials": trials, "epochs": 9, **level}}},
        "workflow": {"shard_size": cut},
    }


def searched(folder: Path, given: dict) -> tuple[Level, tuple[Trial, ...], Graph]:
    """The level that a search comes to, its trials, and the graph of all jobs, of which those were run."""
    graph, jobs = small_study(folder, given)
    for job in graph.beneath([jobs.levels["only"]]).values():
        drive(graph, job)
    out = graph.folder(jobs.levels["only"].address)
    return Level.read(out), Trials.read(out).trials, graph


@pytest.fixture(scope="module")
def halving(tmp_path_factory):
    return searched(tmp_path_factory.mktemp("halving"), params(halving=HALVING))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return searched(tmp_path_factory.mktemp("full"), params())


@pytest.mark.parametrize(
    ("trials", "epochs", "asked", "rungs"),
    [
        (64, 27, {"eta": 3, "least": 3}, [(64, 3), (22, 9), (8, 27)]),
        (64, 30, {"eta": 3, "least": 1}, [(64, 1), (22, 3), (8, 10), (3, 30)]),
        (5, 8, {"eta": 2, "least": 2}, [(5, 2), (3, 4), (2, 8)]),
        (1, 4, {"eta": 4, "least": 1}, [(1, 1), (1, 4)]),
    ],
)
def test_rungs_are_the_levels_epochs_over_powers_of_eta(trials, epochs, asked, rungs):
    level = LevelParams(trials=trials, epochs=epochs, halving=asked)
    assert level.rungs == [Planned(*rung) for rung in rungs]
    assert LevelParams(trials=trials, epochs=epochs).rungs == [Planned(trials, epochs)]


@pytest.mark.parametrize("asked", [{"eta": 3, "least": 4}, {"eta": 10}])
def test_a_halving_of_one_rung_is_refused_in_one_message(asked):
    with pytest.raises(UserError, match=r"^1 error in the params:\n.*levels.only.*9 epochs are one rung only"):
        small_study(Path("results"), params(halving=asked))


def trained(number: int, value: float | None, epochs: int) -> Trial:
    status = "diverged" if value is None else "stopped_early"
    loss = None if value is None else 0.5
    history = {"val_loss": [0.5] * (epochs + 1)}
    return Trial(
        number=number, params={}, status=status, kept_epoch=epochs, history=history, value=value, val_loss=loss
    )


def test_the_best_of_a_rung_go_on_and_rank_before_those_that_stay():
    first = halved(
        None,
        [trained(n, value, 2) for n, value in enumerate([0.9, None, 0.8, 0.7])],
        2,
        2,
        "val_accuracy",
        comparable=True,
    )
    assert first == Halved((Rung(4, 2, 8, 0.9),), (0, 2, 3), (0, 2))
    second = halved(first, [trained(0, 0.1, 6), trained(2, 0.2, 5)], 6, 0, "val_accuracy", comparable=True)
    assert second == Halved((*first.rungs, Rung(2, 6, 4 + 3, 0.2)), (2, 0, 3), ())


def test_one_that_diverges_on_a_later_rung_is_out_and_those_that_stayed_are_left():
    first = Halved((Rung(2, 1, 2, 0.9),), (1, 0), (1,))
    found = halved(first, [trained(1, None, 3)], 3, 0, "val_accuracy", comparable=True)
    assert found.ranking == (0,)
    assert found.rungs[-1].best is None


def test_those_that_reach_the_end_are_trials_of_the_full_search_and_the_others_its_first_epochs(halving, full):
    (level, trials, _), (_, whole, _) = halving, full
    assert [(rung.trials, rung.epochs) for rung in level.rungs] == [(10, 1), (4, 3), (2, 9)]
    ended = set()
    for trial, complete in zip(trials, whole, strict=True):
        assert trial.params == complete.params
        if trial.status == "finished":
            assert trial == complete
            ended.add(trial.number)
        assert trial.history == {name: values[: len(trial.history[name])] for name, values in complete.history.items()}
    assert ended == {*level.ranking[:2]}
    assert level.best.number == level.ranking[0]
    assert [len(trials[number].history["val_loss"]) - 1 for number in level.ranking] == [9] * 2 + [3] * 2 + [1] * 6
    assert sum(rung.epochs_spent for rung in level.rungs) == 10 + 4 * 2 + 2 * 6


@pytest.mark.parametrize("cut", [1, 3, None])
def test_a_level_that_halves_has_the_same_bytes_at_the_same_key_however_it_is_cut(halving, tmp_path, cut):
    _, _, before = halving
    _, _, after = searched(tmp_path, params(cut, halving=HALVING))
    same = {job.address for job in before.jobs.values() if job.stage in ("rung", "search")}
    assert same == {job.address for job in after.jobs.values() if job.stage in ("rung", "search")}
    assert len(same) == 2 + 1
    for address in same:
        for name in ("trials.json", "search.json" if address.stage == "search" else "states.npz"):
            assert (before.folder(address) / name).read_bytes() == (after.folder(address) / name).read_bytes()


def test_a_rung_keeps_the_states_of_those_alone_that_go_on(halving):
    _, _, graph = halving
    for job in graph.jobs.values():
        if job.stage == "rung":
            folder = graph.folder(job.address)
            kept = {int(name.partition(".")[0]) for name in read_arrays(folder / "states.npz")}
            assert kept == {*Halved.read(folder).go_on}


def test_the_first_rung_keeps_its_shards_for_more_trials_and_another_eta(tmp_path):
    def first(trials, **level):
        _, jobs = small_study(tmp_path, params(4, trials, **level))
        return {job.key for job in jobs.shards if job.stage == "trials" and "rung" not in job.inputs}

    assert first(8, halving=HALVING) < first(16, halving=HALVING)
    assert first(8, halving=HALVING) == first(8, halving={"eta": 9})
    assert not first(8) & first(8, halving=HALVING)


def test_an_arm_that_halves_its_search_has_the_trials_of_one_that_does_not(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    levels = {
        name: {"only": {"trials": 10, "epochs": 9, **more}}
        for name, more in (("full", {}), ("halved", {"halving": HALVING}))
    }
    asked = claim(
        arms={name: {"search": {"space": SPACE, "levels": level}} for name, level in levels.items()},
        predict=[{"difference": ["halved", "full"], "below": 0}],
        measure={"best": {"metric": "val_loss"}},
        replicates=2,
    )
    jobs = add_claim(graph, asked, 0)
    for job in graph.beneath([jobs.judge]).values():
        drive(graph, job)
    full, some = (Arm.read(graph.folder(jobs.arms["moons", name][0].address)).runs for name in levels)
    lengths = [len(run.history["val_loss"]) - 1 for run in some]
    assert sorted(lengths) == [1] * 12 + [3] * 4 + [9] * 4
    for run, whole, epochs in zip(some, full, lengths, strict=True):
        assert run.point == whole.point
        assert run.history == {name: values[: epochs + 1] for name, values in whole.history.items()}
        assert (run == whole) == (epochs == 9)
