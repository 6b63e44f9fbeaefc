"""A small table of a user's own, of which each row is once a test row, through the whole study."""

import csv
import json

import numpy as np
import pytest
from mlflow import MlflowClient

import mindgap
from mindgap.tracking.markers import default_uri
from tests.workflow.checkout import SMALL, Checkout

PARAMS = {
    **SMALL,
    "study": "petals",
    "data": {"source": "csv", "path": "petals.csv", "target": "kind", "id": "plant"},
    "search": {**SMALL["search"], "levels": {"coarse": {"trials": 3, "epochs": 2}, "fine": {"trials": 2, "epochs": 2}}},
    "final": {"candidates": 1, "seeds": 2},
}
FOLDS = 5


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Checkout:
    checkout, random = Checkout(tmp_path_factory.mktemp("petals"), PARAMS), np.random.default_rng(0)
    kinds = np.arange(120) % 2
    with (checkout.folder / "petals.csv").open("w", newline="") as file:
        lines = [
            (*(kind + random.normal(size=2)).round(3), f"p{number // 2:03}", f"k{kind}")
            for number, kind in enumerate(kinds)
        ]
        csv.writer(file).writerows([("length", "width", "plant", "kind"), *lines])
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    assert "mindgap: data.folds: 5 folds, as there are 120 rows, fewer than 1,000" in outcome.text
    for stage in ("prepare", "search coarse", "search fine", "train", "baselines"):
        for number in range(1, FOLDS + 1):
            assert f"mindgap: {stage} fold 1/{number} done in" in outcome.text
    for stage, count in {"prepare": FOLDS, "check": 1, "search": 2 * FOLDS, "train": FOLDS, "evaluate": 1}.items():
        assert len(checkout.results(stage)) == count
    return checkout


def test_the_summary_has_the_mean_over_folds_and_each_by_itself(finished):
    summary = json.loads((finished.folder / "results/petals/summary.json").read_text())
    folds, test = summary["final"]["folds"], summary["final"]["metrics"]["test"]["accuracy"]
    assert [fold["number"] for fold in folds] == [1, 2, 3, 4, 5]
    assert test["values"] == [pytest.approx(np.mean(fold["metrics"]["test"]["accuracy"])) for fold in folds]
    assert set(test["errors"]) == {"folds", "rows"}
    assert test["low"] < test["mean"] < test["high"]
    assert len(summary["keys"]) == 7 + 5 * (FOLDS - 1)
    assert [fold["rows"] for fold in folds] == [{"train": 72, "val": 24, "test": 24}] * FOLDS


