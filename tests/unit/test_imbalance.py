"""A table of unequal classes, from its params to the saved model: what is chosen by, weighed, decided and told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter

from mindgap.data.prepared import Dataset, open_rows, open_split
from mindgap.errors import UserError
from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs
from mindgap.models.file import load_model, save_model
from mindgap.models.model import winning_model
from mindgap.params.data import Data
from mindgap.params.load import load_study
from mindgap.params.preprocess import Preprocess
from mindgap.results.evaluation import Evaluation, Predictions
from mindgap.results.runs import Runs
from mindgap.results.statistic import Statistic
from mindgap.results.training import Training
from mindgap.stages.leading import leading
from mindgap.stages.prepare import prepare
from mindgap.stages.verdict import verdict
from mindgap.tracking.records import read_stage
from tests.driver import ROOT, SMALL, drive, small_study

HEADER = "a,b,sick"


def table(folder: Path, rows: int = 400, classes: tuple[str, ...] = ("no", "yes")) -> str:
    """A table in which the second class is rare, and lies far out."""
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 2))
    labels = np.where(x.sum(axis=1) > 1.9, 1, np.where(np.arange(rows) % 30 == 0, 2, 0) * (len(classes) > 2))
    said = [classes[label] for label in labels]
    path = folder / "table.csv"
    path.write_text("\n".join([HEADER, *(f"{a:.4f},{b:.4f},{own}" for (a, b), own in zip(x, said, strict=True))]))
    return str(path)


def study(folder: Path, path: str, **own: Any) -> tuple[Graph, StudyJobs]:
    data = {"source": "csv", "path": path, "target": "sick", "folds": None}
    params = {**SMALL, "study": "sick", "data": data, "preprocess": {}}
    graph, jobs = small_study(folder / "results", params | own)
    for job in graph.jobs.values():
        drive(graph, job)
    return graph, jobs


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of the stages of a study."""
    folder = tmp_path_factory.mktemp("sick")
    train = {"epochs": 12, "class_weight": "balanced", "early_stopping": {"metric": "val_roc_auc"}, "metrics": ["f1"]}
    search = {**SMALL["search"], "objective": "val_balanced_accuracy"}
    final = {"candidates": 1, "seeds": 2, "threshold": "f1", "temperature": True}
    graph, jobs = study(folder, table(folder), train=train, search=search, final=final)
    return {name: graph.folder(job.address) for name, job in jobs.named.items()}


def test_training_measures_what_is_chosen_and_stopped_by_and_what_is_asked_for(ended):
    for run in Runs.read(ended["train"]).runs:
        entries = {name.removeprefix("val_") for name in run.history if name.startswith("val_")}
        assert entries == {"accuracy", "loss", "balanced_accuracy", "roc_auc", "f1"}
        assert run.value == run.history["val_balanced_accuracy"][run.kept_epoch]
        assert run.kept_epoch == int(np.argmax(run.history["val_roc_auc"]))


def test_the_evaluation_decides_by_the_thresholds(ended):
    training, evaluation = Training.read(ended["train"]), Evaluation.read(ended["evaluate"])
    test, dataset = Predictions.read(ended["evaluate"]).test, Dataset.read(ended["prepare"])
    assert training.aim == "f1"
    assert len(training.thresholds) == len(training.temperatures) == 2
    margins = test.predicted[..., 1].astype(np.float64) - test.predicted[..., 0]
    found = margins > np.array(training.thresholds)[:, None]
    recall = [float(own[test.measured == 1].mean()) for own in found]
    assert evaluation.metrics["test"]["recall"].values == pytest.approx(recall)
    assert sum(evaluation.confusion["test"][1]) == 2 * dataset.class_counts["test"][1]
    assert evaluation.confusion["test"][1][1] == int(found[:, test.measured == 1].sum())
    assert evaluation.baselines["majority"]["test"]["recall"] == 0
    assert evaluation.baselines["majority"]["test"]["roc_auc"] == 0.5


def test_the_saved_model_decides_as_it_was_measured(ended, tmp_path):
    save_model(winning_model(ended["prepare"], ended["train"]), tmp_path / "model.npz")
    model, test = load_model(tmp_path / "model.npz"), open_split(ended["prepare"], "test")
    assert model.threshold == Training.read(ended["train"]).thresholds[0]
    predictions = Predictions.read(ended["evaluate"]).test
    said = model.answers(predictions.predicted[0])
    right = np.mean(said == np.array(model.classes)[np.asarray(test.y)])
    assert Evaluation.read(ended["evaluate"]).metrics["test"]["accuracy"].values[0] == pytest.approx(right)


def test_balanced_accuracy_leads_beside_the_trivial_baseline(ended):
    evaluation = Evaluation.read(ended["evaluate"])
    lead = leading(evaluation)
    counts = evaluation.class_counts
    assert (lead.headline, lead.score, lead.unequal) == (*["balanced_accuracy"] * 2, counts[0] / counts[1])
    text = verdict(evaluation).text
    assert text.startswith("Balanced accuracy is ")
    most = evaluation.baselines["majority"]["test"]["accuracy"]
    assert f"the most frequent class alone is right in {most:.2%}" in text


