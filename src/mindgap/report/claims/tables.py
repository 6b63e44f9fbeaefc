"""Tables: what pictures of claims show, as CSV files of equal bytes for equal content."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mindgap.claims.titles import titles
from mindgap.params.claim import Claim
from mindgap.report.drawing.style import Table
from mindgap.results.judgement import Judgement

QUARTILES = ("lower quartile", "median", "upper quartile")


def table_of(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """The table of a picture: its floats have six significant digits, and what is no number stays empty."""
    return Table(tuple(columns), [tuple(map(_short, row)) for row in rows])


def table_of_bands(
    entry: str, across: str, lines: Mapping[tuple[str, str], tuple[Iterable[object], npt.NDArray[np.float64]]]
) -> Table:
    """The table of an entry's lines with their bands: by task and arm the places on x, and the quartiles at these.

    Quartiles have the shape (3, places); `across` is what x is called.
    """
    return table_of(
        ("task", "arm", "entry", across, *QUARTILES),
        (
            (task, arm, entry, place, *own)
            for (task, arm), (places, band) in lines.items()
            for place, own in zip(places, band.T, strict=True)
        ),
    )


def _short(value: object) -> object:
    """A value as a table has it: of a swept param this may also be a list."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if isfinite(value) else None
    return json.dumps(value) if isinstance(value, bool | list) else value


def write_table(table: Table, path: Path) -> None:
    """Write a table with its columns' names in the first row; what there is not stays empty."""
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(table.columns)
        rows.writerows(table.rows)


def replicates(claim: Claim, judgement: Judgement) -> Table:
    """Every measure of a claim by task, arm and replicate: between what it lies, both the same where it is known."""
    return Table(("claim", "task", "measure", "arm", "replicate", "low", "high"), [*_replicates(claim, judgement)])


def _replicates(claim: Claim, judgement: Judgement) -> Iterator[tuple[object, ...]]:
    called = titles(claim)
    for task, found in judgement.tasks.items():
        for measure, values in {called[judged.number]: judged.values for judged in found.predictions}.items():
            for arm, bounds in values.items():
                for replicate, (low, high) in enumerate(bounds, start=1):
                    yield claim.claim, task, measure, arm, replicate, low, high
