"""Claims through the workflow: judged, shown, the same bytes with any cores, and nothing done twice."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient

from mindgap.tracking.markers import default_uri
from tests.unit.test_claims import TINY
from tests.workflow.checkout import MINDGAP, Checkout

CLAIM = {**TINY, "tune": {"space": {"l2": {"log_uniform": [1e-5, 1e-2]}}, "trials": 3, "epochs": 2}}


def write(checkout: Checkout, **changes) -> None:
    shutil.rmtree(checkout.folder / "params/claims")
    (checkout.folder / "params/claims").mkdir()
    claim = {name: value for name, value in {**CLAIM, **changes}.items() if value is not None}
    (checkout.folder / "params/claims/T1.yaml").write_text(yaml.safe_dump(claim))


@pytest.fixture(scope="module")
def tested(tmp_path_factory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("claims"))
    write(checkout)
    outcome = checkout.run("claims")
    assert outcome.code == 0, outcome.text
    assert "T1  supported           holds on 1 of 1  A faster rate" in outcome.text
    assert "34 trainings named by 1 claim, 34 made as equal arms are shared, 0 of them there already" in outcome.text
    return checkout


def tracked(checkout: Checkout, experiment: str = "claims") -> dict[str, str | None]:
    """The runs that MLflow has of claims, all of them finished, and the verdicts."""
    client = MlflowClient(tracking_uri=default_uri(checkout.folder / "results"))
    runs = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    assert {run.info.status for run in runs} == {"FINISHED"}
    found = {run.info.run_name: run.data.tags.get("mindgap.verdict") for run in runs}
    assert len(found) == len(runs)
    return found


def page(checkout: Checkout) -> dict[str, bytes]:
    """All files of the page that must be the same bytes."""
    folder = checkout.folder / "results/claims"
    assert (folder / "runtime.json").is_file()
    paths = [folder / "report.html", folder / "ledger.json", *sorted((folder / "tables").iterdir())]
    return {path.name: path.read_bytes() for path in paths}


def test_a_second_run_does_nothing_and_another_prediction_trains_nothing(tested: Checkout) -> None:
    before = page(tested)
    assert not tested.run("claims").jobs
    write(tested, predict=[{"ratio": ["fast", "slow"], "above": 1}])
    outcome = tested.run("claims")
    assert outcome.jobs == {"judge": 1, "claims": 1, "track": 1}
    assert "T1  refuted" in outcome.text
    assert tracked(tested) == {"T1": "refuted", "moons: slow": None, "moons: fast": None}
    write(tested)
    assert tested.run("claims").jobs == {"claims": 1, "track": 1}
    assert tracked(tested)["T1"] == "supported"
    assert page(tested) == before


def test_a_plan_says_which_claim_and_arm_is_computed_and_why(tested: Checkout) -> None:
    arms = {**CLAIM["arms"], "fast": {"train": {"learning_rate": 0.2}}}
    write(tested, arms=arms)
    outcome = tested.run("-n", "claims")
    write(tested)
    lines = [line for line in outcome.text.splitlines() if line.startswith("T1 ")]
    assert lines == [
        "T1 moons, fast  computed, 17 trainings: run.train.learning_rate 0.1 -> 0.2",
        "T1 judgement    computed: moons, fast changed",
    ]


MOMENTS = {
    "at the first data": lambda checkout: checkout.results("arm_data"),
    "when an arm is tuned": lambda checkout: checkout.results("arm_tuning"),
    "between the arms": lambda checkout: checkout.results("arm"),
    "while the page is made": lambda checkout: checkout.results("judge"),
    "while it is tracked": lambda checkout: (checkout.folder / "results/mlflow.db").exists(),
}


def test_killed_claims_go_on_and_end_with_the_same_bytes(tested: Checkout, tmp_path) -> None:
    checkout = Checkout(tmp_path)
    write(checkout)
    published: dict[Path, int] = {}
    for moment in MOMENTS.values():
        checkout.kill_when(moment, "claims")
        assert {path: (path / "manifest.json").stat().st_mtime_ns for path in published} == published
        published = {path: (path / "manifest.json").stat().st_mtime_ns for path in checkout.results("*")}
    outcome = checkout.run("claims")
    assert outcome.code == 0, outcome.text
    assert page(checkout) == page(tested)
    assert {path: (path / "manifest.json").stat().st_mtime_ns for path in published} == published
    assert tracked(checkout) == {"T1": "supported", "moons: slow": None, "moons: fast": None}
    assert "Nothing to be done" in checkout.run("claims").text
    verified = subprocess.run([MINDGAP, "verify"], cwd=checkout.folder, capture_output=True, text=True, check=True)
    assert verified.stdout.endswith("results, 0 corrupt\n")


def test_claims_end_well_without_mlflow_and_the_next_run_catches_up(tested: Checkout) -> None:
    outcome = tested.run("claims", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert outcome.code == 0, outcome.text
    assert outcome.jobs == {"track": 1}
    assert "not tracked yet" in outcome.text
    assert "http://127.0.0.1:9" in outcome.text
    assert not tested.run("claims").jobs  # the default store has it


def test_cores_and_shards_change_no_byte(tested: Checkout, tmp_path) -> None:
    other = Checkout(tmp_path / "other")
    write(other)
    assert other.run("claims", cores=1, params={"workflow": {"shard_size": 2}}).code == 0
    assert page(other) == page(tested)


def test_searches_and_simulations_are_judged_alike_with_any_cores(tmp_path) -> None:
    space = {"space": {"learning_rate": {"log_uniform": [0.001, 1]}}}
    searched = {
        **TINY,
        "claim": "S1",
        "tune": None,
        "arms": {
            "random": {"search": {**space, "levels": {"only": {"trials": 4, "epochs": 2}}}},
            "grid": {"search": {**space, "levels": {"only": {"trials": 4, "epochs": 2, "sampler": "grid"}}}},
        },
        "measure": {"best": {"metric": "val_accuracy"}},
        "predict": [{"difference": ["random", "grid"], "above": -1}],
        "pictures": [{"values": {}}],
    }
    simulated = {
        **TINY,
        "claim": "O2",
        "tasks": {**TINY["tasks"], "ravine": {"simulation": {"ravine": {"steps": 60}}}},
        "arms": {
            name: {"train": {"optimizer": name}, "simulation": {"ravine": {"optimizer": name}}}
            for name in ("sgd", "momentum")
        },
        "measure": {"epochs_to": {"value": 0.9, "of_first": True}},
        "predict": [{"ratio": ["sgd", "momentum"], "above": 0.5}],
        "pictures": [{"values": {}}],
    }
    found = []
    for folder, cores in (("one", 1), ("two", 2)):
        checkout = Checkout(tmp_path / folder)
        write(checkout, **searched)
        (checkout.folder / "params/claims/T2.yaml").write_text(yaml.safe_dump(simulated))
        outcome = checkout.run("claims", cores=cores)
        assert outcome.code == 0, outcome.text
        assert outcome.jobs["arm_search"] == outcome.jobs["arm_simulation"] == outcome.jobs["arm"] == 2
        found.append(page(checkout))
    assert found[0] == found[1]
    ledger = json.loads(found[0]["ledger.json"])["claims"]
    assert {(claim["id"], claim["verdict"], claim["runs"]) for claim in ledger} == {
        ("S1", "supported", 2 * 8 * 4),
        ("O2", "supported", 2 * 8),
    }


def test_what_is_no_claim_ends_in_one_message(tested: Checkout) -> None:
    outcome = tested.run("claims", "--config", "claims=[T2]")
    assert outcome.code != 0
    assert "mindgap: claims: there is no claim 'T2' in params/claims; there are: T1" in outcome.text
    assert "Traceback" not in outcome.text
    forgotten = tested.run("--config", "claims=[T1]")
    assert forgotten.code != 0
    assert "mindgap: claims: these are about claims; ask for them, as in `snakemake --cores 2 claims`" in forgotten.text
    assert not forgotten.jobs


def test_a_question_of_ones_own_is_a_params_file(tmp_path) -> None:
    checkout = Checkout(tmp_path, {**CLAIM, "claim": "faster_here", "source": None})
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    assert "faster_here  supported" in outcome.text
    assert (checkout.folder / "results/faster_here/report.html").is_file()
    assert not (checkout.folder / "results/digits").exists()
    assert not checkout.run().jobs
    assert tracked(checkout, "faster_here") == {"faster_here": "supported", "moons: slow": None, "moons: fast": None}
    kept = subprocess.run(
        [MINDGAP, "gc", "small.yaml"], cwd=checkout.folder, capture_output=True, text=True, check=True
    )
    assert kept.stdout.startswith("0 results")
    (checkout.folder / "results/taken").mkdir()
    (checkout.folder / "results/taken/keys.json").write_text("{}")
    for name, message in (("taken", "has the results of a study of this name"), ("claims", "has a part of this name")):
        refused = checkout.run(params={"claim": name})
        assert refused.code != 0
        assert message in refused.text
    beside = checkout.run(params={"train": {"epochs": 3}})
    assert beside.code != 0
    assert "small.yaml: train: of a question, what all arms share belongs in base: {train: ...}" in beside.text
    assert not beside.jobs
    for given in ("train={epochs: 3}", "final={seeds: 2}"):
        unseen = checkout.run("--config", given)
        assert unseen.code != 0
        assert f"mindgap: --config: {given.partition('=')[0]}: " in unseen.text
        assert not unseen.jobs
    assert "faster_here  supported" in checkout.run("--config", "statement=A faster rate is faster.", "seed=0").text
    wrong = checkout.run(params={"predict": [{"ratio": ["slow", "fats"], "above": 1}]})
    assert wrong.code != 0
    assert "small.yaml: predict: there is no arm 'fats'; there are: slow, fast" in wrong.text
    assert "Traceback" not in wrong.text
