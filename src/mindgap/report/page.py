"""The report of a study: one page that opens from disk and needs nothing else."""

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mindgap.report import numbers
from mindgap.report.drawing.figure import Figure
from mindgap.report.findings import confusions, flattened, large_errors, warnings
from mindgap.report.shown import SHOWN, compared, shown
from mindgap.report.study_files import StudyFiles
from mindgap.tasks import METRICS, SCORES, Task

__all__ = ["write_report"]

_BASELINES: dict[Task, dict[str, str]] = {
    "classification": {"linear": "Linear classifier", "majority": "Majority class"},
    "regression": {"linear": "Ridge regression", "mean": "Mean of the training rows"},
}

_TEMPLATES = Path(__file__).parent / "templates"


def write_report(
    study: StudyFiles,
    figures: list[Figure],
    ledger: list[dict[str, Any]],
    keys: dict[str, str],
    title: str,
    out: Path,
) -> None:
    """Write the page `out`, with the figures inside it.

    `ledger` has an entry for each reading of the data's test rows (`evaluate`, `prepare`, `study`, `time`), `keys` the
    address of each stage's result. Whatever comes from data or params is escaped, and the page's policy allows no script at all.
    """
    pages = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (numbers.percent, numbers.like, numbers.count, numbers.setting)
    pages.filters |= {function.__name__: function for function in filters}
    page = pages.get_template("report.html.jinja").render(
        study=study,
        evaluation=study.evaluation,
        figures={figure.name: figure for figure in figures},
        images={figure.name: _inlined(figure.path) for figure in figures},
        ledger=ledger,
        keys=keys,
        title=title,
        warnings=warnings(study, ledger),
        measures={name: how for name, how in SHOWN.items() if name in study.evaluation["gap"]},
        headline=METRICS[study.task][0],
        score=SCORES[study.task],
        objective=shown(study.objective),
        compared=compared,
        baselines=_BASELINES[study.task],
        confusions=confusions(study) if study.task == "classification" else [],
        large_errors=large_errors(study) if study.task == "regression" else None,
        settings=flattened(study.evaluation["spec"]),
    )
    # A name from data may hold half a character (a lone surrogate), which no encoding can write.
    out.write_text(page, encoding="utf-8", errors="replace")


def _inlined(path: Path) -> str:
    """A figure as a data address: as an image it can neither run scripts nor change the page's style."""
    return f"data:image/svg+xml;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
