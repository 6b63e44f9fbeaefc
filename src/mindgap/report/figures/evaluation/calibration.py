"""Calibration: how often the networks are right where they say how sure they are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.intervals import NORMAL
from mindgap.nn.information import softmax
from mindgap.nn.losses import LOSSES
from mindgap.report.drawing.style import BLUE, GREY, ORANGE, Drawing, note, panels, percent_axis, short
from mindgap.report.numbers import percent
from mindgap.report.study import FinishedStudy

TITLE = "Calibration on test rows"

BINS = 10
"""Bins of equal width."""


def draw(study: FinishedStudy) -> Drawing:
    """The share of rows by the probability said, in bins, and how many rows each has."""
    if study.target is not None:
        return note("A regression says no probabilities.")
    if not study.likely:
        losses = {spec["train"]["loss"] for spec in (study.evaluation.spec, *(fold.spec for fold in study.folds))}
        scores = sorted(loss for loss in losses if not LOSSES[loss].probabilities)
        return note(f"Outputs trained by {' or '.join(scores)} are no probabilities.")
    test = study.predictions.test
    said, right = _said(test.predicted, test.measured)
    canvas, (panel, below) = panels(2, columns=2, height=3.5)
    panel.plot([0, 1], [0, 1], color=GREY, lw=1, ls=(0, (4, 3)))
    heat = study.temperatures
    if heat is not None:
        before, _ = _said(test.predicted * heat[..., None], test.measured)
        panel.plot(
            *_binned(before, right, study.evaluation.repeats)[:2],
            "o-",
            color=ORANGE,
            ms=4,
            lw=1,
            label="before its temperature",
        )
    said_in, right_in, errors = _binned(said, right, study.evaluation.repeats)
    panel.errorbar(said_in, right_in, errors, fmt="o-", color=BLUE, ms=5, lw=1.4, elinewidth=1, label="test rows")
    panel.legend(loc="upper left")
    two = study.dataset.outputs == 2
    panel.set_title(f"Share that is {short(study.dataset.classes[1])}" if two else "Share that is right")
    panel.set_xlabel(f"probability {'of ' + short(study.dataset.classes[1]) if two else 'of the class taken for'}")
    percent_axis(panel)
    panel.set_ylim(-0.03, 1.03)
    below.hist(
        said.ravel(),
        bins=BINS,
        range=(0, 1),
        color=BLUE,
        weights=np.full(said.size, 1 / (len(said) * study.evaluation.repeats)),
    )
    below.set_title("Test rows a seed")
    below.set_xlabel(panel.get_xlabel())
    error = study.evaluation.metrics["test"].get("calibration_error")
    found = f" The calibration error is {percent(error.mean)} % on average." if error is not None else ""
    what = f"rows that are {short(study.dataset.classes[1])}" if two else "rows that are right"
    return Drawing(
        canvas, _caption(what, () if heat is None else tuple(heat.ravel()), found, " and folds" if study.folds else "")
    )


def _caption(what: str, temperatures: tuple[float, ...], found: str, folds: str) -> str:
    cooled = ""
    if temperatures:
        cooled = (
            f" All outputs are divided by a temperature that validation rows like best, {min(temperatures):.3g} to "
            f"{max(temperatures):.3g} over the seeds{folds}: above 1, the network was too sure, below 1 not sure "
            "enough."
        )
    return (
        f"Test rows in {BINS} bins of the probability said, all seeds{folds} together: dots tell the share of a bin’s "
        f"{what}, bars its 95 % interval. On the broken line a network is as sure as it may be.{cooled}{found}"
    )


def _said(outputs: NDArray[Any], labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The probability of the second of two classes, or of the class taken for, and whether it is so; (seeds, rows)."""
    likely = softmax(outputs.astype(np.float64)).astype(np.float64)
    if outputs.shape[2] == 2:
        return likely[..., 1], np.broadcast_to(labels == 1, likely.shape[:2])
    sure: NDArray[np.float64] = likely.max(axis=2).astype(np.float64)
    return sure, np.asarray(likely.argmax(axis=2) == labels, np.bool_)


def _binned(said: NDArray[np.float64], right: NDArray[np.bool_], repeats: int) -> tuple[NDArray[np.float64], ...]:
    """Of each bin with rows: the mean of what is said, the share that is so, and how far its interval reaches.

    That is Wilson's, in which a row counts once, however many seeds there are, and repeats of folds.
    """
    bins = np.clip((said * BINS).astype(np.int64), 0, BINS - 1).ravel()
    counts = np.bincount(bins, minlength=BINS)
    there = counts > 0
    means, shares = (
        np.bincount(bins, values.ravel(), BINS)[there] / counts[there] for values in (said, right.astype(np.float64))
    )
    rows, z = counts[there] / (len(said) * repeats), NORMAL
    middle = (shares + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * np.sqrt(shares * (1 - shares) / rows + np.square(z / (2 * rows)))
    return means, shares, np.maximum([shares - middle + half, middle + half - shares], 0)
