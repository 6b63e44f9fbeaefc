"""The sampler tpe: what it draws from, and that nothing but the params decides it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mindgap.errors import UserError
from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.results.arm import Arm
from mindgap.results.level import Level
from mindgap.results.trials import Trial, Trials
from mindgap.search.draw import draw_trials
from mindgap.search.importance import importance
from mindgap.search.tpe import propose
from mindgap.streams import stream
from tests.driver import SCRIPTS, SMALL, drive, small_study
from tests.unit.test_claims import claim

SPACE = {
    "learning_rate": {"log_uniform": [1e-5, 1.0]},
    "dropout": {"uniform": [0.0, 0.5]},
    "batch_size": {"integer": [16, 64]},
    "hidden": {"categorical": [[32], [64, 32]]},
}
SEARCHED = {"learning_rate": {"log_uniform": [1e-3, 0.3]}, "l2": {"log_uniform": [1e-6, 0.1]}}


def tried(count: int, best: float = 1e-2):
    """Random trials, the better the nearer their learning rate is to the best one; the largest diverge."""
    drawn = draw_trials(SPACE, "random", 0, 0, 0, count)
    away = [abs(np.log10(params["learning_rate"] / best)) for params in drawn]
    return [
        (params, None if params["learning_rate"] > 0.5 else 1 - distance / 10)
        for params, distance in zip(drawn, away, strict=True)
    ]


def test_a_round_is_drawn_where_the_trials_before_were_good():
    known = tried(40)
    rates = {
        name: np.log10([params["learning_rate"] for params in drawn])
        for name, drawn in {
            "tpe": propose(SPACE, known, "val_accuracy", 0, 0, 20),
            "random": draw_trials(SPACE, "random", 0, 0, 40, 60),
        }.items()
    }
    assert np.abs(rates["tpe"] + 2).mean() < 0.6 * np.abs(rates["random"] + 2).mean()
    # Where less is better, the same values say the opposite.
    turned = propose(SPACE, [(params, value and -value) for params, value in known], "val_loss", 0, 0, 20)
    assert turned == propose(SPACE, known, "val_accuracy", 0, 0, 20)


def test_all_values_are_of_their_ranges_and_types():
    for params in propose(SPACE, tried(20), "val_accuracy", 3, 1, 40):
        assert list(params) == sorted(SPACE)
        assert 1e-5 <= params["learning_rate"] < 1
        assert 0 <= params["dropout"] < 0.5
        assert 16 <= params["batch_size"] <= 64
        assert type(params["batch_size"]) is int
        assert params["hidden"] in SPACE["hidden"]["categorical"]


def test_more_trials_of_a_round_leave_the_first_ones_and_other_seeds_levels_and_rounds_have_their_own():
    known = tried(12)
    first = propose(SPACE, known, "val_accuracy", 0, 0, 4)
    assert propose(SPACE, known, "val_accuracy", 0, 0, 8)[:4] == first
    others = [
        propose(SPACE, known, "val_accuracy", 1, 0, 4),
        propose(SPACE, known, "val_accuracy", 0, 1, 4),
        propose(SPACE, tried(13), "val_accuracy", 0, 0, 4),
    ]
    assert len({str(params) for params in (first, *others)}) == 4


def test_another_process_draws_the_same():
    code = (
        "from tests.unit.test_tpe import SPACE, propose, tried;"
        "print(propose(SPACE, tried(10), 'val_accuracy', 0, 0, 5))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(propose(SPACE, tried(10), "val_accuracy", 0, 0, 5))


def test_a_round_after_one_that_diverged_as_a_whole_is_drawn_all_the_same():
    nothing = [(params, None) for params, _ in tried(6)]
    assert len(propose(SPACE, nothing, "val_accuracy", 0, 0, 3)) == 3


def params(cut: int | None = None, trials: int = 10, size: int = 4, **level):
    return {
        **SMALL,
        "train": {"epochs": 2, "early_stopping": None},
        "search": {
            "space": SEARCHED,
            "levels": {
                "only": {"trials": trials, "epochs": 2, "sampler": "tpe", "round": size, **level},
                "last": {"trials": 3, "epochs": 2, "sampler": "tpe", "round": 2},
            },
        },
        "workflow": {"shard_size": cut},
    }


def searched(folder: Path, given: dict, level: str = "last") -> tuple[Level, tuple[Trial, ...], Graph]:
    """The level that a search comes to, its trials, and the graph of all jobs, of which those were run."""
    graph, jobs = small_study(folder, given)
    for job in graph.beneath([jobs.levels[level]]).values():
        drive(graph, job)
    out = graph.folder(jobs.levels[level].address)
    return Level.read(out), Trials.read(out).trials, graph


def test_results_are_the_same_however_rounds_are_cut(tmp_path):
    texts = []
    for cut in (1, 3, None):
        graph, jobs = small_study(tmp_path / str(cut), params(cut))
        for job in graph.beneath([*jobs.levels.values()]).values():
            drive(graph, job)
        folders = [graph.folder(job.address) for job in jobs.levels.values()]
        texts.append([(folder.name, (folder / "trials.json").read_bytes()) for folder in folders])
        texts[-1] += [(folder.name, (folder / "search.json").read_bytes()) for folder in folders]
    assert texts[0] == texts[1] == texts[2]


def test_the_rounds_of_a_study_ask_those_before_them(tmp_path):
    level, trials, _ = searched(tmp_path, params(), "only")
    drawn = [trial.params for trial in trials]
    assert drawn[:4] == draw_trials(SEARCHED, "random", 0, 0, 0, 4)
    for start, stop in ((4, 8), (8, 10)):
        known = [(trial.params, trial.value) for trial in trials[:start]]
        assert drawn[start:stop] == propose(SEARCHED, known, level.objective, 0, 0, stop - start)
    assert level.sampler == "tpe"
    assert level.expected_best == ()


def test_importance_is_of_the_first_round_as_later_ones_go_where_luck_was(tmp_path):
    level, trials, _ = searched(tmp_path, params(trials=24, size=12), "only")
    shuffles = stream("importance", seed=0, epoch=0)
    assert level.importance == importance(SEARCHED, trials[:12], level.objective, shuffles)
    assert level.importance


def test_more_trials_train_the_new_rounds_alone(tmp_path):
    _, few = small_study(tmp_path, params(cut=1, trials=8))
    _, more = small_study(tmp_path, params(cut=1, trials=12))
    first = {job.key for job in few.shards if job.stage == "trials" and job.params["level"]["name"] == "only"}
    assert len(first) == 8
    assert first < {job.key for job in more.shards}


def test_a_round_of_another_size_changes_the_keys_of_this_sampler_alone(tmp_path):
    def keys(**level):
        return small_study(tmp_path, params(**level))[1].keys["search.only"]

    assert keys(size=4) != keys(size=5)
    assert keys(size=4, sampler="random") == keys(size=5, sampler="random")


def test_a_round_that_nothing_uses_is_told(tmp_path):
    _, jobs = small_study(tmp_path, params(sampler="random"))
    said = "search.levels.only.round: 4 has no effect: tpe uses it, and sampler is random"
    assert said in jobs.study.remarks()
    _, jobs = small_study(tmp_path, params())
    assert not any("round" in remark for remark in jobs.study.remarks())


@pytest.mark.parametrize(
    ("level", "message"),
    [
        ({"halving": {"eta": 2}, "epochs": 4}, "levels.only.*tpe knows the values of whole trials alone"),
        ({"round": 0}, "levels.only.round.*greater than or equal to 1"),
        ({"sampler": "bayes"}, "levels.only.sampler.*'tpe'"),
    ],
)
def test_mistakes_are_told_in_one_message(level, message):
    with pytest.raises(UserError, match=f"^1 error in the params:\n.*{message}"):
        small_study(Path("results"), params(**level))


def test_without_optuna_the_sampler_is_refused_and_all_others_are_there(monkeypatch):
    monkeypatch.setattr("mindgap.params.search.find_spec", lambda name: None)
    with pytest.raises(UserError, match="tpe needs Optuna: pip install"):
        small_study(Path("results"), params())
    assert small_study(Path("results"))


def test_an_arm_of_a_claim_begins_as_random_search_does_and_goes_on_by_rounds(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    level = {"trials": 6, "epochs": 2, "sampler": "tpe", "round": 4}
    asked = claim(
        arms={
            "tpe": {"search": {"space": SEARCHED, "levels": {"only": level}}},
            "random": {"search": {"space": SEARCHED, "levels": {"only": {**level, "sampler": "random"}}}},
        },
        predict=[{"difference": ["tpe", "random"], "below": 0}],
        measure={"best": {"metric": "val_loss"}},
        replicates=2,
    )
    jobs = add_claim(graph, asked, 0)
    for job in graph.beneath([jobs.judge]).values():
        drive(graph, job)
    asking, drawing = (Arm.read(graph.folder(jobs.arms["moons", name][0].address)).runs for name in asked.arms)
    objective = jobs.arms["moons", "tpe"][0].params["objective"]
    for replicate in (1, 2):
        own, other = ([run for run in runs if run.replicate == replicate] for runs in (asking, drawing))
        assert [(run.point, run.history) for run in own[:4]] == [(run.point, run.history) for run in other[:4]]
        assert [run.level for run in own] == ["only, round 1"] * 4 + ["only, round 2"] * 2
        known = [(run.point, run.history[objective][run.kept_epoch]) for run in own[:4]]
        assert [run.point for run in own[4:]] == propose(SEARCHED, known, objective, replicate, 0, 2)
