"""Folds: every row is tested once a cut, nothing that is fitted sees it, and where folds are by default or refused."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindgap.data.folds import Fold, all_folds, split_fold
from mindgap.data.raw import Apart, Raw
from mindgap.errors import UserError
from mindgap.intervals import Folds as Cut
from mindgap.intervals import Sample, unseen
from mindgap.jobs.claims import add_claim
from mindgap.jobs.folding import folding_of
from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs
from mindgap.params.claim import Claim
from mindgap.params.folds import FEW, Folds
from mindgap.params.load import study_of
from mindgap.results.evaluation import Evaluation, Predictions
from tests.benchmarks.folds_coverage import Setting, covered
from tests.driver import SCRIPTS, SMALL, add_small, drive
from tests.unit.test_claims import TINY


def rows(labels: Any, classes: int, groups: Any = None) -> Raw:
    """Rows of such classes, or such measurements where there are no classes, in such groups."""
    y = np.asarray(labels, np.int64 if classes else np.float64)
    apart = None
    if groups is not None:
        apart = Apart("group", "who", np.asarray(groups, np.float64), tuple(map(str, range(1000))))
    names = tuple("abcdefgh"[:classes])
    return Raw("table", "table", np.zeros((len(y), 1)), y, names, apart=apart)


@given(st.lists(st.integers(8, 40), min_size=2, max_size=5), st.integers(2, 8), st.integers(1, 3), st.integers(0, 5))
def test_each_row_is_tested_once_a_cut_and_folds_have_equal_shares_of_each_class(
    counts: list[int], folds: int, repeats: int, seed: int
) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    raw, tested = rows(labels, len(counts)), np.zeros(len(labels), np.int64)
    cuts: dict[int, list[np.ndarray]] = {}
    for fold in all_folds(folds, repeats):
        splits = split_fold(raw, fold, val_fraction=0.2, seed=seed)
        together = np.concatenate([*splits.named.values()])
        assert sorted(together.tolist()) == [*range(len(labels))]
        tested[splits.test] += 1
        cuts.setdefault(fold.repeat, []).append(splits.test)
        for part in (splits.train, splits.val):
            assert set(labels[part]) == set(range(len(counts)))
        assert abs(len(splits.val) - 0.2 * len(labels)) <= max(1, len(counts) / 2)
    assert (tested == repeats).all()
    for parts in cuts.values():
        assert np.ptp([len(part) for part in parts]) <= 1
        shares = np.array([np.bincount(labels[part], minlength=len(counts)) for part in parts])
        assert (np.ptp(shares, axis=0) <= 1).all()


@given(st.integers(12, 30), st.integers(2, 4), st.integers(0, 5))
def test_the_rows_of_a_group_are_never_on_both_sides(groups: int, folds: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(3, 6, groups)
    who = np.repeat(np.arange(groups), sizes)
    raw, tested = rows(random.normal(size=len(who)), 0, who), []
    for fold in all_folds(folds, 1):
        splits = split_fold(raw, fold, val_fraction=0.2, seed=seed)
        sides = [set(who[part]) for part in splits.named.values()]
        assert sum(map(len, sides)) == len(set.union(*sides)) == groups
        tested += splits.test.tolist()
    assert sorted(tested) == [*range(len(who))]


def test_cuts_and_the_validation_rows_of_folds_differ() -> None:
    raw = rows(np.arange(90) % 3, 3)
    found = [split_fold(raw, fold, val_fraction=0.2, seed=0) for fold in all_folds(3, 2)]
    assert len({tuple(sorted(splits.test.tolist())) for splits in found}) == 6
    assert len({tuple(sorted(splits.val.tolist())) for splits in found}) == 6
    again = split_fold(raw, Fold(3, 1, 0), val_fraction=0.2, seed=0)
    assert [part.tolist() for part in again.named.values()] == [part.tolist() for part in found[3].named.values()]


@pytest.mark.parametrize(
    ("raw", "folds", "words"),
    [
        (rows([0] * 20 + [1] * 4, 2), 5, "5 folds need at least 5 rows of each class: 'b' has 4."),
        (rows([0] * 20 + [1] * 3, 2), 2, "2 folds need at least 4 rows of each class: 'b' has 3."),
        (rows(np.arange(9.0), 0), 5, "5 folds need at least 10 rows; there are 9."),
        (rows(np.arange(30.0), 0, np.arange(30) % 4), 5, "5 folds need at least 5 groups; column 'who' holds 4."),
        (rows(np.arange(60.0), 0, [*[0] * 40, *range(1, 21)]), 5, "'0' alone has 40 rows"),
        (replace(rows(np.arange(30) % 2, 2), test_rows=10), 5, "the data bring 10 test rows of their own"),
        (
            replace(rows(np.arange(30) % 2, 2), apart=Apart("time", "day", np.arange(30.0))),
            5,
            "data.time splits rows by column 'day'",
        ),
    ],
)
def test_what_cannot_be_cut_is_refused_with_what_to_do(raw: Raw, folds: int, words: str) -> None:
    with pytest.raises(UserError) as caught:
        split_fold(raw, Fold(folds, 0, 0), val_fraction=0.2, seed=0)
    assert words in str(caught.value)
    assert "data.folds" in str(caught.value) or "data.group" in str(caught.value)


CSV = {"source": "csv", "path": "rows.csv", "target": "y"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({**CSV, "folds": 5}, "data.folds: auto, null for one split, or whole numbers of folds (2 to 50)"),
        ({**CSV, "folds": {"folds": 1}}, "needed, not {'folds': 1}"),
        ({**CSV, "folds": {"fold": 5}}, "needed, not {'fold': 5}"),
        ({**CSV, "folds": {"folds": 5, "repeats": 2.5}}, "data.folds: auto"),
        ({**CSV, "folds": {"folds": 5}, "time": "day"}, "time (day) and folds both say how rows are split"),
        (
            {**CSV, "folds": {"folds": 5}, "test_path": "other.csv", "test_fraction": None},
            "folds are of all rows, and test_fraction: null says that the source brings a test set",
        ),
        ({"source": "mnist", "test_fraction": None, "folds": {"folds": 5}}, "folds are of all rows"),
        ({**CSV, "folds": {"folds": 2}, "val_fraction": 0.5}, "val_fraction must be below 0.5"),
    ],
)
def test_each_mistake_in_the_params_has_one_message(data: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError) as caught:
        study_of({"study": "s", "data": data}, [("own.yaml", {"data": data})])
    said = str(caught.value)
    assert said.startswith("1 error in the params:\nown.yaml: data")
    assert words in said
    assert len(said.splitlines()) == 2


def test_a_claim_refuses_folds(tmp_path: Path) -> None:
    task = TINY["tasks"]["moons"]
    tasks = {"moons": {**task, "data": {**task["data"], "folds": {"folds": 3}}}}
    with pytest.raises(UserError, match=r"arm slow: data\.folds: each replicate of a claim has a split of its own"):
        add_claim(Graph(tmp_path, SCRIPTS), Claim.model_validate({**TINY, "tasks": tasks}), 0)


def table(count: int, seed: int = 0, least: int | None = None) -> list[list[str]]:
    """Rows of two numbers, a category, a group, a day and a class, of which the second has `least` rows."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, 2))
    yes = x[:, 0] + x[:, 1] ** 2 + 0.5 * random.normal(size=count) > 1
    if least is not None:
        yes = np.arange(count) < least
    return [
        [f"{a:.4f}", f"{b:.4f}", "pqr"[place % 3], f"w{place // 4}", str(place), "yes" if own else "no"]
        for place, ((a, b), own) in enumerate(zip(x, yes, strict=True))
    ]


