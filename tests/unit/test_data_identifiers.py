"""Tests of columns that say which row is which: no features, kept for the test rows as they are, and told."""

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mindgap.cli import main
from mindgap.data.apply import apply_to_csv, apply_to_parquet
from mindgap.data.identifiers import Identifiers
from mindgap.data.met import Met
from mindgap.data.overview import Overview
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, open_rows
from mindgap.data.sources import load
from mindgap.errors import UserError
from mindgap.jobs.view import view_of
from mindgap.params.load import study_of
from mindgap.params.preprocess import Preprocess
from mindgap.report.view import write_view
from mindgap.stages.prepare import prepare
from tests.driver import SMALL, drive, small_study

COLUMNS = ["name", "a", "visit", "who", "day", "kind"]


def table(count: int = 60, width: int = 3) -> list[list[str]]:
    """So many rows; names are numbers with zeros before them, of so many characters, and no name stands in row 7."""
    return [
        [
            "" if row == 7 else str(row).rjust(width, "0"),
            f"{row % 11}.5",
            f"v{row % 7}",
            str(row // 5),
            str(row // 2),
            "xy"[row % 2],
        ]
        for row in range(count)
    ]


def given(folder: Path, rows: list[list[str]] | None = None, source: str = "csv", **own: Any) -> dict[str, Any]:
    """The params of such a table, written into the folder."""
    path, rows = folder / f"table.{source}", table() if rows is None else rows
    if source == "csv":
        header = [COLUMNS] if own.get("header", True) else []
        path.write_text("".join(f"{','.join(row)}\n" for row in [*header, *rows]))
    else:
        found = pd.DataFrame(rows, columns=COLUMNS).astype({"a": float, "who": int, "day": int})
        found.assign(name=found["name"].replace("", None)).to_parquet(path)
    return {"source": source, "path": str(path), "target": "kind", "missing": "impute", "id": "name", **own}


def asked(folder: Path, rows: list[list[str]] | None = None, **own: Any) -> Any:
    """The same, as a source takes them."""
    return study_of({"study": "s", "data": given(folder, rows, **own)}, []).data


@pytest.mark.parametrize("source", ["csv", "parquet"])
@pytest.mark.parametrize("own", [{}, {"group": "who"}, {"time": "day"}])
@pytest.mark.parametrize("ids", ["name", ["name"], ["who", "visit"], ["day", "who"]])
def test_test_rows_keep_their_cells_and_the_columns_are_no_features(
    tmp_path: Path, source: str, own: dict[str, str], ids: Any
) -> None:
    data = asked(tmp_path, source=source, id=ids, **own)
    prepare(data, Preprocess(), 0, tmp_path)
    names = [ids] if isinstance(ids, str) else ids
    found = Identifiers.of(tmp_path)
    assert found is not None
    assert found.names == tuple(names)
    rows = [table()[row] for row in open_rows(tmp_path, "test")]
    assert [[*cells] for cells in found.cells] == [[row[COLUMNS.index(name)] for row in rows] for name in names]
    used = {name.partition("=")[0] for name in Dataset.read(tmp_path).feature_names or ()}
    # A name alone says nothing of new rows, so that texts of that kind are left out anyway.
    assert used - {"name"} == {"a", "visit", "who", "day"} - {*names, *own.values()}
    assert not used & {*names}
    overview = Overview.read(tmp_path)
    assert (overview.ids, overview.ignored) == (tuple(names), ())


def test_a_large_file_gives_the_same_cells(tmp_path: Path) -> None:
    rows = table(400, 4000)
    raw = load(asked(tmp_path, rows, id=["name", "day"], time="day"), 0)
    assert (tmp_path / "table.csv").stat().st_size > 1 << 20
    assert raw.ids is not None
    assert [[*cells] for cells in raw.ids.cells] == [[row[0] for row in rows], [row[4] for row in rows]]
    assert raw.apart is not None
    assert raw.apart.values.tolist() == [row // 2 for row in range(400)]


def test_they_change_nothing_else(tmp_path: Path) -> None:
    for name, own in (("with", {"id": "name"}), ("without", {"id": [], "ignore": ["name"]})):
        (tmp_path / name).mkdir()
        prepare(asked(tmp_path, **own), Preprocess(), 0, tmp_path / name)
    files = {path.name for path in (tmp_path / "with").iterdir()}
    assert files - {path.name for path in (tmp_path / "without").iterdir()} == {Identifiers.FILE}
    for file in files - {Identifiers.FILE, "overview.json", "preprocessing.json"}:
        assert (tmp_path / "with" / file).read_bytes() == (tmp_path / "without" / file).read_bytes()


@pytest.mark.parametrize(("ids", "shared"), [("name", 0), ("day", 60), (["day", "name"], 0), ("visit", 60)])
def test_rows_that_are_called_alike_are_counted(tmp_path: Path, ids: Any, shared: int) -> None:
    prepare(asked(tmp_path, id=ids), Preprocess(), 0, tmp_path)
    assert Overview.read(tmp_path).shared_ids == shared


def test_without_the_test_rows_none_of_their_names_is_written(tmp_path: Path) -> None:
    prepare(asked(tmp_path), Preprocess(), 0, tmp_path, test=False)
    assert Identifiers.of(tmp_path) is None


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"id": "nane"}, "there is no column 'nane' (data.id). Did you mean 'name'? Columns: name, a, visit"),
        ({"id": ["name", "b"]}, "there is no column 'b' (data.id)"),
        ({"id": 9}, "data.id is 9, but the file has 6 columns"),
        ({"id": "kind"}, "column 'kind' stands in data.target and in data.id"),
        ({"ignore": ["name"]}, "column 'name' stands in data.id and in data.ignore"),
        ({"weight": "name"}, "column 'name' stands in data.weight and in data.id"),
        ({"id": ["name", 0]}, "column 'name' stands twice in data.id"),
        ({"id": ["who", "who"], "group": "who"}, "column 'who' stands twice in data.id"),
        ({"id": "name", "header": False, "target": 5}, "data.id is the name 'name', but the file has no header row"),
    ],
)
def test_each_mistake_has_one_message_with_the_file(tmp_path: Path, own: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as caught:
        load(asked(tmp_path, **own), 0)
    assert str(caught.value).startswith(f"{tmp_path / 'table.csv'} (data.path): {said}")


@pytest.mark.parametrize("wrong", [True, 1.5, {"a": 1}, [1.5]])
def test_what_is_no_column_is_refused(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(UserError, match=r"data\.id: a list of columns is needed, by name or index") as caught:
        asked(tmp_path, id=wrong)
    assert len(str(caught.value).splitlines()) == 2


def test_no_key_of_a_job_holds_that_there_are_none(tmp_path: Path) -> None:
    _, without = small_study(tmp_path, {**SMALL, "study": "s", "data": given(tmp_path, id=[])})
    _, with_ids = small_study(tmp_path, {**SMALL, "study": "s", "data": given(tmp_path)})
    assert "id" not in without.prepare.params["data"]
    assert with_ids.prepare.params["data"]["id"] == ["name"]


@pytest.mark.parametrize("columns", [COLUMNS, ["a", "who", "visit", "day"], ["day", "name", "visit", "who", "a"]])
@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_new_rows_may_have_them_or_not(tmp_path: Path, source: str, columns: list[str]) -> None:
    prepare(asked(tmp_path, source=source), Preprocess(), 0, tmp_path)
    new = pd.DataFrame([dict(zip(COLUMNS, row, strict=True)) for row in table()[:3]])[columns]
    new = new.astype({"a": float, "who": int, "day": int})
    met, path = Met(), tmp_path / f"new.{source}"
    if source == "csv":
        new.to_csv(path, index=False)
        apply_to_csv(Preparation.read(tmp_path), path, met)
    else:
        new.to_parquet(path)
        apply_to_parquet(Preparation.read(tmp_path), path, met)
    assert met.ids == ({"name": ["000", "001", "002"]} if "name" in columns else {})
    assert not met.unused


@pytest.mark.parametrize(
    ("line", "there"), [("007,1.5,v1,3,4,x", True), ("007,1.5,v1,3,4", True), ("1.5,v1,3,4", False)]
)
def test_without_a_header_they_are_found_by_their_place(tmp_path: Path, line: str, there: bool) -> None:
    prepare(asked(tmp_path, header=False, target=5, id=0), Preprocess(), 0, tmp_path)
    (tmp_path / "new.csv").write_text(f"{line}\n{line}\n")
    met = Met()
    apply_to_csv(Preparation.read(tmp_path), tmp_path / "new.csv", met)
    assert met.ids == ({"column 0": ["007", "007"]} if there else {})


def test_they_stand_first_in_what_is_said_of_test_rows_and_of_new_rows(tmp_path: Path, capsys: Any) -> None:
    data = given(tmp_path, id=["name", "who"], folds={"folds": 2})
    graph, jobs = small_study(tmp_path / "results", {**SMALL, "study": "s", "data": data, "search": None})
    for job in graph.jobs.values():
        drive(graph, job)
    folder = tmp_path / "results/s"
    (folder / ".current").mkdir(parents=True)
    write_view(view_of(graph, jobs), folder, folder / ".current/now.json")
    with (folder / "predictions.csv").open(newline="") as file:
        header, *lines = csv.reader(file)
    assert header[:5] == ["name", "who", "row", "fold", "class"]
    assert [(line[0], line[1], int(line[2])) for line in lines] == [
        (row[0], row[3], number) for number, row in enumerate(table())
    ]
    page = (folder / "report.html").read_text()
    assert '<th>name</th><th>who</th><th class="n">Row</th><th>True class</th>' in page
    wrong = next(line for line in lines if line[header.index("wrong")] == "1")
    cells = "".join(f'<td class="name-cell">{cell}</td>' for cell in wrong[:2])
    assert f'<tr>{cells}<td class="n">{wrong[2]}</td>' in page
    assert "name and who together say which row is which, and are no feature. No two rows have the same there." in page
    assert main(["predict", str(folder / "model.npz"), str(tmp_path / "table.csv")]) == 0
    said = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    assert said[0] == ["name", "who", "row", "class"]
    assert [line[:3] for line in said[1:]] == [[row[0], row[3], str(number)] for number, row in enumerate(table())]
