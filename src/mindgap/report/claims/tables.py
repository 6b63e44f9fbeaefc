"""Tables: what pictures of claims show, as CSV files of equal bytes for equal content."""

import csv
from collections.abc import Iterator
from pathlib import Path

from mindgap.params.claim import Claim
from mindgap.report.drawing.style import Table
from mindgap.results.judgement import Judgement


def write_table(table: Table, path: Path) -> None:
    """Write a table with its columns' names in the first row; what there is not stays empty."""
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(table.columns)
        rows.writerows(table.rows)


def replicates(claim: Claim, judgement: Judgement) -> Table:
    """Every measure of a claim by task, arm and replicate: between what it lies, both the same where it is known."""
    return Table(
        ("claim", "task", "measure", "arm", "replicate", "low", "high"), [*_replicates(claim.claim, judgement)]
    )


def _replicates(name: str, judgement: Judgement) -> Iterator[tuple[object, ...]]:
    for task, found in judgement.tasks.items():
        for measure, values in {judged.measure: judged.values for judged in found.predictions}.items():
            for arm, bounds in values.items():
                for replicate, (low, high) in enumerate(bounds, start=1):
                    yield name, task, measure, arm, replicate, low, high
