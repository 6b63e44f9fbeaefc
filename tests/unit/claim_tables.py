"""What the table of every picture of claims holds to, and its rows by column."""

from math import isfinite

import pytest

OWN = "values"
"""The picture whose numbers are in the claim's own table where it shows what a prediction is about."""


def check(name, drawing, settings):
    """There is one where there is a picture: of equally long rows, of short numbers, words, and what there is not."""
    if not drawing.applies or (name == OWN and settings.get("measure") is None):
        assert drawing.table is None
        return
    columns, found = drawing.table.columns, drawing.table.rows
    assert found
    assert len({*columns}) == len(columns)
    assert {len(row) for row in found} == {len(columns)}
    for value in {value for row in found for value in row}:
        assert type(value) in (int, float, str, type(None)), value
        if isinstance(value, float):
            assert isfinite(value)
            assert value == float(f"{value:.5e}")


def rows_of(drawing, **those):
    """The rows of a drawing's table in which these columns have these values, each by the names of all columns."""
    found = [dict(zip(drawing.table.columns, row, strict=True)) for row in drawing.table.rows]
    return [row for row in found if all(row[name] == value for name, value in those.items())]


def column(drawing, name, **those):
    """One column of these rows."""
    return [row[name] for row in rows_of(drawing, **those)]


def near(values):
    """These values, in six digits; None for what is no number."""
    return [None if value != value else pytest.approx(float(value), rel=1e-5) for value in values]
