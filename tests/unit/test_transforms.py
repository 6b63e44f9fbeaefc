"""A search that goes through transforms: each variant of the rows is one that could have been asked for alone."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from mlflow.models import Model as Description
from pydantic import TypeAdapter

from mindgap.data.overview import Overview
from mindgap.data.prepared import Dataset, open_split, variant
from mindgap.errors import UserError
from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs, add_study
from mindgap.jobs.view import view_of
from mindgap.models.file import load_model, save_model
from mindgap.models.model import winning_model
from mindgap.params.claim import Claim
from mindgap.params.data import Data
from mindgap.params.load import load_study
from mindgap.params.preprocess import Preprocess
from mindgap.params.run import RunSpec
from mindgap.report.study import FinishedStudy
from mindgap.results.baselines import Baselines
from mindgap.results.evaluation import Evaluation, Predictions
from mindgap.results.level import Level
from mindgap.results.runs import Runs
from mindgap.results.training import Training
from mindgap.results.trials import Trials
from mindgap.results.weights import read_weights
from mindgap.stages.deciding import outputs_of, temperature, thresholds_of
from mindgap.stages.prepare import prepare
from mindgap.stages.runs import run_candidates
from mindgap.stages.trials import run_trials
from mindgap.tracking.model import EXAMPLES, pack_model
from mindgap.training.networks import population_of
from tests.driver import ROOT, SCRIPTS, drive
from tests.unit.test_claims import TINY

BASE = yaml.safe_load((ROOT / "params/study.yaml").read_text())
TRANSFORMS = ["none", "log", "quantile"]
RATES = {"learning_rate": {"log_uniform": [0.01, 0.2]}}


def write_rows(path: Path, rows: int = 160, seed: int = 0) -> None:
    """Of which the logarithm of a skewed column, and a colour, decide."""
    random = np.random.default_rng(seed)
    cost, size = np.exp(2 * random.normal(size=rows)), random.normal(size=rows)
    colour = random.choice(["red", "green"], rows)
    cell = np.where(random.random(rows) < 0.05, "", cost.round(4).astype(str))
    kind = np.where(np.log(cost) + size + (colour == "red") > 0, "yes", "no")
    pd.DataFrame({"cost": cell, "size": size.round(4), "colour": colour, "kind": kind}).to_csv(path, index=False)


def planned(folder: Path, own: str, space: dict[str, Any] | None, **params: Any) -> tuple[Graph, StudyJobs]:
    """A small study of these rows with such a transform, which may search others."""
    path = folder / "rows.csv"
    if not path.is_file():
        write_rows(path)
    data = {"source": "csv", "path": str(path), "target": "kind", "missing": "impute", "folds": None}
    levels = {"coarse": {"trials": 9, "epochs": 3}, "fine": {"trials": 3, "epochs": 4}}
    study = {
        "study": "small",
        "seed": 5,
        "data": {**data, **params.pop("data", {})},
        "model": {"hidden": [8]},
        "train": {"epochs": 4},
        "preprocess": {"transform": own},
        "search": None if space is None else {"space": space, "levels": levels},
        "final": {"candidates": 3, "seeds": 2},
        "workflow": {"shard_size": 3},
    }
    graph = Graph(folder / "results", SCRIPTS)
    return graph, add_study(graph, load_study({**BASE, **study, **params}))


def ran(folder: Path, own: str, space: dict[str, Any] | None, **params: Any) -> dict[str, Path]:
    """The folders of the named jobs of such a study, which is run."""
    graph, jobs = planned(folder, own, space, **params)
    for job in graph.jobs.values():
        if not graph.manifest(job.address).is_file():
            drive(graph, job)
    return {name: graph.folder(job.address) for name, job in jobs.named.items()}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.*") if path.name != "manifest.json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


@pytest.fixture(scope="module")
def mixed(folder: Path) -> dict[str, Path]:
    """A study that searches all transforms, and whose own is none."""
    return ran(folder, "none", {**RATES, "transform": {"categorical": TRANSFORMS}})


@pytest.fixture(scope="module")
def quantile(folder: Path) -> dict[str, Path]:
    """A study whose networks all read another variant than its own, and which decides and cools."""
    final = {"candidates": 3, "seeds": 2, "threshold": "f1", "temperature": True}
    return ran(folder, "none", {**RATES, "transform": {"categorical": ["quantile"]}}, final=final)


def test_each_variant_is_the_one_that_could_be_asked_for_alone(folder: Path, mixed: dict[str, Path]) -> None:
    data = mixed["prepare"]
    assert {path.name for path in data.iterdir() if path.is_dir()} == {"log", "quantile"}
    for transform in TRANSFORMS:
        alone = ran(folder, transform, None)["prepare"]
        assert files(variant(data, transform)) == files(alone)
        assert Dataset.read(alone).transform == transform
    assert variant(data, None) == variant(data, "none") == data
    used = {name: own.use for name, own in zip(("cost", "size"), Overview.read(data / "log").columns, strict=False)}
    assert used == {"cost": "log", "size": "number"}
    with pytest.raises(UserError, match="cannot be read"):
        open_split(variant(data, "cube"), "train")


@pytest.mark.parametrize("own", ["none", "log"])
def test_a_search_of_one_transform_is_that_of_the_fixed_one_to_the_bit(folder: Path, own: str) -> None:
    fixed = ran(folder, "log", RATES)
    searched = ran(folder, own, {**RATES, "transform": {"categorical": ["log"]}})
    for stage in ("search.coarse", "search.fine"):
        one, other = (Trials.read(found[stage]).trials for found in (fixed, searched))
        assert [trial.history for trial in one] == [trial.history for trial in other]
        assert [{**trial.params, "transform": "log"} for trial in one] == [trial.params for trial in other]
    assert [run.history for run in Runs.read(fixed["train"]).runs] == [
        run.history for run in Runs.read(searched["train"]).runs
    ]
    for one, other in zip(*(read_weights(found["train"]) for found in (fixed, searched)), strict=True):
        np.testing.assert_array_equal(one, other)
    test = [Predictions.read(found["evaluate"]).test for found in (fixed, searched)]
    np.testing.assert_array_equal(test[0].predicted, test[1].predicted)
    evaluations = [Evaluation.read(found["evaluate"]) for found in (fixed, searched)]
    assert evaluations[0].metrics == evaluations[1].metrics
    assert evaluations[1].baselines == Evaluation.read(ran(folder, own, None)["evaluate"]).baselines
    assert (fixed["evaluate"] / "reliance.json").read_bytes() == (searched["evaluate"] / "reliance.json").read_bytes()
    assert "preprocess" not in evaluations[0].spec
    assert evaluations[1].spec["preprocess"] == {"transform": "log"}


def test_trainings_of_several_transforms_are_each_the_same_alone(mixed: dict[str, Path], tmp_path: Path) -> None:
    found = Trials.read(mixed["search.coarse"]).trials
    assert {trial.params["transform"] for trial in found} == {*TRANSFORMS}
    manifest = json.loads((mixed["search.coarse"] / "manifest.json").read_text())
    params = {name: manifest["params"][name] for name in ("run", "level")}
    for trial in found:
        (tmp_path / str(trial.number)).mkdir()
        part = {**params, "slice": [trial.number, trial.number + 1]}
        run_trials(part, mixed["prepare"], None, tmp_path / str(trial.number))
        assert Trials.read(tmp_path / str(trial.number)).trials == (trial,)
    candidates = Training.read(mixed["train"]).candidates
    assert len({candidate.params["transform"] for candidate in candidates}) > 1
    manifest = json.loads((mixed["train"] / "manifest.json").read_text())
    for number, run in enumerate(Runs.read(mixed["train"]).runs):
        (tmp_path / f"run{number}").mkdir()
        part = {**manifest["params"], "slice": [number, number + 1]}
        run_candidates(part, mixed["prepare"], mixed["search.fine"], tmp_path / f"run{number}")
        assert Runs.read(tmp_path / f"run{number}").runs == (run,)


def test_the_level_narrows_and_weighs_transforms_as_any_choice(mixed: dict[str, Path]) -> None:
    level = Level.read(mixed["search.coarse"])
    (step,) = [step for step in level.narrowing if step.param == "transform"]
    assert step.searched == TRANSFORMS
    assert {*step.following} <= {*TRANSFORMS}
    assert level.space["transform"] == {"categorical": TRANSFORMS}


def test_the_saved_model_says_what_was_evaluated(folder: Path, quantile: dict[str, Path]) -> None:
    model, test = winning_model(quantile["prepare"], quantile["train"]), Predictions.read(quantile["evaluate"]).test
    assert [column.described().transform for column in model.preparation.encoding.columns or ()][:2] == ["quantile"] * 2
    rows = pd.read_csv(folder / "rows.csv").iloc[test.rows].drop(columns="kind")
    np.testing.assert_allclose(model.outputs(rows), test.predicted[0], rtol=1e-4, atol=1e-5)
    save_model(model, quantile["train"] / "model.npz")
    assert load_model(quantile["train"] / "model.npz").spec["preprocess"] == {"transform": "quantile"}


def test_the_packed_model_has_rows_of_its_variant_as_an_example(
    folder: Path, quantile: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: dict[str, Any] = {}
    monkeypatch.setattr("mlflow.pyfunc.save_model", lambda *_, **given: saved.update(given))
    pack_model(tmp_path / "model", quantile["prepare"], quantile["train"], Description())
    rows = pd.read_csv(folder / "rows.csv").iloc[np.load(quantile["prepare"] / "rows_train.npy")[:EXAMPLES]]
    np.testing.assert_allclose(saved["input_example"]["size"], rows["size"], atol=1e-3)


def test_thresholds_and_temperatures_are_found_on_the_winners_variant(quantile: dict[str, Path]) -> None:
    training, data = Training.read(quantile["train"]), quantile["prepare"] / "quantile"
    dataset, rows = Dataset.read(data), read_weights(quantile["train"])
    run = RunSpec(**training.won.spec, seed=0)
    networks = population_of([run] * len(rows), dataset.features, dataset.outputs, 1)
    networks.values[:] = np.stack(rows)
    val = open_split(data, "val")
    assert tuple(thresholds_of(networks, val, "f1").tolist()) == training.thresholds
    again = [temperature(own, np.asarray(val.y)) for own in outputs_of(networks, val)]
    assert again == pytest.approx([1.0, 1.0], rel=1e-3)  # as the networks are cooled already
    assert max(abs(np.log(training.temperatures))) > 0.01


def test_a_tuned_linear_baseline_has_the_transform_that_validation_rows_ask_for(folder: Path) -> None:
    baselines = {"linear": 3, "trees": 1}
    space = {"transform": {"categorical": TRANSFORMS}, **RATES}
    searched = ran(folder, "none", space, baselines=baselines, final={"candidates": 1, "seeds": 1, "threshold": "f1"})
    tuned = Baselines.read(searched["baselines"]).tuned["linear"]
    assert (tuned.trials, tuned.params["transform"]) == (9, "quantile")
    alone = {
        transform: ran(folder, transform, None, baselines=baselines, final={"seeds": 1, "threshold": "f1"})
        for transform in TRANSFORMS
    }
    reached = {name: Baselines.read(found["baselines"]).tuned["linear"].value for name, found in alone.items()}
    assert tuned.value == max(reached.values())
    scores = {name: Evaluation.read(found["evaluate"]).baselines for name, found in alone.items()}
    found = Evaluation.read(searched["evaluate"]).baselines
    assert found["linear"] == scores["quantile"]["linear"]
    assert found["trees"] == scores["none"]["trees"]


def test_the_page_is_told_of_columns_as_the_winner_has_them(folder: Path, quantile: dict[str, Path]) -> None:
    final = {"candidates": 3, "seeds": 2, "threshold": "f1", "temperature": True}
    space = {**RATES, "transform": {"categorical": ["quantile"]}}
    study = FinishedStudy.read(view_of(*planned(folder, "none", space, final=final)))
    assert study.overview is not None
    assert [column.use for column in study.overview.columns] == ["quantile", "quantile", "one-hot"]
    assert (study.dataset.transform, study.given_transform) == ("quantile", "none")


def test_variants_are_fitted_on_training_rows_alone(tmp_path: Path) -> None:
    found = []
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
        write_rows(tmp_path / "rows.csv")
        if found:
            lines = (tmp_path / "rows.csv").read_text().splitlines()
            for split in ("val", "test"):
                for row in np.load(found[0][0] / f"rows_{split}.npy"):
                    kind = lines[1 + row].rsplit(",", 1)[1]
                    lines[1 + row] = f"{1e5 + row},-7,blue,{kind}"
            (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
        params = {"source": "csv", "path": str(tmp_path / "rows.csv"), "target": "kind", "missing": "impute"}
        data: Any = TypeAdapter(Data).validate_python(params)
        prepare(data, Preprocess(), 0, tmp_path / name, transforms=("quantile", "none", "log"))
        fitted = ("preprocessing.json", "preprocessing.npz", "x_train.npy", "y_train.npy")
        each = [tmp_path / name / part for part in (".", "log", "quantile")]
        found.append((tmp_path / name, [(own / file).read_bytes() for own in each for file in fitted]))
    assert found[0][1] == found[1][1]
    changed = [(path / "quantile/x_test.npy").read_bytes() for path, _ in found]
    assert changed[0] != changed[1]


def test_a_variant_that_cannot_be_says_which(tmp_path: Path) -> None:
    lines = [f"{1e300 * (1 + row % 7)},{'ab'[row % 2]}" for row in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["cost,kind", *lines]) + "\n")
    data: Any = TypeAdapter(Data).validate_python(
        {"source": "csv", "path": str(tmp_path / "rows.csv"), "target": "kind"}
    )
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match=r"32-bit floating point.* transform: none, .*search\.space\.transform"):
        prepare(data, Preprocess(transform="quantile", scale="none"), 0, tmp_path / "out", transforms=("none",))


def test_each_fold_may_have_another_transform(folder: Path) -> None:
    space = {**RATES, "transform": {"categorical": TRANSFORMS}}
    found = ran(folder, "log", space, data={"folds": {"folds": 3}}, final={"candidates": 1, "seeds": 1})
    evaluation = Evaluation.read(found["evaluate"])
    assert {fold.params["transform"] for fold in evaluation.folds} == {"log", "quantile"}
    for fold, place in zip(evaluation.folds, ("", "@fold2", "@fold3"), strict=True):
        assert fold.spec == Training.read(found[f"train{place}"]).won.spec
        assert fold.metrics["val"]["loss"] == pytest.approx([Runs.read(found[f"train{place}"]).runs[0].val_loss])


def test_only_a_study_that_searches_transforms_knows_of_them(folder: Path) -> None:
    _, fixed = planned(folder, "log", RATES)
    _, searched = planned(folder, "log", {**RATES, "transform": {"categorical": ["log", "none", "log"]}})
    assert searched.prepare.params["transforms"] == ["log", "none"]
    assert searched.prepare.told.keys() == fixed.prepare.told.keys()
    assert "transforms" not in fixed.prepare.params
    assert all("preprocess" not in job.params["run"] for job in fixed.shards)
    assert "variants" not in fixed.train.told
    assert searched.train.told["variants"] == 2


@pytest.mark.parametrize(
    ("data", "choices", "said"),
    [
        ({}, ["log", "cube"], "transform cannot be 'cube': input should be 'none', 'log' or 'quantile'"),
        ({}, ["log", None], "transform cannot be null"),
        (
            {"source": "digits"},
            ["log"],
            "transform: it is for tables only, and data.source: digits is none",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused(data: dict[str, Any], choices: list[Any], said: str) -> None:
    table = {"source": "csv", "path": "x.csv", "target": "y"}
    search = {**BASE["search"], "space": {"transform": {"categorical": choices}}}
    with pytest.raises(UserError, match="1 error in the params") as caught:
        load_study({**BASE, "data": data or table, "search": search})
    assert said in str(caught.value)


@pytest.mark.parametrize("where", ["search", "tune", "over"])
def test_a_claim_searches_no_transforms(tmp_path: Path, where: str) -> None:
    write_rows(tmp_path / "rows.csv")
    task = {"data": {"source": "csv", "path": str(tmp_path / "rows.csv"), "target": "kind", "missing": "impute"}}
    space = {"transform": {"categorical": ["log", "none"]}}
    given: dict[str, Any] = {**TINY, "tasks": {"rows": task}}
    if where == "search":
        levels = {"one": {"trials": 2, "epochs": 1}}
        given["base"] = {"search": {"space": space, "levels": levels}}
    elif where == "tune":
        given["tune"] = {"space": space, "trials": 2}
    else:
        given["over"] = {"transform": ["log", "none"]}
    with pytest.raises(UserError, match=r"transform: the rows of an arm are prepared in one way"):
        add_claim(Graph(tmp_path / "results", SCRIPTS), Claim.model_validate(given), 0)