def test_predictions_have_every_row_once_by_a_network_that_never_saw_it(finished):
    with (finished.folder / "results/petals/predictions.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [int(line["row"]) for line in found] == [*range(120)]
    assert [line["plant"] for line in found] == [f"p{number // 2:03}" for number in range(120)]
    assert {line["fold"] for line in found} == {f"1/{number}" for number in range(1, FOLDS + 1)}
    folds = json.loads((finished.folder / "results/petals/summary.json").read_text())["final"]["folds"]
    for fold in folds:
        own = [line for line in found if line["fold"] == f"1/{fold['number']}"]
        right = np.mean([line["class"] == line["predicted"] for line in own])
        assert right == pytest.approx(fold["metrics"]["test"]["accuracy"][0])


def test_the_page_says_that_there_are_folds_and_why(finished):
    page = (finished.folder / "results/petals/report.html").read_text()
    for said in (
        "mean over 5 folds and 2 seeds",
        "corrected 95 %",
        "How rows are split: 5 folds, as there are 120 rows, fewer than 1,000",
        '<h3 id="folds">The folds</h3>',
        "plant says which row is which, and is no feature. Of all rows, 120 have the same there as another row",
    ):
        assert said in page
    (ledger,) = (finished.folder / "results/ledger").glob("*.jsonl")
    assert len(ledger.read_text().splitlines()) == 1


def test_mlflow_has_the_trials_and_the_final_runs_of_all_folds_by_their_tag(finished):
    client = MlflowClient(tracking_uri=default_uri(finished.folder / "results"))
    (experiment,) = [found for found in client.search_experiments() if found.name == "petals"]
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    for level, trials in (("coarse", 3), ("fine", 2)):
        of_level = [run for run in runs if run.data.tags["mindgap.stage"].partition("@")[0] == f"search.{level}"]
        folds = sorted(run.data.tags["mindgap.fold"] for run in of_level if "mindgap.run" in run.data.tags)
        assert folds == sorted([*"12345"] * trials)
    final = [run for run in runs if run.data.tags.get("mindgap.run", "").startswith("0/")]
    assert sorted(run.data.tags["mindgap.fold"] for run in final) == [f"{fold}" for fold in range(1, 6) for _ in "ab"]
    (evaluated,) = [run for run in runs if run.data.tags.get("mindgap.stage") == "evaluate"]
    assert "mindgap.fold" not in evaluated.data.tags
    each = [evaluated.data.metrics[f"fold{number}.test_accuracy"] for number in range(1, FOLDS + 1)]
    assert evaluated.data.metrics["test_accuracy"] == pytest.approx(np.mean(each))


def test_nothing_is_done_twice_named_targets_work_and_more_repeats_keep_what_is_there(finished):
    assert not finished.run().jobs
    for target in ("prepare", "search", "train", "evaluate"):
        assert "Nothing to be done" in finished.run(target).text
    twice = finished.run("train", "-n", params={"data": {"folds": {"folds": 5, "repeats": 2}}})
    assert twice.code == 0
    lines = {line.split()[0]: line for line in twice.text.splitlines() if line.startswith(("prepare", "train"))}
    assert lines["prepare@fold5"].endswith("reused")
    assert "computed" in lines["prepare@fold6"]
    plain = finished.run("-n", params={"data": {"folds": None}})
    assert "prepare@fold2" not in plain.text


def test_folds_that_cannot_be_end_in_one_message(finished):
    path = finished.folder / "petals.csv"
    (finished.folder / "rare.csv").write_text(f"{path.read_text()}1,1,p,k2\n1,2,p,k2\n")
    rare = {"path": "rare.csv", "folds": {"folds": 5}}
    outcome = finished.run("prepare", params={"data": rare})
    assert outcome.code != 0
    assert outcome.text.count("5 folds need at least 5 rows of each class: 'k2' has 2") == 1
    assert "Traceback" not in outcome.text
    by_default = finished.run("-n", params={"data": {"path": "rare.csv"}})
    assert "data.folds: one split, though there are 122 rows, fewer than 1,000: 5 folds need" in by_default.text


def test_each_folds_ensemble_decides_on_its_test_rows_by_its_own_threshold(finished):
    final = {"threshold": "f1", "save": "ensemble"}
    outcome = finished.run("report", params={"study": "together", "final": final})
    assert outcome.code == 0, outcome.text
    with (finished.folder / "results/together/predictions.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    final = json.loads((finished.folder / "results/together/summary.json").read_text())["final"]
    for fold in final["folds"]:
        own = [(line["class"], line["predicted"]) for line in found if line["fold"] == f"1/{fold['number']}"]
        both, either = own.count(("k1", "k1")), sum("k1" in pair for pair in own)
        assert fold["shared"]["test"]["f1"] == pytest.approx(2 * both / (both + either))
    reached = [fold["shared"]["test"]["f1"] for fold in final["folds"]]
    assert final["ensemble"]["metrics"]["test"]["f1"]["values"] == pytest.approx(reached)
    model = mindgap.load_model(finished.folder / "results/together/model.npz")
    assert model.threshold == final["folds"][0]["together"]
    assert len({fold["together"] for fold in final["folds"]}) == FOLDS
