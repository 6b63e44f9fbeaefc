"""A hundred bad tables, each as a plan and the stage `prepare` meet it: one message each, with file, row and column."""

import bz2
import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from mindgap.data import arrow
from mindgap.data.digest import source_digest
from mindgap.data.sources import csv
from mindgap.errors import UserError
from mindgap.params.load import load_study, merge
from mindgap.stages.prepare import prepare
from tests.driver import ROOT

BASE = yaml.safe_load((ROOT / "params/study.yaml").read_text())
BASE["data"] = {key: BASE["data"][key] for key in ("val_fraction", "test_fraction")}
NAMES = ("size", "width", "colour", "kind")
ROWS = [(str(row % 17), f"{row * 7 % 23 / 10}", "red" if row % 3 else "blue", "ab"[row % 2]) for row in range(60)]


def table(rows: list[tuple[str, ...]] = ROWS, names: tuple[str, ...] = NAMES, separator: str = ",") -> str:
    """A table as text; a row stands on the line after its number plus one."""
    return "".join(f"{separator.join(cells)}\n" for cells in (names, *rows))


GOOD = table()


def cell(row: int, name: str, text: str) -> str:
    """The good table with another cell."""
    cells = list(ROWS[row])
    cells[NAMES.index(name)] = text
    return table([*ROWS[:row], tuple(cells), *ROWS[row + 1 :]])


def line(row: int, text: str) -> str:
    """The good table with another line."""
    lines = GOOD.splitlines(keepends=True)
    return "".join([*lines[: row + 1], f"{text}\n", *lines[row + 2 :]])


def column(of: Callable[[int], object]) -> str:
    """The good table with one more column, `more`, before the target."""
    rows = [(*cells[:3], str(of(row)), cells[3]) for row, cells in enumerate(ROWS)]
    return table(rows, (*NAMES[:3], "more", NAMES[3]))


def day(row: int) -> str:
    return f"2024-01-{1 + row % 28:02}"


