"""The summary of a study: its results without times, so that equal studies give equal bytes."""

from dataclasses import dataclass
from typing import Any

from mindgap.data.overview import ColumnOverview, Overview
from mindgap.data.prepared import Dataset
from mindgap.report.findings import decision
from mindgap.report.study import FinishedStudy
from mindgap.results.baselines import Tuned
from mindgap.results.evaluation import BaselineScores
from mindgap.results.level import Level
from mindgap.results.training import Candidate
from mindgap.store.documents import Document, plain


@dataclass(frozen=True)
class Summary(Document):
    """What programs read of a study: `keys` are the addresses of the stages' results by name."""

    FILE = "summary.json"

    study: str
    dataset: dict[str, Any]
    keys: dict[str, str]
    search: dict[str, Any]
    final: dict[str, Any]
    baselines: BaselineScores
    tuned: dict[str, Tuned]


def summarise(study: FinishedStudy, name: str, digest: str | None, keys: dict[str, str]) -> Summary:
    """The summary of a study of this name; `digest` is that of its raw data."""
    return Summary(
        study=name,
        dataset=_dataset(study.dataset, study.overview, digest),
        keys=keys,
        search={name: _search(level, study.retrained(level)) for name, level in study.levels.items()},
        final=_final(study),
        baselines=study.evaluation.baselines,
        tuned=study.tuned,
    )


def _dataset(dataset: Dataset, overview: Overview | None, digest: str | None) -> dict[str, Any]:
    kept = ("name", "task", "classes", "features", "rows", "duplicates")
    target = dataset.target and {field: getattr(dataset.target, field) for field in ("name", "mean", "scale")}
    columns = overview and [_column(column) for column in overview.columns]
    own = {field: getattr(dataset, field) for field in kept}
    return {**own, "target": target, "columns": columns, "digest": digest}


def _column(column: ColumnOverview) -> dict[str, Any]:
    kept = ("name", "kind", "use", "features", "correlation", "alone")
    return {**{field: getattr(column, field) for field in kept}, "dropped": column.dropped and column.dropped.why}


def _search(level: Level, retrained: Candidate | None) -> dict[str, Any]:
    """`best.value` is a maximum over trials, so optimistic; `best.retrained` is that trial's mean over the seeds."""
    return {
        **plain(level.counts),
        "best": {
            "value": level.best.value,
            "params": level.best.params,
            "retrained": retrained.mean if retrained else None,
        },
        "space": level.space,
        "at_edge": {step.param: step.at_edge for step in level.narrowing if step.at_edge},
    }


def _final(study: FinishedStudy) -> dict[str, Any]:
    evaluation = study.evaluation
    return {
        "params": evaluation.spec,
        "seeds": evaluation.replicates,
        "folds": evaluation.folds,
        "metrics": evaluation.metrics,
        "gap": evaluation.gap,
        "test_gap": evaluation.test_gap,
        "advantage": evaluation.advantage,
        "ensemble": evaluation.ensemble,
        "saved": study.training.save,
        "overfitting_epoch": evaluation.overfitting_epoch,
        "importance": study.reliance.columns,
        "verdict": study.verdict,
        "leading": study.leading,
        "decision": decision(study),
    }
