"""The columns of a table in words: what each is and became, and what makes one doubt it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mindgap.data.dates import written
from mindgap.data.overview import AWAY, ColumnOverview, Overview
from mindgap.report.numbers import NOTHING, percent, significant


def doubts(overview: Overview | None) -> Iterator[str]:
    """What the columns of a table make one doubt."""
    columns = () if overview is None else overview.columns
    for column in columns:
        if column.alone is not None and column.alone >= AWAY:
            yield (
                f"Column {column.name!r} gives the target away: by itself it takes {percent(column.alone, 0)} % of the "
                "errors from a prediction of validation rows. If it is not known before the target is, write it into "
                "data.ignore."
            )
        if column.counts_rows and column.use is not None:
            yield (
                f"Column {column.name!r} numbers the rows, as it seems; what the network learns of it holds for these "
                "rows alone. Write it into data.ignore."
            )
        if column.commonest and all(_LIKE_A_DATE.fullmatch(text) for text, _ in column.commonest):
            yield (
                f"Column {column.name!r} holds texts that look like dates, such as {column.commonest[0][0]}, and is "
                "taken for categories. Write dates as 2024-03-01 or 2024-03-01 12:30, so that they are read as such."
            )
    for split, name in (("val", "validation"), ("test", "test")):
        drifting = sorted((c for c in columns if split in c.drifts), key=lambda c: -c.drift[split])
        if drifting:
            named = ", ".join(f"{c.name!r} ({percent(c.drift[split], 0)} %)" for c in drifting[:5])
            more = f" and {len(drifting) - 5} more" if len(drifting) > 5 else ""
            yield (
                f"The {name} split has other rows than the training split: by chance alone the distributions would not "
                f"be so far apart in {named}{more}."
            )


_LIKE_A_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{2,4}([ T].*)?", re.ASCII)
_KINDS = {"number": "numbers", "category": "categories", "ordinal": "ordered categories", "date": "dates"}
_SPACE = "\N{NARROW NO-BREAK SPACE}"
_USES = {
    "number": "as they are",
    "log": "logarithms",
    "quantile": "normal quantiles",
    "ordinal": "places in the order",
    "date": "days, and angles of year, week or day",
    "target means": "means of the target",
}


@dataclass(frozen=True)
class ColumnRow:
    """A column of a table in words: `values` are what is in it, `drift` the largest distance from the training rows."""

    column: ColumnOverview
    kind: str
    became: str
    values: str
    missing: float
    drift: float


def column_rows(overview: Overview, most: int = 60) -> list[ColumnRow]:
    """The columns in their order; where there are more than so many, those that say most of the target alone."""
    ranked = sorted(overview.columns, key=lambda column: -(column.alone or 0.0))
    shown = {column.name for column in ranked[:most]}
    return [
        ColumnRow(
            column,
            _KINDS[column.kind],
            _became(column),
            _values(column),
            max(column.missing.values()),
            max(column.drift.values(), default=0.0),
        )
        for column in overview.columns
        if column.name in shown
    ]


def _became(column: ColumnOverview) -> str:
    if column.use is None:
        return f"left out: {column.dropped}"
    if column.use == "one-hot":
        together = f", {column.gathered:,} rare ones together" if column.gathered else ""
        return f"a feature each{together}"
    return _USES[column.use]


def _values(column: ColumnOverview) -> str:
    if column.commonest:
        named = ", ".join(f"{name} {percent(share, 0)}{_SPACE}%" for name, share in column.commonest)
        more = column.different - len(column.commonest)
        return f"{named}; {more:,} more" if more else named
    ends = (column.least, column.median, column.greatest)
    if None in ends:
        return NOTHING
    return " … ".join(
        written(round(end)) if column.kind == "date" else significant(end) for end in ends if end is not None
    )
