"""predictions.csv: every test row once, with what the saved network says of it."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mindgap.nn.ensemble import together
from mindgap.report.predictions import surely, write_predictions
from mindgap.report.study import FinishedStudy
from mindgap.results.evaluation import FoldEvaluation
from tests.unit.finished_study import CLASSES, finished_study


def lines(study: FinishedStudy, folder: Path) -> list[dict[str, str]]:
    write_predictions(study, folder / "predictions.csv")
    with (folder / "predictions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def study() -> FinishedStudy:
    return finished_study()


def test_every_test_row_is_there_once_by_its_number(study: FinishedStudy, tmp_path: Path) -> None:
    found, test = lines(study, tmp_path), study.predictions.test
    assert [int(line["row"]) for line in found] == sorted(test.rows.tolist())
    by_row = {int(line["row"]): line for line in found}
    for place, row in enumerate(test.rows.tolist()):
        outputs = test.predicted[0, place].astype(float)
        likely = np.exp(outputs) / np.exp(outputs).sum()
        line = by_row[row]
        assert line["class"] == CLASSES[test.measured[place]]
        assert line["predicted"] == CLASSES[outputs.argmax()]
        assert float(line["confidence"]) == pytest.approx(likely.max(), rel=1e-5)
        assert [float(line[f"probability={name}"]) for name in CLASSES] == pytest.approx(likely, rel=1e-5, abs=1e-12)
        said = [test.predicted[seed, place].argmax() == outputs.argmax() for seed in range(len(test.predicted))]
        assert float(line["seeds_agree"]) == pytest.approx(np.mean(said))


def test_wrong_rows_are_counted_from_the_one_of_which_the_network_is_surest(
    study: FinishedStudy, tmp_path: Path
) -> None:
    wrong = [line for line in lines(study, tmp_path) if line["class"] != line["predicted"]]
    assert len(wrong) > 1
    ranked = sorted(wrong, key=lambda line: int(line["wrong"]))
    assert [int(line["wrong"]) for line in ranked] == list(range(1, len(wrong) + 1))
    sure = [float(line["confidence"]) for line in ranked]
    assert sure == sorted(sure, reverse=True)
    assert all(not line["wrong"] for line in lines(study, tmp_path) if line["class"] == line["predicted"])


def test_outputs_that_are_no_probabilities_have_a_margin(study: FinishedStudy, tmp_path: Path) -> None:
    spec = study.evaluation.spec
    hinge = {**spec, "train": {**spec["train"], "loss": "hinge"}}
    other = replace(study, evaluation=replace(study.evaluation, spec=hinge))
    assert {*lines(other, tmp_path)[0]} == {"row", "class", "predicted", "margin", "seeds_agree", "wrong"}
    two = np.sort(study.predictions.test.predicted[0].astype(float), axis=1)[:, -2:]
    np.testing.assert_allclose(surely(other).sure, two[:, 1] - two[:, 0])


def test_folds_of_other_losses_have_margins_and_ensembles_of_their_own(study: FinishedStudy) -> None:
    spec, test = study.evaluation.spec, study.predictions.test
    losses = ("cross_entropy", "hinge")
    folds = tuple(
        FoldEvaluation(1, number, {}, {}, {**spec, "train": {**spec["train"], "loss": loss}}, {}, {})
        for number, loss in enumerate(losses, start=1)
    )
    places = np.arange(len(test.rows)) % 2
    mixed = replace(
        study,
        evaluation=replace(study.evaluation, folds=folds),
        predictions=replace(study.predictions, test=replace(test, folds=places)),
        training=replace(study.training, save="ensemble"),
    )
    found = surely(mixed)
    assert found.likely is None
    for place, probabilities in enumerate((True, False)):
        said = together(test.predicted, probabilities=probabilities)[places == place]
        np.testing.assert_array_equal(found.said[places == place], said.argmax(axis=1))
        np.testing.assert_array_equal(mixed.said(test.predicted)[places == place], said)


def test_each_seed_decides_by_its_threshold() -> None:
    study = finished_study(classes=("no", "yes"), seeds=2)
    predicted = study.predictions.test.predicted.astype(float)
    margins = predicted[..., 1] - predicted[..., 0]
    cuts = (float(np.median(margins[0])), float(margins[1].max()))
    found = surely(replace(study, training=replace(study.training, thresholds=cuts)))
    assert found.said.tolist() == (margins[0] > cuts[0]).astype(int).tolist()
    assert found.agree.tolist() == [0.5 if said else 1.0 for said in found.said]  # the other seed never says yes
    assert found.likely is not None
    assert found.sure.tolist() == found.likely[np.arange(len(found.said)), found.said].tolist()
    assert found.sure.min() < 0.5


def test_a_regression_has_its_errors_by_size(tmp_path: Path) -> None:
    study = finished_study(task="regression")
    found = lines(study, tmp_path)
    assert [int(line["row"]) for line in found] == sorted(study.predictions.test.rows.tolist())
    ranked = sorted(found, key=lambda line: int(line["largest"]))
    sizes = [abs(float(line["error"])) for line in ranked]
    assert sizes == sorted(sizes, reverse=True)
    for line in found:
        difference = float(line["predicted"]) - float(line["value"])
        assert float(line["error"]) == pytest.approx(difference, rel=1e-3, abs=1e-3 * sizes[0])
