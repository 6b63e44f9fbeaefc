"""The folds of a study, as a page tells of them."""

from dataclasses import dataclass
from typing import Any

from mindgap.report.study import FinishedStudy


def over(study: FinishedStudy) -> str:
    """What means are taken over."""
    seeds = len(study.evaluation.replicates)
    if not study.folds:
        return "one seed" if seeds == 1 else f"mean of {seeds} seeds"
    return f"mean over {len(study.folds)} folds" + ("" if seeds == 1 else f" and {seeds} seeds")


@dataclass(frozen=True)
class FoldRow:
    """A fold by itself: its name, rows by split, what its search found, and means over its seeds."""

    name: str
    rows: dict[str, int]
    params: dict[str, Any]
    train: float
    val: float
    test: float
    linear: float


def fold_rows(study: FinishedStudy) -> list[FoldRow]:
    """The folds in their order, by the metric that leads; none where there is one split."""
    metric, repeats = study.leading.headline, study.evaluation.repeats
    return [
        FoldRow(
            f"{fold.repeat}/{fold.number}" if repeats > 1 else str(fold.number),
            fold.rows,
            fold.params,
            fold.mean("train", metric),
            fold.mean("val", metric),
            fold.mean("test", metric),
            fold.baselines["linear"]["test"][metric],
        )
        for fold in study.folds
    ]
