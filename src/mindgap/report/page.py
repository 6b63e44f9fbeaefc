"""The report of a study: one page that opens from disk and needs nothing else."""

from pathlib import Path
from typing import Any

from mindgap.dotted import flatten
from mindgap.report.columns import column_rows
from mindgap.report.drawing.draw import Figure
from mindgap.report.findings import asked, by_class, chosen_by, confusions, decision, large_errors, reason, warnings
from mindgap.report.folds import fold_rows, over
from mindgap.report.pages import environment, inlined
from mindgap.report.predictions import surely
from mindgap.report.saliency import pictures_worth
from mindgap.report.shown import compared, shown
from mindgap.report.study import FinishedStudy
from mindgap.store.ledger import Reading


def settings(spec: dict[str, Any]) -> list[tuple[str, Any]]:
    """The params of a run and their values, those of a block of convolution by the names that a search gives them."""
    rows: list[tuple[str, Any]] = []
    for name, value in flatten(spec).items():
        if name == "model.convolution" and value:
            blocks = {f"convolution{number}": block for number, block in enumerate(value, 1)}
            rows.extend(flatten(blocks, "model.").items())
        else:
            rows.append((name, value))
    return rows


def write_report(
    study: FinishedStudy,
    figures: list[Figure],
    ledger: list[Reading],
    keys: dict[str, str],
    title: str,
    out: Path,
) -> None:
    """Write the page `out`, with the figures inside it.

    `ledger` has the readings of the data's test rows, `keys` the address of each stage's result. Whatever comes from
    data or params is escaped, and the page's policy allows no script at all.
    """
    pages, test = environment(), study.predictions.test
    pages.filters["reason"] = reason
    page = pages.get_template("report.html.jinja").render(
        study=study,
        evaluation=study.evaluation,
        figures={figure.name: figure for figure in figures},
        images={figure.name: inlined(figure.path.read_text(encoding="utf-8")) for figure in figures},
        ledger=ledger,
        keys=keys,
        title=title,
        warnings=warnings(study, ledger),
        measures={name: shown(name) for name in study.task.metrics if name in study.evaluation.gap},
        relied=shown(study.reliance.metric) if study.reliance.columns else None,
        headline=study.leading.headline,
        score=study.leading.score,
        objective=shown(study.objective),
        compared=compared,
        over=over(study),
        folds=fold_rows(study),
        chosen_by=chosen_by(study),
        said=study.task.said,
        baselines=[name for name in ("trees", "linear", study.task.trivial) if name in study.evaluation.baselines],
        saved=study.evaluation.saved(study.training.save),
        confusions=confusions(study) if study.target is None else [],
        decision=decision(study),
        by_class=by_class(study) if study.target is None else [],
        sure=surely(study) if study.target is None else None,
        large_errors=None if study.target is None else large_errors(test, study.said(test.predicted)),
        settings=settings(study.evaluation.spec),
        gates=asked(study),
        worth=pictures_worth(study),
        columns=[] if study.overview is None else column_rows(study.overview),
    )
    # A name from data may hold half a character (a lone surrogate), which no encoding can write.
    out.write_text(page, encoding="utf-8", errors="replace")