def packed(name: str, text: str) -> bytes:
    """A zip archive of one file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, text)
    return content.getvalue()


FRAME = pd.read_csv(io.StringIO(GOOD))


def parquet(frame: pd.DataFrame = FRAME, **columns: Any) -> bytes:
    content = io.BytesIO()
    frame.assign(**columns).to_parquet(content, index=False)
    return content.getvalue()


def damaged(content: bytes, place: int) -> bytes:
    return content[:place] + bytes(255 - byte for byte in content[place : place + 40]) + content[place + 40 :]


X, Y = FRAME[["size", "width"]].to_numpy(float), (FRAME["kind"] == "a").to_numpy(int)


def npz(**arrays: Any) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


Bad = tuple[str | bytes, dict[str, Any], str]

TEXTS: dict[str, Bad] = {
    "one row": (table(ROWS[:1]), {}, "the only row is of one class, 'a'"),
    "two rows": (table(ROWS[:2]), {}, "fewer rows of a class than splits: 'a' has 1, 'b' has 1"),
    "one class": (table([(*cells[:3], "a") for cells in ROWS]), {}, "all 60 rows are of one class, 'a'"),
    "a class of one row": (cell(5, "kind", "z"), {}, "fewer rows of a class than splits: 'z' has 1"),
    "one column, with the header that texts need": ("kind\n" + "a\nb\n" * 30, {}, "there is one column, the target"),
    "a cell too few": (line(4, "1,2,red"), {}, "line 6 has 3 (1 of 61 rows differ)"),
    "a separator too many in each row": (GOOD.replace("\n", ",\n").replace(",\n", "\n", 1), {}, "line 2 has 5"),
    "a separator too many in all lines": (GOOD.replace("\n", ",\n"), {}, "column 4 (counted from 0) has no name"),
    "a title above": (f"Table 1\n{GOOD}", {}, "the first row has 1 cells separated by ',', but line 2 has 4"),
    "a sum below": (f"{GOOD}Total,60,,\n", {}, "the target 'kind' is empty in line 62"),
    "a remark below": (f"{GOOD}from: a book\n", {}, "line 62 has 1 (1 of 62 rows differ)"),
    "units below the names": (line(0, "cm,cm,name,name"), {}, "column 'size' holds numbers and text: line 2 'cm'"),
    "two tables": (GOOD + GOOD, {}, "column 'size' holds numbers and text: line 62 'size' (1 of 121 rows)"),
    "an index without a name": (
        table([(str(row), *cells) for row, cells in enumerate(ROWS)], ("", *NAMES)),
        {},
        "column 0 (counted from 0) has no name",
    ),
    "a name of spaces": (GOOD.replace("width", "  ", 1), {}, "column 1 (counted from 0) has no name"),
    "names that differ by spaces": (GOOD.replace("width", " size ", 1), {}, "more than one column is named 'size'"),
    "lines in quotes": (
        "".join(f'"{text}"\n' for text in GOOD.splitlines()),
        {},
        "there is one column, the target",
    ),
    "a quote that closes too early": (line(3, '1,2,"red"x,a'), {}, "the row that begins on line 5 cannot be read"),
    "a quote that never closes": (line(58, '1,2,"red,a'), {}, "the row that begins on line 60 cannot be read"),
    "the wrong separator": (GOOD, {"delimiter": ";"}, "with the separator ';' there is one column"),
    "a name and the wrong separator": (GOOD, {"delimiter": ";", "target": "kind"}, "there is no column 'kind'"),
    "JSON": ('[{"a": 1, "b": 2}, {"a": 3, "b": 4}]\n', {}, "the row that begins on line 1 cannot be read"),
    "HTML": ("<html><body>Not found</body></html>\n", {}, "a header and no rows"),
    "UTF-16": (GOOD.encode("utf-16"), {}, "this is UTF-16 text. Save it as UTF-8"),
    "UTF-16 of the other order": (b"\xfe\xff" + GOOD.encode("utf-16-be"), {}, "this is UTF-16 text"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), {}, "line 1 holds a zero byte"),
    "UTF-32": (GOOD.encode("utf-32-be"), {}, "line 1 holds a zero byte"),
    "Latin-1 in a name": (GOOD.replace("colour", "größe").encode("latin-1"), {}, "line 1 holds the byte 0xf6"),
    "Latin-1 in a cell": (cell(40, "colour", "röd").encode("latin-1"), {}, "line 42 holds the byte 0xf6"),
    "a zero byte": (cell(3, "width", "\x002"), {}, "line 5 holds a zero byte"),
    "zero bytes": (b"\0" * 200, {}, "line 1 holds a zero byte"),
    "a workbook": (packed("xl/workbook.xml", "<workbook/>"), {}, "this is a zip archive, as .xlsx and .npz are"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), {}, "line 1 holds the byte 0x89"),
    "bzip2": (bz2.compress(GOOD.encode()), {}, "so the file is not UTF-8 text"),
    "Parquet": (parquet(), {}, "this is a Parquet file. Write data.source: parquet"),
    "a NumPy array": (b"\x93NUMPY\x01\x00", {}, "this is a NumPy array. Write data.source: npz"),
    "gzip, cut off": (gzip.compress(GOOD.encode())[:-20], {}, "the gzip stream is cut off or damaged"),
    "gzip, two bytes of it": (b"\x1f\x8b", {}, "the gzip stream is cut off or damaged"),
    "gzip and more": (gzip.compress(GOOD.encode()) + b"more", {}, "the gzip stream is cut off or damaged"),
    "gzip of nothing": (gzip.compress(b""), {}, "the file is empty"),
    "gzip of gzip": (gzip.compress(gzip.compress(GOOD.encode())), {}, "line 1 holds the byte 0x8b"),
}

CELLS: dict[str, Bad] = {
    **{
        f"the cell {text}": (cell(9, "size", text), {}, f"column 'size' holds numbers and text: line 11 {text!r}")
        for text in (
            "3 cm",
            "1'234",
            "45%",
            "$3",
            "0x1f",
            "TRUE",
            "1+2j",
            "\u0661\u0662",
            "\u22123",
            "#N/A",
            "None",
            "-",
        )
    },
    "thousands": (cell(9, "size", '"1,234"'), {}, "column 'size' holds numbers and text: line 11 '1,234'"),
    "decimal commas": (
        table([tuple(text.replace(".", ",") for text in cells) for cells in ROWS], separator=";"),
        {},
        "column 'width' holds numbers with a decimal comma",
    ),
    **{
        f"thousands in all cells, as {text}": (
            table([(f'"{row % 7}{text}"', *cells[1:]) for row, cells in enumerate(ROWS)], separator=";"),
            {},
            f"column 'size' holds numbers with a decimal comma or marks between thousands, such as {'0' + text!r}",
        )
        for text in (",234,567", ".234,50", " 234", "'234.5")
    },
    "one decimal comma": (
        table(ROWS, separator=";").replace("\n0;0.0;", "\n0;0,5;", 1),
        {},
        "column 'width' holds numbers and text: line 2 '0,5'",
    ),
    "a number beyond float64": (cell(9, "size", "1e999"), {}, "column 'size' holds numbers and infinities: line 11"),
    "a number beyond float32": (cell(9, "size", "1e308"), {}, "feature 'size' holds values too large"),
    "numbers whose squares overflow": (column(lambda row: f"{row}e200"), {}, "feature 'more' holds values too large"),
    "a gap, of numbers": (cell(9, "size", ""), {}, "1 cell is missing: line 11 column 'size'"),
    "a gap, of texts": (cell(9, "colour", "NA"), {}, "1 cell is missing: line 11 column 'colour'"),
    "constant columns": (table([("1", "2", "red", cells[3]) for cells in ROWS]), {}, "no column is left to predict"),
    "texts that each row has for itself": (
        table([(f"n{row}", "ab"[row % 2]) for row in range(300)], ("name", "kind")),
        {"header": True},
        "no column is left to predict 'kind' from",
    ),
    "dates of two formats": (
        column(lambda row: day(row) if row % 3 else f"{1 + row % 28:02}.01.2024"),
        {},
        "column 'more' holds dates and other texts: line 2 '01.01.2024'",
    ),
    "a day that never was": (
        column(lambda row: "2024-02-30" if row == 7 else day(row)),
        {},
        "column 'more' holds dates and other texts: line 9 '2024-02-30' (1 of 60 rows)",
    ),
    "a day as a number": (
        column(lambda row: "45292" if row == 7 else day(row)),
        {},
        "column 'more' holds numbers and text: line 2 '2024-01-01'",
    ),
}

COLUMNS: dict[str, Bad] = {
    **{
        f"{key} of no such name": (GOOD, {key: "siez"}, f"there is no column 'siez' (data.{key}). Did you mean 'size'?")
        for key in ("group", "time", "weight")
    },
    **{
        f"{key} of no such index": (GOOD, {key: 9}, f"data.{key} is 9, but the file has 4 columns")
        for key in ("target", "group", "time", "weight")
    },
    **{
        f"{key} that is a list": (GOOD, {key: ["size"]}, f"data.{key}: the name of a column or its index is needed")
        for key in ("target", "group", "time", "weight")
    },
    **{
        f"{key} twice": (GOOD, {key: ["size", 0]}, f"column 'size' stands twice in data.{key}")
        for key in ("ignore", "categorical")
    },
    **{
        f"{key} of the target": (GOOD, {key: ["kind"]}, f"column 'kind' stands in data.target and in data.{key}")
        for key in ("ignore", "categorical")
    },
    "a target in another case": (
        GOOD,
        {"target": "Kind"},
        "there is no column 'Kind' (data.target). Did you mean 'kind'",
    ),
    "a target whose name is a number, as an index": (
        GOOD.replace("width", "2021", 1),
        {"target": 2021},
        "data.target is 2021, but the file has 4 columns (separator ','): 0 to 3 from the left, or -1 to -4 from the "
        "right. A name that is a number stands in quotes.",
    ),
    "a target of measurements": (
        column(lambda row: row / 7),
        {"target": "more"},
        "They look like measurements: if so, write data.task: regression",
    ),
    "a weight below 0": (
        column(lambda row: -1 if row == 5 else 1),
        {"weight": "more"},
        "the weight 'more' is empty or below 0 in line 7",
    ),
    "a weight that is NaN": (
        column(lambda row: "NaN" if row == 5 else 1),
        {"weight": "more", "missing": "impute"},
        "the weight 'more' is empty or below 0 in line 7",
    ),
    "weights that cannot be added up": (
        column(lambda row: "1e308"),
        {"weight": "more"},
        "the weight 'more' is too large for 32-bit floating point in line 2",
    ),
    "an infinite weight": (
        column(lambda row: "inf" if row == 5 else 1),
        {"weight": "more"},
        "column 'more' holds numbers and infinities: line 7 'inf' (1 of 60 rows). Write numbers from 0",
    ),
    "a weight in words": (GOOD, {"weight": "colour"}, "column 'colour' holds text: line 2 'blue', line 3 'red'"),
    "weights of days": (column(day), {"weight": "more"}, "column 'more' holds text: line 2 '2024-01-01'"),
    "one group": (column(lambda row: "x"), {"group": "more"}, "column 'more' holds too few groups, 1; 3 are needed"),
    "a group that is the class": (
        column(lambda row: row % 2),
        {"group": "more"},
        "column 'more' holds too few groups, 2; 3 are needed",
    ),
    "one large group": (
        column(lambda row: "x" if row < 55 else row),
        {"group": "more"},
        "the training split would have 55 rows where about 36 were asked for; 'x' alone has 55 rows",
    ),
    "times in words": (column(lambda row: f"week {row}"), {"time": "more"}, "holds texts, such as 'week 0'"),
    "times of another format": (column(lambda row: f"{1 + row % 12}/1/2024"), {"time": "more"}, "such as '1/1/2024'"),
    "a time that is missing": (
        column(lambda row: "" if row == 3 else row),
        {"time": "more", "missing": "impute"},
        "column 'more' (data.time) is empty in line 5",
    ),
    "a time in words": (
        column(lambda row: "tomorrow" if row == 7 else day(row)),
        {"time": "more"},
        "line 9 'tomorrow' (1 of 60 rows). Write dates or numbers into these cells, or correct data.time",
    ),
    "an infinite time": (
        column(lambda row: "inf" if row == 3 else row),
        {"time": "more"},
        "line 5 'inf' (1 of 60 rows). Write dates or numbers into these cells, or correct data.time",
    ),
    "one time": (column(lambda row: day(0)), {"time": "more"}, "holds too few times, 1; 3 are needed"),
    "measurements in words": (GOOD, {"task": "regression"}, "the target 'kind' holds text: line 2 'a'"),
    "measurements of days": (
        column(day),
        {"target": "more", "task": "regression"},
        "the target 'more' holds text: line 2 '2024-01-01'",
    ),
    "measurements that never vary": (
        column(lambda row: 3),
        {"target": "more", "task": "regression"},
        "the target 'more' is 3 in all 60 rows",
    ),
    "a measurement beyond float32": (
        column(lambda row: "1e40" if row == 2 else row),
        {"target": "more", "task": "regression"},
        "the target 'more' holds 1e+40 in row 2 (counted from 0), too large",
    ),
    "an order of which a category is missing": (
        GOOD,
        {"ordinal": {"colour": ["red", "green"]}},
        "column 'colour' holds what is not in its order (data.ordinal: red, green): line 2 'blue'",
    ),
    "an order that is a list": (GOOD, {"ordinal": ["colour"]}, "data.ordinal: columns with their order are needed"),
    "a second file that is not there": (
        GOOD,
        {"test_path": "none.csv", "test_fraction": None},
        "data.test_path: there is no file 'none.csv'",
    ),
}

PARQUET: dict[str, Bad] = {
    "no byte": (b"", {}, "this is no Parquet file, or it is damaged"),
    "a text": (GOOD, {}, "this is no Parquet file, or it is damaged"),
    "cut off": (parquet()[:-30], {}, "this is no Parquet file, or it is damaged"),
    "damaged": (damaged(parquet(), 60), {}, "the file is damaged"),
    "no rows": (parquet(FRAME[:0]), {}, "the file has 4 columns and 0 rows"),
    "no columns": (parquet(pd.DataFrame(index=range(5))), {}, "the file has 0 columns"),
    "one column": (parquet(FRAME[["kind"]]), {}, "there is one column, the target"),
    "lists": (parquet(size=[[1, 2]] * 60), {}, "found 'size' (list<element: int64>)"),
    "structures": (parquet(size=[{"a": 1}] * 60), {}, "found 'size' (struct<a: int64>)"),
    "bytes": (parquet(size=[b"x"] * 60), {}, "found 'size' (binary)"),
    "nothing": (parquet(size=None), {}, "found 'size' (null)"),
    "durations": (parquet(size=[timedelta(1)] * 60), {}, "found 'size' (duration"),
    "times of day": (parquet(size=[time(1, 2)] * 60), {}, "found 'size' (time64"),
    "a gap": (parquet(width=FRAME["width"].where(FRAME.index != 4)), {}, "1 cell is missing: row 4 column 'width'"),
    "an infinity": (parquet(width=FRAME["width"].where(FRAME.index != 4, np.inf)), {}, "row 4 inf (1 of 60 rows)"),
    "a class that is missing": (
        parquet(kind=FRAME["kind"].where(FRAME.index != 3)),
        {},
        "the target 'kind' is empty in row 3 (1 of 60 rows)",
    ),
    "numbers beyond float32": (parquet(width=1e300 * FRAME["width"]), {}, "feature 'width' holds values too large"),
    "no such target": (parquet(), {"target": "knd"}, "there is no column 'knd' (data.target). Did you mean 'kind'?"),
    "a param of text files": (parquet(), {"header": True}, "data.header: unknown key"),
}

NPZ: dict[str, Bad] = {
    "labels that are objects": (npz(x=X, y=np.array(["a", "b"] * 30, dtype=object)), {}, "array y cannot be read"),
    "a text": (GOOD, {}, "this is no .npz archive"),
    "an archive of a text": (packed("x.csv", GOOD), {}, "array x and y is missing; found x.csv"),
    "an archive of no arrays": (packed("x.npy", "hello"), {}, "array y is missing; found x"),
    "records": (npz(x=np.zeros(60, [("a", float)]), y=Y), {}, "x has shape (60,) and type [('a', '<f8')]"),
    "dates": (npz(x=np.full((60, 2), np.datetime64("2024-01-01")), y=Y), {}, "type datetime64[D]"),
    "five axes": (npz(x=np.zeros((60, 1, 1, 1, 1)), y=Y), {}, "x has shape (60, 1, 1, 1, 1)"),
    "a number": (npz(x=np.float64(3), y=Y), {}, "x has shape ()"),
    "labels that are bytes": (npz(x=X, y=np.array([b"a", b"b"] * 30)), {}, "y has type |S1"),
    "labels that are NaN": (npz(x=X, y=np.where(Y == 1, 0, np.nan)), {}, "y holds nan in row 1 (counted from 0)"),
    "one class": (npz(x=X, y=0 * Y), {}, "all 60 rows are of one class, '0'"),
    "a class a row": (npz(x=X, y=np.arange(60)), {}, "They look like measurements: if so, write data.task: regression"),
    "numbers beyond float32": (npz(x=1e300 * X, y=Y), {}, "feature number 0 (counted from 0) holds values too large"),
    "equal rows": (npz(x=np.ones((60, 2)), y=Y), {}, "all 2 features are constant on the training rows"),
    "no rows": (npz(x=X[:0], y=Y[:0]), {}, "x has shape (0, 2) and so holds no number"),
    "a target's name": (npz(x=X, y=Y), {"target": "y"}, "data.target: unknown key"),
}

BAD = [
    pytest.param(source, suffix, *bad, id=f"{source}: {name}")
    for source, suffix, some in (
        ("csv", ".csv", TEXTS),
        ("csv", ".csv", CELLS),
        ("csv", ".csv", COLUMNS),
        ("parquet", ".parquet", PARQUET),
        ("npz", ".npz", NPZ),
    )
    for name, bad in some.items()
]


def refusal(folder: Path, *given: Any) -> str:
    with pytest.raises(UserError) as caught:
        prepared(folder, *given)
    return str(caught.value)


def prepared(folder: Path, source: str, suffix: str, content: str | bytes, data: dict[str, Any]) -> None:
    """Plan and prepare a table, as a study would."""
    path = folder / f"own{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    study = load_study(merge(BASE, {"data": {"source": source, "path": str(path), **data}}))
    source_digest(study.data)
    prepare(study.data, study.preprocess, study.seed, folder)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("source", "suffix", "content", "data", "said"), BAD)
def test_a_bad_table_ends_in_one_message(
    tmp_path: Path, source: str, suffix: str, content: str | bytes, data: dict[str, Any], said: str
) -> None:
    message = refusal(tmp_path, source, suffix, content, data)
    assert said in message
    *above, message = message.splitlines()
    assert above in ([], ["1 error in the params:"])
    assert message.startswith((f"{tmp_path / 'own'}{suffix} (data.path): ", "data.", "--config: data."))
    assert len(message.replace(str(tmp_path), "")) < 600
    assert message.endswith(".") or above


@pytest.mark.parametrize("bad", [pytest.param(bad, id=name) for name, bad in {**TEXTS, **CELLS, **COLUMNS}.items()])
def test_what_is_said_of_a_large_table_is_said_of_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: Bad
) -> None:
    content, data, _ = bad
    small = refusal(tmp_path, "csv", ".csv", content, data)
    monkeypatch.setattr(csv, "LARGE", 0)
    monkeypatch.setattr(arrow, "SAMPLE", 8)
    assert refusal(tmp_path, "csv", ".csv", content, data) == small


def test_there_are_a_hundred_of_them_and_the_good_ones_are_good(tmp_path: Path) -> None:
    assert len(BAD) >= 100
    for suffix, content in ((".csv", GOOD), (".parquet", parquet()), (".npz", npz(x=X, y=Y))):
        (tmp_path / suffix).mkdir()
        prepared(tmp_path / suffix, suffix[1:], suffix, content, {})


def test_numbers_between_which_nothing_can_be_divided_are_prepared(tmp_path: Path) -> None:
    prepared(tmp_path, "csv", ".csv", column(lambda row: f"{row}e-320"), {})