@pytest.mark.parametrize(
    ("counts", "objective", "expected"),
    [
        ((30, 10), "val_accuracy", "balanced_accuracy"),
        ((29, 10), "val_accuracy", "accuracy"),
        ((30, 30, 30, 10), "val_loss", "balanced_accuracy"),
        ((29, 10), "val_roc_auc", "roc_auc"),
        ((30, 10), "val_average_precision", "average_precision"),
        ((30, 10), "val_log_loss", "balanced_accuracy"),  # no score: less is better
        ((), "val_accuracy", "accuracy"),
    ],
)
def test_what_leads_follows_from_the_classes_and_from_what_was_chosen_by(ended, counts, objective, expected):
    evaluation = replace(Evaluation.read(ended["evaluate"]), class_counts=counts, objective=objective)
    assert leading(evaluation).score == leading(evaluation).headline == expected


def test_mlflow_has_all_that_was_measured(ended):
    names = {point.name for point in read_stage("evaluate", ended["evaluate"]).parent.points}
    assert {"test_balanced_accuracy", "test_roc_auc.low", "advantage.majority_balanced_accuracy"} <= names
    assert all(isinstance(own, Statistic) for own in Evaluation.read(ended["evaluate"]).metrics["test"].values())


@pytest.mark.parametrize(
    ("own", "said", "never"),
    [
        (
            {"search": {**SMALL["search"], "objective": "val_roc_auc"}},
            "roc_auc needs two classes, and these data have 3: leave it out of train.metrics",
            "search",
        ),
        ({"final": {"threshold": "f1"}}, "final.threshold is of two classes, and these data have 3", "trials"),
        ({"train": {"class_weight": {"maybe": 2}}}, "train.class_weight: there is no class 'maybe'", "search"),
    ],
)
def test_what_is_of_two_classes_or_of_others_is_refused_before_the_search(tmp_path, own, said, never):
    with pytest.raises(SystemExit):
        study(tmp_path, table(tmp_path, classes=("no", "yes", "perhaps")), **own)
    told = [log.read_text() for log in (tmp_path / "results/logs").glob("*.log")]
    assert any(said in log for log in told)
    assert not (tmp_path / "results/store" / never).exists()


def test_the_positive_class_comes_second(tmp_path):
    path, said = table(tmp_path, classes=("well", "sick")), []
    for positive in ("well", "sick"):
        data = TypeAdapter(Data).validate_python({"source": "csv", "path": path, "positive": positive})
        folder = tmp_path / positive
        folder.mkdir()
        prepare(data, Preprocess(), 0, folder)
        classes = Dataset.read(folder).classes
        assert classes[1] == positive
        labels = np.array(classes)[open_split(folder, "train").y]
        said.append(dict(zip(open_rows(folder, "train").tolist(), labels.tolist(), strict=True)))
    both = said[0].keys() & said[1].keys()
    assert {said[0][row] for row in both} == {"sick", "well"}
    assert all(said[0][row] == said[1][row] for row in both)
    data = TypeAdapter(Data).validate_python({"source": "csv", "path": path, "positive": "ill"})
    with pytest.raises(UserError, match="data.positive: there is no class 'ill'. There are: sick and well"):
        prepare(data, Preprocess(), 0, folder)


SINE = {"source": "synthetic", "kind": "sine", "rows": 100}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"data": SINE, "train": {"class_weight": "balanced"}}, "train.class_weight: it is for classification only"),
        ({"data": SINE, "final": {"threshold": "f1"}}, "final.threshold: it is for classification only"),
        ({"data": {**SINE, "positive": "a"}}, "data.positive: it is for classification only"),
        ({"data": {"source": "digits", "tolerance": 1}}, "data.tolerance: it is for regression only"),
        (
            {"data": SINE, "search": {**SMALL["search"], "objective": "val_within_tolerance"}},
            "data.tolerance: val_within_tolerance is asked for",
        ),
        ({"train": {"class_weight": {"0": -1}}}, "train.class_weight: each weight must be above 0 and finite"),
        ({"train": {"class_weight": {True: 2}}}, "one such as yes or true in quotes"),
        ({"train": {"class_weight": "heavy"}}, "train.class_weight: balanced, or a weight for each class such as"),
        ({"train": {"metrics": ["accuracy"]}}, "others are measured anyway"),
        ({"train": {"metrics": ["recal"]}}, "unknown name 'recal'"),
        ({"final": {"threshold": "f2"}}, "final.threshold: f1, balanced_accuracy or costs such as"),
        ({"final": {"threshold": {"missed": 0}}}, "final.threshold: costs are numbers above 0"),
        ({"final": {"temperature": True}, "train": {"loss": "hinge"}}, "final.temperature: it is for the loss"),
        (
            {
                "final": {"temperature": True},
                "search": {**SMALL["search"], "space": {"loss": {"categorical": ["cross_entropy", "hinge"]}}},
            },
            "final.temperature: it is for the loss cross_entropy, whose outputs are logits, and not for hinge",
        ),
    ],
)
def test_mistakes_in_params_are_told_in_one_line_each(params, said):
    base = yaml.safe_load((ROOT / "params/study.yaml").read_text())
    with pytest.raises(UserError) as caught:
        load_study({**base, "search": None, **params})
    message = str(caught.value)
    assert said in message
    assert len([line for line in message.splitlines() if line.strip()]) <= 2
