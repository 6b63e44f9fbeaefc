"""The summary of a study: its results without times, so that equal studies give equal bytes."""

from typing import Any

from mindgap.report.study_files import Level, Record, StudyFiles


def summarise(study: StudyFiles, name: str, digest: str, keys: dict[str, str]) -> Record:
    """What `summary.json` holds.

    `name` is the study's, `digest` that of its prepared data, `keys` the address of each stage's result.
    """
    return {
        "study": name,
        "dataset": _dataset(study.dataset, digest),
        "keys": keys,
        "search": {level: _search(found) for level, found in study.levels.items()},
        "final": _final(study),
        "baselines": study.evaluation["baselines"],
    }


def _dataset(dataset: Record, digest: str) -> Record:
    kept = ("name", "task", "classes", "features", "rows", "duplicates")
    target = dataset["target"] and {field: dataset["target"][field] for field in ("name", "mean", "scale")}
    return {**{field: dataset[field] for field in kept}, "target": target, "digest": digest}


def _search(level: Level) -> Record:
    found = level.summary
    best: dict[str, Any] | None = found["best"]
    return {
        **{field: found["counts"][field] for field in ("trials", "finished", "diverged", "stopped_early")},
        "best": best and {"value": best["value"], "params": best["params"]},
        "space": found["space"],
        "at_edge": {entry["param"]: entry["at_edge"] for entry in found["narrowing"] if entry["at_edge"]},
    }


def _final(study: StudyFiles) -> Record:
    evaluation = study.evaluation
    return {
        "params": evaluation["spec"],
        "seeds": evaluation["replicates"],
        "metrics": evaluation["metrics"],
        "gap": evaluation["gap"],
        "overfitting_epoch": evaluation["overfitting_epoch"]["first"],
        "verdict": evaluation["verdict"],
    }
