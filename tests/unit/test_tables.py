"""Tests of the tables of tests/tables, and of what `make tables` makes of scores: hand-worked numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from mindgap.results.evaluation import SplitPredictions
from tests.benchmarks.tables import Found, Row, ensemble_of, found_of, interval, page, study_of
from tests.tables import NAMES, params_of, write_table
from tests.tables.bundled import BUNDLED
from tests.tables.made import MADE

ROWS = {"train": 60, "val": 20, "test": 20}


def row(name: str, *scores: tuple[float, float, float, float]) -> Row:
    """Scores of network, MLP, linear and trees, repetition by repetition; the ensemble is always right."""
    named = [dict(zip(("ensemble", "network", "MLP", "linear", "trees"), (1.0, *own), strict=True)) for own in scores]
    return Row(name, [Found("accuracy", ROWS, 4, False, own, {}) for own in named])


def test_each_table_has_params_and_a_maker_or_a_source_of_its_own() -> None:
    own = {name for name in NAMES if "path" not in params_of(name)["data"]}
    assert own | set(BUNDLED) | set(MADE) == set(NAMES)
    assert all(not (set(BUNDLED) | set(MADE)) & {name} for name in own)
    assert len(set(NAMES) - set(MADE)) >= 8
    studies = [params_of(name)["study"] for name in NAMES]
    assert len(set(studies)) == len(NAMES)


@pytest.mark.parametrize("name", MADE)
def test_a_table_is_drawn_to_the_same_bytes(name: str, tmp_path: Path) -> None:
    written = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        write_table(name, folder)
        (path,) = folder.iterdir()
        written.append(path.read_bytes())
    assert written[0] == written[1]


def test_tables_have_the_troubles_that_they_are_for() -> None:
    fraud, signs, visits, sales, machines = (MADE[name]() for name in ("fraud", "signs", "visits", "sales", "machines"))
    assert (fraud["fraud"] == "yes").mean() == 0.01
    assert fraud["age"].isna().mean() == pytest.approx(0.08, abs=0.01)
    assert fraud["shop"].nunique() > 150
    assert (signs["sign"].nunique(), len(signs)) == (29, 29 * 80)
    assert visits["patient"].value_counts().max() > 5
    assert sales["price"].skew() > 2
    assert (sales["postcode"].nunique(), sales["sold"].is_monotonic_increasing) == (100, True)
    pd.testing.assert_series_equal(machines["heat"], machines["heat_again"], check_names=False)
    assert ((machines["repair_cost"] > 0) == (machines["state"] == "failed")).all()


def test_all_contenders_have_as_many_trials(tmp_path: Path) -> None:
    study = study_of("wine", [], 33, 7, tmp_path)
    assert study.search is not None
    assert [level.trials for level in study.search.levels.values()] == [16, 17]
    assert (study.seed, study.data.path) == (7, str(tmp_path / "wine.csv"))


def test_the_interval_is_that_of_nadeau_and_bengio() -> None:
    differences = [0.01, 0.03, 0.02]
    half = t.ppf(0.975, 2) * np.sqrt((1 / 3 + 20 / 80) * 0.0001)
    assert interval(differences, 20 / 80) == pytest.approx((0.02 - half, 0.02 + half))
    assert interval([0.5], 0.25) == (-np.inf, np.inf)


def test_an_ensemble_says_the_mean_of_what_its_networks_say() -> None:
    odds = np.log(np.array([[[1, 3]], [[1, 1]]], np.float32))
    said = ensemble_of(SplitPredictions(np.zeros(1, int), np.zeros(1, int), odds))
    assert said == pytest.approx(np.array([[0.375, 0.625]]))
    values = SplitPredictions(np.zeros(2, int), np.zeros(2), np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert ensemble_of(values).tolist() == [2.0, 4.0]


def test_leads_are_paired_and_ranks_are_shared() -> None:
    own = row("iris", (0.9, 0.8, 0.9, 0.95), (0.8, 0.6, 0.7, 0.9))
    assert own.lead("network", "MLP")[0] == pytest.approx(0.15)
    assert own.ranks() == {"ensemble": 1.0, "network": 3.25, "MLP": 5.0, "linear": 3.75, "trees": 2.0}


def test_the_page_counts_real_tables_alone() -> None:
    text = page(
        [row("iris", (0.9, 0.8, 0.9, 0.95), (0.9, 0.8, 0.7, 0.95)), row("fraud", *[(0.1, 0.2, 0.3, 0.4)] * 2)], 9, []
    )
    assert "| iris | 100 | 4 | accuracy | 90.0 | **100.0** | 80.0 | 80.0 | 95.0 | +10.0 (10.0 to 10.0) |" in text
    assert "| all | 2 | 4.12 | 1.00 | 4.25 | 3.62 | 2.00 |" in text
    assert "| real ones | 1 | 3.25 | 1.00 | 4.50 | 4.25 | 2.00 |" in text
    assert (
        "Of 1 real tables the network is ahead of MLP on 1, on 1 of them by more than chance; on 0 it is behind" in text
    )


def test_what_was_found_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    write_table("wine", tmp_path / "tables")
    base = tmp_path / "base.yaml"
    base.write_text("final: {candidates: 1, seeds: 1}")
    first = found_of("wine", [base], 2, 0, tmp_path)
    assert all(0 < score <= 1 for score in first.scores.values())
    assert first.scores["linear"] > 0.9
    assert (first.score, first.features, first.fixed) == ("accuracy", 13, False)
    assert found_of("wine", [base], 2, 0, tmp_path) == first
