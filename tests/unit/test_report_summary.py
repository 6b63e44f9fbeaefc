"""What summary.json promises."""

import json
from pathlib import Path

from mindgap.report.summary import summarise
from mindgap.tasks import METRICS
from tests.unit.study_files import KEYS, SPACES, write_study


def test_the_summary_has_what_the_design_lists(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    summary = summarise(study, "digits", "ab" * 8, KEYS)
    assert set(summary) == {"study", "dataset", "keys", "search", "final", "baselines"}
    assert summary["dataset"]["digest"] == "ab" * 8
    assert summary["dataset"]["duplicates"]["train_test"] == 2
    assert summary["dataset"]["target"] is None
    assert summary["keys"] == KEYS
    assert summary["final"]["overfitting_epoch"] == 22
    assert len(summary["final"]["metrics"]["test"]["accuracy"]["values"]) == len(summary["final"]["seeds"]) == 5
    assert summary["baselines"]["linear"]["test"]["accuracy"] == 0.9583


def test_the_summary_of_a_regression_names_its_target_and_metrics(tmp_path: Path) -> None:
    study = write_study(tmp_path, task="regression", target="price", unit=20.0)
    summary = summarise(study, "houses", "ab" * 8, KEYS)
    assert summary["dataset"]["task"] == "regression"
    assert summary["dataset"]["classes"] == []
    assert summary["dataset"]["target"] == {"name": "price", "mean": 40.0, "scale": 20.0}
    for measured in (
        *summary["final"]["metrics"].values(),
        summary["final"]["gap"],
        summary["baselines"]["mean"]["test"],
    ):
        assert set(measured) == {"rmse", "mae", "r2", "loss"}
    best = summary["search"]["fine"]["best"]["value"]
    assert best == min(trial["value"] for trial in study.levels["fine"].trials if trial["value"] is not None)


def test_the_summary_of_a_search_names_the_params_at_an_edge(tmp_path: Path) -> None:
    coarse = summarise(write_study(tmp_path), "digits", "ab", KEYS)["search"]["coarse"]
    assert coarse["at_edge"] == {"l2": "low"}
    assert coarse["space"] == SPACES["coarse"]
    assert coarse["trials"] == coarse["finished"] + coarse["diverged"] + coarse["stopped_early"] == 64
    assert set(coarse["best"]) == {"value", "params"}


def test_a_study_without_search_has_an_empty_search(tmp_path: Path) -> None:
    assert summarise(write_study(tmp_path, search=False), "digits", "ab", KEYS)["search"] == {}


def test_the_summary_is_plain_json_and_the_same_each_time(tmp_path: Path) -> None:
    texts = [
        json.dumps(
            summarise(write_study(tmp_path / name, task=task), "digits", "ab", KEYS), allow_nan=False, sort_keys=True
        )
        for task in METRICS
        for name in ("one", "two")
    ]
    assert texts[0] == texts[1] != texts[2] == texts[3]
