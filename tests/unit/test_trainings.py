"""Trainings that claims name and share, how far they are, and why they are made."""

import pytest

from mindgap.jobs.claim_reasons import explain_claims
from mindgap.jobs.claims import ClaimJobs, add_claim
from mindgap.jobs.graph import Graph
from mindgap.jobs.trainings import Watch, sharing
from mindgap.store.job import Job
from mindgap.store.store import publish
from tests.driver import SCRIPTS
from tests.unit.test_claims import TINY, claim

TUNE = {"space": {"l2": {"log_uniform": [1e-5, 1e-2]}}, "trials": 5, "splits": 2}


def slices(planned: list[ClaimJobs]) -> list[tuple[Job, ...]]:
    return [own for jobs in planned for own in jobs.arms.values()]


def store(graph: Graph, *jobs: Job) -> None:
    for job in jobs:
        with publish(job, graph.folder(job.address)) as out:
            (out / "x.txt").write_text(job.title)


def test_arms_name_their_replicates_their_sweep_and_what_they_tune(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    found = sharing(graph, slices([add_claim(graph, claim(over={"l2": [0, 1e-3, 1e-2]}, replicates=12), 0)]))
    assert found.named == 2 * 12 * 3
    assert len(found.jobs) == 2 * 2
    graph = Graph(tmp_path, SCRIPTS)
    assert sharing(graph, slices([add_claim(graph, claim(tune=TUNE, replicates=12), 0)])).named == 2 * (12 + 2 * 5)


def test_a_whole_search_is_named_with_each_of_its_trials(tmp_path):
    space = {"learning_rate": {"log_uniform": [1e-3, 1]}}
    levels = {"coarse": {"trials": 6, "epochs": 2}, "fine": {"trials": 4, "epochs": 2}}
    both = {
        "two levels": {"search": {"space": space, "levels": levels}},
        "one level": {"search": {"space": space, "levels": {"coarse": {"trials": 10, "epochs": 2}}}},
    }
    predict = [{"difference": ["two levels", "one level"], "above": 0}]
    graph = Graph(tmp_path, SCRIPTS)
    jobs = add_claim(graph, claim(arms=both, predict=predict, replicates=12), 0)
    assert sharing(graph, slices([jobs])).named == 2 * 12 * 10


@pytest.mark.parametrize(
    ("settings", "over", "metric", "count"),
    [
        ({"ravine": {"steps": 9}}, {"learning_rate": [0.01, 0.02]}, "across", 0),
        ({"bias_variance": {}}, {}, "bias", 2 * 12 * (10 + 6)),
        ({"bias_variance": {"others": 4}}, {"sets": [2, 5]}, "bias", 2 * 12 * (2 + 4 + 5 + 4)),
    ],
)
def test_a_simulation_is_named_with_the_networks_that_it_trains(settings, over, metric, count, tmp_path):
    (name,) = settings
    asked = claim(
        tasks={"drawn": {"simulation": settings}},
        arms={"calm": {"simulation": {name: {"noise": 0.1}}}, "noisy": {"simulation": {name: {"noise": 0.2}}}},
        over=over,
        replicates=12,
        measure={"monitor": {"metric": metric, "epoch": -1}},
        predict=[{"ratio": ["noisy", "calm"], "above": 1}],
        pictures=[{"values": {}}],
    )
    graph = Graph(tmp_path, SCRIPTS)
    assert sharing(graph, slices([add_claim(graph, asked, 0)])).named == count


def test_equal_arms_are_made_once(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    third = {**TINY["arms"], "other": {"train": {"learning_rate": 0.2}}}
    planned = [add_claim(graph, claim(tune=TUNE), 0), add_claim(graph, claim(claim="T2", arms=third, tune=TUNE), 0)]
    found = sharing(graph, slices(planned))
    assert found.named == (2 + 3) * (8 + 2 * 5)
    watch = Watch(graph, found, [jobs.judge for jobs in planned])
    assert watch.first() == "90 trainings named by 2 claims, 54 made as equal arms are shared, 0 of them there already"


def test_the_terminal_is_told_how_far_claims_are(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    jobs = add_claim(graph, claim(), 0)
    (slow,), (fast,) = jobs.arms.values()
    watch = Watch(graph, sharing(graph, slices([jobs])), [jobs.judge])
    assert watch.line() == "0 of 1 claim judged, 0 of 16 trainings"
    store(graph, slow)
    assert watch.line().startswith("0 of 1 claim judged, 8 of 16 trainings, about ")
    store(graph, fast, jobs.judge)
    assert watch.line() == "1 of 1 claim judged, 16 of 16 trainings"


def test_a_reason_is_held_against_what_the_page_shows_and_said_once(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    jobs = add_claim(graph, claim(tune=TUNE), 0)
    shown = {"T1": jobs.view(graph).keys}
    store(graph, *graph.jobs.values())
    assert explain_claims(graph, [jobs], shown) == ["T1  reused"]

    graph = Graph(tmp_path, SCRIPTS)
    arms = {**TINY["arms"], "slow": {"train": {"learning_rate": 0.01}}}
    planned = [add_claim(graph, claim(claim=name, tune=TUNE, arms=arms, replicates=12), 0) for name in ("T1", "T2")]
    assert explain_claims(graph, planned, shown) == [
        "T1 moons, slow  computed, 22 trainings: run.train.learning_rate 0.001 -> 0.01",
        "T1 moons, fast  computed, 12 trainings: slice [1, 9] -> [1, 11]; data changed",
        "T1 judgement    computed: arms.moons.fast [1] -> [2, 3]; arms.moons.slow [0] -> [0, 1]; moons, slow changed;"
        " moons, fast changed",
        "T2 moons, slow  computed with T1 moons, slow",
        "T2 moons, fast  computed with T1 moons, fast",
        "T2 judgement    computed with T1 judgement",
    ]
