"""Claims through the workflow: judged, shown, the same bytes with any cores, and nothing done twice."""

import shutil
import subprocess

import pytest
import yaml

from tests.unit.test_claims import TINY
from tests.workflow.checkout import MINDGAP, Checkout

CLAIM = {**TINY, "tune": {"space": {"l2": {"log_uniform": [1e-5, 1e-2]}}, "trials": 3, "epochs": 2}}


def write(checkout: Checkout, **changes) -> None:
    shutil.rmtree(checkout.folder / "params/claims")
    (checkout.folder / "params/claims").mkdir()
    (checkout.folder / "params/claims/T1.yaml").write_text(yaml.safe_dump({**CLAIM, **changes}))


@pytest.fixture(scope="module")
def tested(tmp_path_factory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("claims"))
    write(checkout)
    outcome = checkout.run("claims")
    assert outcome.code == 0, outcome.text
    assert "T1  supported           holds on 1 of 1  A faster rate" in outcome.text
    return checkout


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
    assert outcome.jobs == {"judge": 1, "claims": 1}
    assert "T1  refuted" in outcome.text
    write(tested)
    assert tested.run("claims").jobs == {"claims": 1}
    assert page(tested) == before


def test_cores_and_shards_change_no_byte(tested: Checkout, tmp_path) -> None:
    other = Checkout(tmp_path / "other")
    write(other)
    assert other.run("claims", cores=1, params={"workflow": {"shard_size": 2}}).code == 0
    assert page(other) == page(tested)


def test_what_is_no_claim_ends_in_one_message(tested: Checkout) -> None:
    outcome = tested.run("claims", "--config", "claims=[T2]")
    assert outcome.code != 0
    assert "mindgap: claims: there is no claim 'T2' in params/claims; there are: T1" in outcome.text
    assert "Traceback" not in outcome.text


def test_a_question_of_ones_own_is_a_params_file(tmp_path) -> None:
    checkout = Checkout(tmp_path, {**CLAIM, "claim": "faster_here", "source": None})
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    assert "faster_here  supported" in outcome.text
    assert (checkout.folder / "results/faster_here/report.html").is_file()
    assert not (checkout.folder / "results/digits").exists()
    assert not checkout.run().jobs
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
    wrong = checkout.run(params={"predict": [{"ratio": ["slow", "fats"], "above": 1}]})
    assert wrong.code != 0
    assert "small.yaml: predict: there is no arm 'fats'; there are: slow, fast" in wrong.text
    assert "Traceback" not in wrong.text