def write(path: Path, lines: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b", "kind", "who", "day", "y"], *lines])


def asked(path: Path, **own: Any) -> Any:
    data = {**CSV, "path": str(path), **own}
    return study_of({"study": "s", "data": data}, []).data


@pytest.mark.parametrize(("count", "found"), [(200, Folds()), (FEW - 1, Folds()), (FEW, None), (3 * FEW, None)])
def test_few_rows_get_folds_by_default(tmp_path: Path, count: int, found: Folds | None) -> None:
    write(tmp_path / "rows.csv", table(count))
    folding = folding_of(asked(tmp_path / "rows.csv"), 0)
    assert folding.folds == found
    assert folding.said == (None if found is None else f"5 folds, as there are {count} rows, fewer than 1,000")
    assert folding_of(asked(tmp_path / "rows.csv", folds=None), 0) == (None, None)
    assert folding_of(asked(tmp_path / "rows.csv", folds={"folds": 3, "repeats": 2}), 0).folds == Folds(
        folds=3, repeats=2
    )


def test_arrays_and_parquet_files_get_them_as_well_and_bundled_sources_do_not(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for count, found in ((FEW - 1, Folds()), (FEW, None)):
        np.savez(tmp_path / "rows.npz", x=random.normal(size=(count, 3)), y=np.arange(count) % 2)
        pd.DataFrame({"a": random.normal(size=count), "y": np.arange(count) % 2}).to_parquet(tmp_path / "rows.parquet")
        for name in ("npz", "parquet"):
            own = {"target": "y"} if name == "parquet" else {}
            data = {"source": name, "path": str(tmp_path / f"rows.{name}"), **own}
            assert folding_of(study_of({"study": "s", "data": data}, []).data, 0).folds == found
    for name in ("diabetes", "breast_cancer", "synthetic"):
        assert folding_of(study_of({"study": "s", "data": {"source": name}}, []).data, 0) == (None, None)


@pytest.mark.parametrize(
    ("least", "own", "reason"),
    [
        (4, {}, "5 folds need at least 5 rows of each class: 'yes' has 4."),
        (60, {"time": "day"}, "data.time splits rows by column 'day'"),
        (60, {"test_path": "TEST", "test_fraction": None}, "the data bring 80 test rows of their own"),
        (60, {"group": "kind"}, "5 folds need at least 5 groups; column 'kind' holds 3."),
    ],
)
def test_where_they_cannot_be_one_split_is_told(tmp_path: Path, least: int, own: dict[str, Any], reason: str) -> None:
    write(tmp_path / "rows.csv", table(80, least=least))
    if "test_path" in own:
        own = {**own, "test_path": str(tmp_path / "rows.csv")}
    folds, said = folding_of(asked(tmp_path / "rows.csv", **own), 0)
    assert folds is None
    assert said is not None
    assert said.startswith("one split, though there are 80 rows, fewer than 1,000: ")
    assert reason in said


@pytest.mark.parametrize("text", ["", "a,y\n1\n2,3\n", None])
def test_what_is_wrong_with_a_file_its_preparation_says(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "rows.csv"
    if text is not None:
        path.write_text(text)
    assert folding_of(asked(path), 0) == (None, None)


def planned(folder: Path, data: dict[str, Any], **own: Any) -> tuple[Graph, StudyJobs]:
    graph = Graph(folder, SCRIPTS)
    return graph, add_small(graph, {**SMALL, "study": "folds", "data": data, **own})


def test_a_plan_has_each_fold_once_and_more_repeats_keep_those_that_are_there(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", table(90))
    data = {**CSV, "path": str(tmp_path / "rows.csv"), "folds": {"folds": 3}}
    _, jobs = planned(tmp_path, data)
    assert len(jobs.others) == 2
    assert [name for name in jobs.named if name.startswith("train")] == ["train", "train@fold2", "train@fold3"]
    assert len(set(jobs.keys.values())) == len(jobs.keys)
    _, more = planned(tmp_path, {**data, "folds": {"folds": 3, "repeats": 2}})
    assert {key for name, key in jobs.keys.items() if name != "evaluate"} < set(more.keys.values())
    _, other = planned(tmp_path, {**data, "test_fraction": 0.4})  # it has no effect
    assert other.keys == jobs.keys
    _, one = planned(tmp_path, {**data, "folds": None})
    assert not {"fold", "folds"} & {*one.prepare.params, *one.prepare.params["data"], *one.evaluate.params}
    assert set(one.keys.values()).isdisjoint(jobs.keys.values())


def run_all(graph: Graph) -> None:
    for job in graph.jobs.values():
        drive(graph, job)


FITTED = ("prepare", "trials", "search", "runs", "train", "baselines")


def fitted(graph: Graph, jobs: StudyJobs) -> dict[str, bytes]:
    """All files of the first fold that come of fitting, but for what says of test rows that they are there."""
    found = {}
    beneath = graph.beneath([jobs.train, jobs.baselines])
    for stage in FITTED:
        for number, job in enumerate(job for job in beneath.values() if job.stage == stage):
            for path in sorted(graph.folder(job.address).iterdir()):
                if "_test" not in path.name and path.name not in ("manifest.json", "dataset.json", "overview.json"):
                    found[f"{stage}/{number}/{path.name}"] = path.read_bytes()
    return found


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_nothing_that_is_fitted_sees_the_test_rows_of_its_fold(tmp_path: Path, task: str) -> None:
    lines = table(90)
    own: dict[str, Any] = {"task": task, "missing": "impute", "one_hot": 2}
    final: dict[str, Any] = {"candidates": 2, "seeds": 2}
    if task == "regression":
        own["target"], own["ignore"] = "b", ["y"]
    else:
        final |= {"threshold": "f1", "temperature": True}
    found = []
    for name in ("before", "after"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "after":
            test = np.load(found[0][0] / "rows_test.npy")
            for row in test:
                # Far out, missing, and unheard of; and, of a regression, other targets, on which its folds do not rest.
                lines[row][0], lines[row][2], lines[row][3] = "1e6", "", "nobody"
                if task == "regression":
                    lines[row][1] = str(1000 + row)
        write(folder / "rows.csv", lines)
        data = {**CSV, "path": str(folder / "rows.csv"), "folds": {"folds": 3}, **own}
        graph, jobs = planned(folder / "results", data, final=final, preprocess={"transform": "quantile"})
        for job in graph.beneath([jobs.train, jobs.baselines]).values():
            drive(graph, job)
        found.append((graph.folder(jobs.prepare.address), fitted(graph, jobs)))
    (first, before), (second, after) = found
    assert np.array_equal(np.load(first / "rows_test.npy"), np.load(second / "rows_test.npy"))
    assert not np.array_equal(np.load(first / "x_test.npy"), np.load(second / "x_test.npy"))
    assert len(before) > 20
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
    described = [json.loads((folder / "dataset.json").read_text()) for folder in (first, second)]
    for one in described:
        one["target"] = one["target"] and {key: one["target"][key] for key in ("mean", "scale")}
    kept = ("features", "feature_names", "constant_features", "target", "rows", "classes")
    assert [described[0][name] for name in kept] == [described[1][name] for name in kept]


@pytest.mark.parametrize("repeats", [1, 2])
def test_the_evaluation_is_the_mean_over_folds_of_the_means_over_seeds(tmp_path: Path, repeats: int) -> None:
    lines = table(90)
    lines[7] = lines[6]
    write(tmp_path / "rows.csv", lines)
    data = {**CSV, "path": str(tmp_path / "rows.csv"), "folds": {"folds": 3, "repeats": repeats}}
    graph, jobs = planned(tmp_path / "results", data, search=None)
    run_all(graph)
    found = Evaluation.read(graph.folder(jobs.evaluate.address))
    assert [(fold.repeat, fold.number) for fold in found.folds] == [
        (repeat, number) for repeat in range(1, repeats + 1) for number in (1, 2, 3)
    ]
    scores = [np.mean(fold.metrics["test"]["accuracy"]) for fold in found.folds]
    test = found.metrics["test"]["accuracy"]
    assert test.values == scores
    assert test.mean == pytest.approx(np.mean(scores))
    linear = [fold.baselines["linear"]["test"]["accuracy"] for fold in found.folds]
    ahead = found.advantage["linear"]["accuracy"]
    assert ahead.values == pytest.approx([one - other for one, other in zip(scores, linear, strict=True)])
    assert found.baselines["linear"]["test"]["accuracy"] == pytest.approx(np.mean(linear))
    learned = [np.mean(fold.metrics["train"]["accuracy"]) for fold in found.folds]
    assert found.test_gap["accuracy"].values == pytest.approx([one - o for one, o in zip(learned, scores, strict=True)])
    said = Predictions.read(graph.folder(jobs.evaluate.address)).test
    assert np.bincount(said.rows).tolist() == [repeats] * 90
    assert np.sum(found.confusion["test"]) == 2 * 90 * repeats
    hits = said.predicted.argmax(axis=2) == said.measured
    for place, fold in enumerate(found.folds):
        own = said.folds == place
        assert hits[:, own].mean(axis=1).tolist() == pytest.approx(fold.metrics["test"]["accuracy"])
        apart = np.isin([6, 7], said.rows[own]).sum() == 1  # one of two equal rows is tested, and the other is not
        assert fold.duplicates["train_test"] + fold.duplicates["val_test"] == apart
    ledger = [path.read_text().splitlines() for path in (tmp_path / "results/ledger").iterdir()]
    assert len(ledger) == len(ledger[0]) == 1


def shares(hits: list[list[int]]) -> list[Sample]:
    """Accuracies of folds of one seed, from what is right."""
    return [Sample.of([float(np.mean(own))], np.array([own], np.float64), least=0.0, most=1.0) for own in hits]


def test_folds_that_differ_as_much_as_their_rows_have_the_interval_of_all_rows_made_wider() -> None:
    folds = shares([[1, 1, 1, 0], [1, 1, 0, 1], [0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 0]])
    together = unseen(shares([[*np.concatenate([fold.rows for fold in folds])]])[0])
    found = Cut(5, 0.25).unseen(folds)
    assert found.values == [0.75] * 5
    assert found.errors["folds"] == 0.0
    below, above = (side * np.sqrt(1.25) for side in (together.mean - together.low, together.high - together.mean))
    assert (found.low, found.high) == pytest.approx((0.75 - below, min(0.75 + above, 1.0)))


def test_what_folds_differ_by_beyond_their_rows_is_their_luck() -> None:
    # Two folds of four rows, all right and all wrong: s^2 = 1/2, so that s^2 / 2 - error^2 is left, with t(1) = 12.706.
    found = Cut(2, 1.0).unseen(shares([[1] * 4, [0] * 4]))
    rows = found.errors["rows"] / np.sqrt(2)
    assert found.errors["folds"] == pytest.approx(np.sqrt(0.25 - rows**2))
    assert (found.low, found.high) == (0.0, 1.0)
    twice = Cut(2, 1.0).unseen(shares([[1] * 4, [0] * 4] * 2))  # of which the rows are the same
    assert twice.errors["rows"] == pytest.approx(found.errors["rows"])
    assert twice.errors["folds"] == pytest.approx(found.errors["folds"] / np.sqrt(2))


def test_gaps_and_advantages_are_those_within_a_fold() -> None:
    networks, baselines = shares([[1, 1, 1, 0], [1, 0, 0, 0]]), shares([[1, 1, 0, 0], [0, 0, 0, 0]])
    ahead = Cut(2, 1.0).advantage(networks, baselines, larger_is_better=True)
    assert ahead.values == [0.25, 0.25]
    assert ahead.errors["folds"] == 0.0
    apart = Cut(2, 1.0).gap(networks, baselines)
    assert apart.values == [0.25, 0.25]
    assert Cut(2, 1.0).measured(networks).values == [0.75, 0.25]


def test_folds_that_are_all_right_leave_their_score_open_downwards() -> None:
    found = Cut(5, 0.25).unseen(shares([[1] * 10] * 5))
    assert found.high == 1.0
    assert found.low is not None
    assert 0.85 < found.low < 0.95


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("metric", ["accuracy", "r2"])
def test_of_300_tables_the_interval_holds_the_truth_in_92_to_98_of_100(metric: str, repeats: int) -> None:
    held = covered(Setting(metric, 300, 10, 5, repeats))
    assert 0.92 <= held.corrected <= 0.98
    assert held.reach < 0.7 * held.reach_one  # that of one split of as many rows
    if repeats > 1:
        assert held.uncorrected < 0.8  # as if the folds of all cuts were independent
