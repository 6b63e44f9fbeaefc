"""What summary.json promises."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.metrics import METRICS
from mindgap.report.study import FinishedStudy
from mindgap.report.summary import Summary, summarise
from mindgap.store.documents import read_json
from mindgap.tasks import REGRESSION, TASKS
from tests.unit.finished_runs import SPACES
from tests.unit.finished_study import KEYS, finished_study


def written(study: FinishedStudy, folder: Path, name: str = "digits") -> dict[str, Any]:
    """The summary as a program reads it."""
    folder.mkdir(exist_ok=True)
    summarise(study, name, "ab" * 8, KEYS).write(folder)
    found: dict[str, Any] = read_json(folder / Summary.FILE)
    return found


def test_the_summary_has_what_the_design_lists(tmp_path: Path) -> None:
    summary = written(finished_study(), tmp_path)
    assert set(summary) == {"study", "dataset", "keys", "search", "final", "baselines", "tuned"}
    assert summary["study"] == "digits"
    assert summary["dataset"]["digest"] == "ab" * 8
    assert summary["dataset"]["duplicates"]["train_test"] == 2
    assert summary["dataset"]["target"] is None
    assert summary["keys"] == KEYS
    assert summary["final"]["overfitting_epoch"] == 22
    assert len(summary["final"]["metrics"]["test"]["accuracy"]["values"]) == len(summary["final"]["seeds"]) == 5
    assert summary["baselines"]["linear"]["test"]["accuracy"] == 0.9583


def test_the_summary_says_the_verdict_in_words(tmp_path: Path) -> None:
    verdict = written(finished_study(), tmp_path)["final"]["verdict"]
    assert set(verdict) == {"label", "text"}
    assert verdict["label"] == "overfits a little"


def test_the_summary_of_a_regression_names_its_target_and_metrics(tmp_path: Path) -> None:
    study = finished_study(task="regression", target="price", unit=20.0)
    summary = written(study, tmp_path, "houses")
    assert summary["dataset"]["task"] == "regression"
    assert summary["dataset"]["classes"] == []
    assert summary["dataset"]["target"] == {"name": "price", "mean": 40.0, "scale": 20.0}
    usual = {name for name in REGRESSION.metrics if not METRICS[name].final}
    for measured in (*summary["final"]["metrics"].values(), summary["final"]["gap"]):
        assert set(measured) == {"rmse", "mae", "r2", "loss"} == usual
    assert set(summary["baselines"]["mean"]["test"]) == {"rmse", "mae", "r2"}  # it was not fitted by the loss
    best = summary["search"]["fine"]["best"]["value"]
    assert best == min(trial.value for trial in study.trials["fine"] if trial.value is not None)


def test_the_summary_of_a_search_names_the_params_at_an_edge(tmp_path: Path) -> None:
    coarse = written(finished_study(), tmp_path)["search"]["coarse"]
    assert coarse["at_edge"] == {"l2": "low"}
    assert coarse["space"] == SPACES["coarse"]
    assert coarse["trials"] == coarse["finished"] + coarse["diverged"] + coarse["stopped_early"] == 64
    assert set(coarse["best"]) == {"value", "params", "retrained"}


def test_the_summary_has_the_mean_of_the_last_levels_best_trial_trained_again(tmp_path: Path) -> None:
    study = finished_study()
    search = written(study, tmp_path)["search"]
    again = study.training.candidates[0]
    assert search["fine"]["best"]["retrained"] == np.mean(again.values) == again.mean
    assert search["coarse"]["best"]["retrained"] is None
    other = replace(study.training, candidates=study.training.candidates[1:])
    assert written(replace(study, training=other), tmp_path)["search"]["fine"]["best"]["retrained"] is None


def test_a_study_without_search_has_an_empty_search(tmp_path: Path) -> None:
    assert written(finished_study(search=False), tmp_path)["search"] == {}


def test_equal_studies_have_equal_bytes(tmp_path: Path) -> None:
    texts = []
    for task in TASKS:
        for name in ("one", "two"):
            written(finished_study(task=task), tmp_path / name)
            texts.append((tmp_path / name / Summary.FILE).read_bytes())
    assert texts[0] == texts[1] != texts[2] == texts[3]
