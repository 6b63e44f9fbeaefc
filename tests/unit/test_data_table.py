"""Tests of the source `csv`: what it reads, and what it says of a table that is wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mindgap.data.raw import Raw
from mindgap.data.sources.csv import load
from mindgap.errors import UserError
from mindgap.params.sources.csv import Csv


def read(folder: Path, text: str | bytes, **params: Any) -> Raw:
    path = folder / "flowers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(Csv(source="csv", path=str(path), **params), seed=0)


def refusal(folder: Path, text: str | bytes, **params: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(folder, text, **params)
    return str(caught.value)


def test_numbers_categories_and_target_are_told_apart(tmp_path: Path) -> None:
    raw = read(tmp_path, "width,colour,kind\n1.5,red,a\n-2e1,blue,b\n.5,red,a\n")
    assert raw.x.tolist() == [[1.5, 1.0], [-20.0, 0.0], [0.5, 1.0]]
    assert [column.categories for column in raw.columns or ()] == [None, ("blue", "red")]
    assert raw.classes == ("a", "b")
    assert raw.y.tolist() == [0, 1, 0]
    assert raw.name == "flowers"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(tmp_path: Path, delimiter: str) -> None:
    raw = read(tmp_path, "a,b,c\n1,2,x\n3,4,y\n".replace(",", delimiter))
    assert raw.x.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_commas_in_cells_do_not_hide_the_semicolons_between_them(tmp_path: Path) -> None:
    raw = read(tmp_path, "note;size;kind\nfar, far;1;x\nnear, by;2;y\n")
    assert raw.x[:, 1].tolist() == [1.0, 2.0]


def test_where_two_separators_fit_equally_well_the_comma_belongs_to_the_cells(tmp_path: Path) -> None:
    assert read(tmp_path, "far, away;1\nnear, by;2\n").classes == ("1", "2")


def test_byte_order_mark_line_ends_quotes_and_blank_lines_change_nothing(tmp_path: Path) -> None:
    plain = read(tmp_path, "a,b,c\n1,two,x\n3,four,y\n")
    odd = read(tmp_path, '\ufeff"a", "b",c\r\n\r\n1,"two",x\r\n 3 ,four,"y"\r\n\r\n')
    assert odd.x.tolist() == plain.x.tolist()
    assert (odd.columns, odd.classes) == (plain.columns, plain.classes)


def test_a_first_row_with_a_number_is_no_header(tmp_path: Path) -> None:
    raw = read(tmp_path, "1,red,x\n2,blue,y\n")
    assert len(raw.x) == 2
    assert [column.name for column in raw.columns or ()] == ["column 0", "column 1"]


def test_a_header_may_be_declared_where_names_are_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, "1,2,3\n4,5,6\n", header=True).x.tolist() == [[4.0, 5.0]]


def test_a_table_of_texts_asks_whether_it_has_a_header(tmp_path: Path) -> None:
    text = "colour,kind\nred,a\nblue,b\n"
    message = refusal(tmp_path, text)
    assert "data.header: true" in message
    assert "colour, kind" in message
    assert len(read(tmp_path, text, header=False).y) == 3
    assert len(read(tmp_path, text, target="kind").y) == 2


@pytest.mark.parametrize("target", ["size", 1, -2])
def test_the_target_is_found_by_name_or_index(tmp_path: Path, target: str | int) -> None:
    raw = read(tmp_path, "a,size,c\n1,10,2\n3,9,4\n", target=target)
    assert raw.x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert raw.classes == ("9", "10")


def test_an_unknown_target_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    message = refusal(tmp_path, "width,kind\n1,a\n2,b\n", target="knid")
    assert "data.target" in message
    assert "'knid'" in message
    assert "Did you mean 'kind'" in message


@pytest.mark.parametrize("target", [2, -3])
def test_a_target_index_outside_the_table_is_refused(tmp_path: Path, target: int) -> None:
    assert f"data.target is {target}, but the file has 2 columns" in refusal(tmp_path, "a,b\n1,2\n", target=target)


def test_a_target_name_needs_a_header(tmp_path: Path) -> None:
    assert "no header row" in refusal(tmp_path, "1,a\n2,b\n", target="kind")


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, text)
    assert "flowers.csv (data.path): the file is empty" in message


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert "a header and no rows" in refusal(tmp_path, "a,b,c\n")


def test_rows_of_another_length_are_named_by_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, "a,b,c\n1,2,x\n\n1,2\n1,2,3,4\n")
    assert "line 4 has 2, line 5 has 4 (2 of 4 rows differ)" in message


def test_lines_are_counted_through_cells_of_several_lines(tmp_path: Path) -> None:
    assert "line 4 has 2" in refusal(tmp_path, 'a,b,c\n1,"two\nlines",x\n1,2\n', delimiter=",")


def test_text_in_a_numeric_column_is_named_and_never_made_a_category(tmp_path: Path) -> None:
    message = refusal(tmp_path, "width,kind\n1,a\nwide,b\n3,a\n1_0,b\n")
    assert "column 'width' holds numbers and text: line 3 'wide', line 5 '1_0' (2 of 4 rows)" in message
    assert "write the column into data.categorical, or into data.ignore" in message


def test_infinity_in_a_numeric_column_is_refused(tmp_path: Path) -> None:
    assert "infinities: line 3 '-inf'" in refusal(tmp_path, "width,kind\n1,a\n-inf,b\n1,a\n")


def test_decimal_commas_are_refused(tmp_path: Path) -> None:
    assert "decimal comma or marks between thousands, such as '1,5'" in refusal(
        tmp_path, "height;width;kind\n1;1,5;a\n2;2,5;b\n"
    )


@pytest.mark.parametrize("cell", ["", "NaN", "?", "NA", "n/a", "null"])
def test_missing_cells_are_refused_with_row_and_column(tmp_path: Path, cell: str) -> None:
    message = refusal(tmp_path, f"width,colour,kind\n1,red,a\n{cell},{cell},b\n")
    assert "2 cells are missing: line 3 column 'width', line 3 column 'colour'" in message
    assert "data.missing: impute" in message


def test_missing_cells_are_kept_for_imputation_if_the_params_say_so(tmp_path: Path) -> None:
    raw = read(tmp_path, "width,colour,kind\n1,red,a\n,?,b\n", missing="impute")
    assert np.isnan(raw.x).tolist() == [[False, False], [True, True]]


def test_a_missing_target_is_refused_even_with_imputation(tmp_path: Path) -> None:
    assert "the target 'kind' is empty in line 3" in refusal(tmp_path, "a,kind\n1,x\n2,\n", missing="impute")


def test_equal_names_are_refused(tmp_path: Path) -> None:
    assert "named 'a'" in refusal(tmp_path, "a,a,b\n1,2,x\n")


def test_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "column 0 (counted from 0) has no name" in refusal(tmp_path, ",a,b\n0,2,x\n", target="b")


def test_a_single_column_is_refused(tmp_path: Path) -> None:
    assert "nothing to predict it from" in refusal(tmp_path, "a\n1\n2\n")


def test_unclosed_quotes_are_refused_with_their_line(tmp_path: Path) -> None:
    assert "begins on line 3 cannot be read" in refusal(tmp_path, 'a,b\n1,x\n2,"y\n3,z\n')


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 2 holds the byte 0xe9" in refusal(tmp_path, b"a,b\n1,caf\xe9\n")


def test_a_missing_file_is_named_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"data\.path: there is no file .*absent\.csv"):
        load(Csv(source="csv", path=str(tmp_path / "absent.csv")), seed=0)


def test_a_test_file_gives_the_last_rows(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("a,c,kind\n7,red,y\n")
    raw = read(tmp_path, "a,c,kind\n1,blue,x\n2,red,y\n", test_path=str(tmp_path / "test.csv"), test_fraction=None)
    assert raw.test_rows == 1
    assert raw.x.tolist() == [[1.0, 0.0], [2.0, 1.0], [7.0, 1.0]]
    assert raw.y.tolist() == [0, 1, 1]


def test_a_test_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("c,a,kind\nred,7,y\n")
    message = refusal(tmp_path, "a,c,kind\n1,b,x\n", test_path=str(tmp_path / "test.csv"), test_fraction=None)
    assert "test.csv (data.test_path): its columns are not those of" in message
    assert "found c, a, kind, expected a, c, kind" in message


def test_a_fault_in_the_test_file_names_the_test_file(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("a,kind\nwide,y\n")
    message = refusal(tmp_path, "a,kind\n1,x\n2,y\n", test_path=str(tmp_path / "test.csv"), test_fraction=None)
    assert "test file line 2 'wide'" in message


def test_the_target_of_a_regression_holds_numbers(tmp_path: Path) -> None:
    raw = read(tmp_path, "charges,smoker\n1.5,yes\n-2e1,no\n7,yes\n", target="charges", task="regression")
    assert (raw.y.tolist(), raw.y.dtype, raw.classes, raw.target) == ([1.5, -20.0, 7.0], np.float64, (), "charges")
    assert [column.name for column in raw.columns or ()] == ["smoker"]


def test_without_a_header_the_target_is_named_by_its_position(tmp_path: Path) -> None:
    assert read(tmp_path, "1,2.5\n3,4.5\n", task="regression").target == "column 1"


def test_the_test_files_measurements_come_last(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text("a,size\n7,0.25\n")
    given = {"test_path": str(tmp_path / "test.csv"), "test_fraction": None}
    assert read(tmp_path, "a,size\n1,2\n2,3\n", task="regression", **given).y.tolist() == [2.0, 3.0, 0.25]
    (tmp_path / "test.csv").write_text("a,size\n7,big\n")
    message = refusal(tmp_path, "a,size\n1,2\n2,3\n", task="regression", **given)
    assert "the target 'size' holds text: test file line 2 'big' (1 of 3 rows)" in message


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("1", "tall", "2", "1_0"), "the target 'size' holds text: line 3 'tall', line 5 '1_0' (2 of 4 rows)"),
        (("a", "b", "a", "b"), "if the target is a class, write data.task: classification"),
        (('"1,5"', '"2,5"', "3", "4"), "a decimal point and no other marks"),
        (
            ("1", "-inf", "2", "1e999"),
            "the target 'size' holds infinities: line 3 '-inf', line 5 '1e999' (2 of 4 rows)",
        ),
        (("1", "", "2", "NaN"), "the target 'size' is empty in line 3, line 5 (2 of 4 rows)"),
    ],
)
def test_a_target_that_cannot_be_measured_is_refused_with_its_lines(
    tmp_path: Path, cells: tuple[str, ...], words: str
) -> None:
    text = "width,size\n" + "".join(f"{row},{cell}\n" for row, cell in enumerate(cells))
    message = refusal(tmp_path, text, task="regression", missing="impute")
    assert "flowers.csv (data.path): the target" in message
    assert words in message
