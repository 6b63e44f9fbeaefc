"""Laws of large tables: what pyarrow reads of a file is what the strict reader reads of it, or nothing."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mindgap.data import arrow
from mindgap.data.arrow import Irregular
from mindgap.data.raw import Raw
from mindgap.data.sources import csv
from mindgap.errors import UserError
from mindgap.params.sources.csv import Csv

DIGITS = st.text("0123456789", min_size=1, max_size=22)
EXPONENTS = st.one_of(st.just(""), st.integers(-330, 330).map(lambda e: f"e{e}"), st.just("E+07"))
SPELLED = st.tuples(
    st.sampled_from(["", "-", "+"]),
    st.one_of(DIGITS, DIGITS.map(lambda d: f"{d}."), DIGITS.map(lambda d: f".{d}"), st.just("3.14159")),
    EXPONENTS,
).map("".join)
NUMBERS = st.one_of(st.floats(allow_nan=False, allow_infinity=False).map(repr), SPELLED)
GONE = st.sampled_from(["", "NA", "nan", "NaN", "?", "n/a", "NULL", "  "])
ODD = st.sampled_from(
    ["inf", "-nan", "nan(1)", "1_0", "0x1p3", "1e", ".", "1,5", "١", "1 2", '"3"', '"3"4', ' "5"', "1e999"]
)
CATEGORIES = st.sampled_from(
    ["red", " red", "blue ", "grün", '"a,b"', '"say ""hi"""', '"two\nlines"', 'in"side', "x'y"]
)


def spaced(cells: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(["", "", " ", "\t"]), cells, st.sampled_from(["", "", " "])).map("".join)


def rows_of(number: st.SearchStrategy[str], category: st.SearchStrategy[str]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.tuples(number, category, st.sampled_from(["a", "b", "1", "1.0"])), min_size=3, max_size=25)


REGULAR = rows_of(
    st.one_of(NUMBERS, st.sampled_from(["", "NA", "nan", "?"])), st.sampled_from(["red", "grün", '"a,b"'])
)
ANY = rows_of(spaced(st.one_of(NUMBERS, GONE, ODD)), st.one_of(CATEGORIES, GONE, NUMBERS, spaced(CATEGORIES)))


def both(text: str, **params: Any) -> tuple[Raw | str, Raw | str]:
    """What the strict reader and pyarrow make of a text: rows, or a message."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow, "SAMPLE", 2)
        path = Path(folder) / "table.csv"
        path.write_bytes(text.encode())
        data, found = Csv(source="csv", path=str(path), missing="impute", delimiter=",", **params), list[Raw | str]()
        for load in (csv._load_strictly, csv._load_regular):
            try:
                found.append(load(data, None))
            except UserError as error:
                found.append(str(error))
            except Irregular:
                found.append("irregular")
    return found[0], found[1]


def assert_equal(strict: Raw | str, regular: Raw | str) -> None:
    if isinstance(strict, str) or isinstance(regular, str):
        assert strict == regular
        return
    assert strict.x.tobytes() == regular.x.tobytes()
    assert (strict.columns, strict.classes, strict.layout) == (regular.columns, regular.classes, regular.layout)
    assert np.array_equal(strict.y, regular.y)


def table(rows: list[Any], end: str = "\n") -> str:
    return end.join(["size,colour,kind", "0.5,red,a", *(",".join(row) for row in rows), ""])


@settings(max_examples=300)
@given(ANY, st.sampled_from(["\n", "\r\n", "\r"]))
@example([("1", 'in"side', "a")] * 3, "\n")
@example([("1", '"open', "a")] * 3, "\n")
@example([('"3"4', "red", "a")] * 3, "\n")
@example([("-nan", "red", "a")] * 3, "\n")
@example([("1", "red", "a", "b")] * 3, "\n")
@example([("1", "red", "a"), ("",), (" ",), ("2", "red", "b")], "\n")
def test_pyarrow_reads_what_the_strict_reader_reads_or_nothing(rows: list[Any], end: str) -> None:
    strict, regular = both(table(rows, end))
    if regular != "irregular":
        assert_equal(strict, regular)


@settings(max_examples=300)
@given(REGULAR)
def test_regular_tables_are_read_by_pyarrow_bit_for_bit(rows: list[Any]) -> None:
    plain = [row for row in rows if not row[0].startswith("+") and "e" not in row[0].lower()]
    strict, regular = both(table([*plain, ("2", "red", "b")]))
    assert_equal(strict, regular)


@given(st.lists(NUMBERS, min_size=2, max_size=20))
def test_measurements_are_read_bit_for_bit(values: list[str]) -> None:
    strict, regular = both("colour,size\n" + "".join(f"red,{value}\n" for value in ["1", *values]), task="regression")
    if regular != "irregular":
        assert isinstance(strict, Raw)
        assert isinstance(regular, Raw)
        assert strict.y.tobytes() == regular.y.tobytes()
