"""The predictions of the test rows by the saved model, or of each fold's rows by that of the fold: a table."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.metrics import decided, margins_of
from mindgap.nn.information import softmax
from mindgap.report.study import FinishedStudy

FILE = "predictions.csv"


@dataclass(frozen=True)
class Sure:
    """How sure the saved model, of folds that of each fold, is of each test row, and how it errs.

    `said` (rows,) are the labels that it says, `sure` (rows,) their probability, or, by a loss whose outputs are none,
    by how much their output exceeds the next, or the margin the threshold. `agree` (rows,) is the share of the seeds
    that say the same. `wrong` are the places of the rows that it has wrong, the surest first. `likely` (rows, classes)
    are the probabilities, if any.
    """

    said: NDArray[np.int64]
    sure: NDArray[np.float64]
    agree: NDArray[np.float64]
    wrong: NDArray[np.int64]
    likely: NDArray[np.float64] | None


def surely(study: FinishedStudy) -> Sure:
    """Of a study of classes."""
    test = study.predictions.test
    outputs, threshold = study.said(test.predicted), study.saved_thresholds
    thresholds = study.thresholds
    by_seed = decided(test.predicted, thresholds)
    said = decided(outputs[None], threshold)[0]
    likely = None
    if study.likely:
        likely = softmax(outputs).astype(np.float64)
        sure = likely[np.arange(len(said)), said]
    elif threshold is not None:
        sure = np.abs(margins_of(outputs) - threshold[0])
    else:
        highest = np.sort(outputs, axis=1)
        sure = highest[:, -1] - highest[:, -2]
    wrong = np.flatnonzero(said != test.measured)
    agree = (by_seed == said).mean(axis=0)
    return Sure(said, sure, agree, wrong[np.argsort(-sure[wrong], kind="stable")], likely)


def write_predictions(study: FinishedStudy, path: Path) -> None:
    """Write a line for each test row, by its identifiers, if it has any, and its number in the source, counted from 0;
    see the header.

    Where there are folds, each row has a line for each time that it is a test row, by the network of that fold, which
    is told as `repeat/number`. Of classes: the true and the predicted one, the probability of the latter (or its
    margin, where outputs are no probabilities), the share of the seeds that say the same, of wrong rows the place among
    them, the surest first, and the probability of each class. Of a regression: both values, their difference, the
    standard deviation over the seeds, and the place by the size of the error.
    """
    header, columns = _classes(study) if study.target is None else _values(study)
    test = study.predictions.test
    if study.folds:
        folds = [f"{fold.repeat}/{fold.number}" for fold in study.folds]
        header.insert(1, "fold")
        columns.insert(1, [folds[place] for place in test.folds])
    header[:0], columns[:0] = study.ids.keys(), study.ids.values()
    order = np.argsort(test.rows, kind="stable")
    lines = zip(*([column[place] for place in order] for column in columns), strict=True)
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *lines])


Columns = tuple[list[str], list[Sequence[Any]]]


def _classes(study: FinishedStudy) -> Columns:
    test, found, names = study.predictions.test, surely(study), study.dataset.classes
    places = [""] * len(test.rows)
    for place, row in enumerate(found.wrong.tolist(), start=1):
        places[row] = str(place)
    columns: list[Sequence[Any]] = [
        test.rows.tolist(),
        [names[label] for label in test.measured],
        [names[label] for label in found.said],
        _short(found.sure),
        _short(found.agree),
        places,
        *([] if found.likely is None else map(_short, found.likely.T)),
    ]
    sure = "margin" if found.likely is None else "confidence"
    likely = [] if found.likely is None else [f"probability={name}" for name in names]
    return ["row", "class", "predicted", sure, "seeds_agree", "wrong", *likely], columns


def _values(study: FinishedStudy) -> Columns:
    test = study.predictions.test
    measured, predicted = test.measured.astype(np.float64), test.predicted.astype(np.float64)
    said = study.said(predicted)
    error = said - measured
    place = np.empty(len(error), np.int64)
    place[np.argsort(-np.abs(error), kind="stable")] = np.arange(1, len(error) + 1)
    columns = [measured, said, error, predicted.std(axis=0)]
    header = ["row", "value", "predicted", "error", "seeds_deviation", "largest"]
    return header, [test.rows.tolist(), *map(_short, columns), place.tolist()]


def _short(values: NDArray[np.float64]) -> list[str]:
    """As many digits as float32 has."""
    return [f"{value:.7g}" for value in values.tolist()]
