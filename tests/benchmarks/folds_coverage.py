"""How often intervals over folds hold the truth, with quick learners that stand in for the networks.

`python -m tests.benchmarks.folds_coverage` prints the table of docs/statistics.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from mindgap.data.folds import all_folds, split_fold
from mindgap.data.raw import Raw
from mindgap.intervals import UPPER, Folds, Sample, unseen
from mindgap.metrics import METRICS, Chunk, Measured
from mindgap.params.run import Model, RunSpec, Train
from mindgap.results.statistic import Statistic
from mindgap.training.networks import loss_of

TABLES = 300
FRESH = 4000
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Penalties among which each fold chooses by its validation rows."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """Tables of so many rows and features, of two classes (accuracy) or a target (R2), and how they are cut."""

    metric: str
    rows: int
    features: int
    folds: int = 5
    repeats: int = 1

    def draw(self, random: np.random.Generator, rows: int) -> tuple[Matrix, Matrix]:
        """Fresh rows: a linear target with as much noise as signal, and of classes whether it is above 0."""
        slope = np.random.default_rng(self.features).normal(size=self.features)
        x = random.normal(size=(rows, self.features))
        y = x @ slope / np.linalg.norm(slope) + random.normal(size=rows)
        return x, (y > 0).astype(np.float64) if self.metric == "accuracy" else y


@dataclass(frozen=True)
class Held:
    """How often intervals hold the truth, and half of what they are long in the mean.

    They are that of `Folds`; Student's of the folds' scores, as though these were independent; the corrected
    `resampled` t of Nadeau and Bengio (2003); and that of one split, the first fold alone.
    """

    corrected: float
    uncorrected: float
    resampled: float
    one: float
    reach: float
    reach_resampled: float
    reach_one: float


SETTINGS = [
    Setting(metric, rows, features, 5, repeats)
    for metric in ("accuracy", "r2")
    for rows, features in ((100, 5), (150, 30), (300, 10), (800, 20))
    for repeats in (1, 3)
]


def covered(setting: Setting, tables: int = TABLES) -> Held:
    """Of so many tables: the truth is what such models reach on fresh rows, in the mean over all tables and folds."""
    random = np.random.default_rng([setting.rows, setting.features, setting.folds, setting.repeats])
    found, one, truths = [], [], []
    for table in range(tables):
        x, y = setting.draw(random, setting.rows)
        fresh = setting.draw(random, FRESH)
        classes = ("no", "yes") if setting.metric == "accuracy" else ()
        raw = Raw("table", "table", x, y.astype(np.int64) if classes else y, classes)
        samples, shares = [], []
        for fold in all_folds(setting.folds, setting.repeats):
            splits = split_fold(raw, fold, val_fraction=0.2, seed=table)
            shares.append(len(splits.test) / (len(splits.train) + len(splits.val)))
            choices = [_fitted(strength, x[splits.train], y[splits.train]) for strength in STRENGTHS]
            slope = max(choices, key=lambda slope: _score(setting.metric, slope, x[splits.val], y[splits.val]))
            samples.append(_sample(setting.metric, slope, x[splits.test], y[splits.test]))
            # R2 of few rows is less than that of many, so that fresh rows come as many at a time.
            truths.append(_score(setting.metric, slope, *fresh, len(splits.test)))
        found.append(Folds(setting.folds, float(np.mean(shares))).unseen(samples))
        one.append(unseen(samples[0]))
    truth, overlap = float(np.mean(truths)), float(np.mean(shares))
    scores = np.array([statistic.values for statistic in found])
    count = scores.shape[1]
    sides = stdtrit(count - 1, UPPER) * scores.std(axis=1, ddof=1)
    plain, resampled = sides * np.sqrt(1 / count), sides * np.sqrt(1 / count + overlap)
    off = np.abs(scores.mean(axis=1) - truth)
    return Held(
        corrected=float(np.mean([statistic.holds(truth) for statistic in found])),
        uncorrected=float(np.mean(off <= plain)),
        resampled=float(np.mean(off <= resampled)),
        one=float(np.mean([statistic.holds(truth) for statistic in one])),
        reach=_reach(found),
        reach_resampled=float(resampled.mean()),
        reach_one=_reach(one),
    )


def _reach(statistics: list[Statistic]) -> float:
    return float(np.mean([(found.high - found.low) / 2 for found in statistics if found.high and found.low]))


def _fitted(strength: float, x: Matrix, y: Matrix) -> Matrix:
    """Ridge regression, of classes on 0 and 1: a slope for each feature, and the value at 0."""
    mean, centre = x.mean(axis=0), y.mean()
    z = x - mean
    slope = np.linalg.solve(z.T @ z + strength * np.eye(x.shape[1]), z.T @ (y - centre))
    return np.append(slope, centre - mean @ slope)


def _said(metric: str, slope: Matrix, x: Matrix) -> Matrix:
    said = x @ slope[:-1] + slope[-1]
    return (said > 0.5).astype(np.float64) if metric == "accuracy" else said


def _score(metric: str, slope: Matrix, x: Matrix, y: Matrix, rows: int | None = None) -> float:
    """That of all rows, or the mean over those of so many rows each."""
    said, rows = _said(metric, slope, x), rows or len(y)
    said, y = (values[: len(y) // rows * rows].reshape(-1, rows) for values in (said, y))
    if metric == "accuracy":
        return float((said == y).mean())
    off, around = np.square(said - y), np.square(y - y.mean(axis=1, keepdims=True))
    return float((1 - off.sum(axis=1) / around.sum(axis=1)).mean())


def _sample(metric: str, slope: Matrix, x: Matrix, y: Matrix) -> Sample:
    kind, said = METRICS[metric], _said(metric, slope, x)
    bounds = {"least": kind.least, "most": kind.most}
    if metric == "accuracy":
        hits = (said == y).astype(np.float64)
        return Sample.of([float(hits.mean())], hits[None], classes=y, **bounds)
    loss = loss_of([RunSpec(train=Train(loss="mse"), model=Model(), seed=0)])
    targets, outputs = y.astype(np.float32), said.astype(np.float32)[None, :, None]
    measured = kind(Measured(1, 1, targets, np.ones(1), loss))
    table = measured.by_row(measured.add(Chunk(outputs, targets, loss)))
    return Sample.of(measured.value(len(y)).tolist(), table, **bounds)


def main() -> None:
    print(
        "| rows, features | metric | folds | held | as independent | resampled t | one split | reaches (the last two) |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for setting in SETTINGS:
        held, title = covered(setting), {"accuracy": "accuracy", "r2": "R²"}[setting.metric]
        shares = (held.corrected, held.uncorrected, held.resampled, held.one)
        print(
            f"| {setting.rows}, {setting.features} | {title} | {setting.folds} × {setting.repeats} | "
            f"{' | '.join(f'{share:.3f}' for share in shares)} | "
            f"{held.reach:.3f} ({held.reach_resampled:.3f}, {held.reach_one:.3f}) |",
            flush=True,
        )


if __name__ == "__main__":
    main()
