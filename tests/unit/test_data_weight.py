"""Tests of the column of weights: no feature, read and kept for the training rows, and told of where it is wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mindgap.data.apply import apply_to_csv
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import open_rows, open_split
from mindgap.data.sources.csv import load
from mindgap.errors import UserError
from mindgap.params.preprocess import Preprocess
from mindgap.params.sources.csv import Csv
from mindgap.stages.prepare import prepare

ROWS = [f"{number},{number % 7},{number % 3 + 0.5},{'ab'[number % 2]}" for number in range(40)]
TABLE = "\n".join(["size,age,count,kind", *ROWS])


def source(folder: Path, text: str = TABLE, **params: Any) -> Csv:
    path = folder / "table.csv"
    path.write_text(text)
    return Csv(source="csv", path=str(path), **{"weight": "count", **params})


def test_the_weights_of_training_rows_are_kept_and_are_no_feature(tmp_path: Path) -> None:
    data = source(tmp_path)
    raw = load(data, 0)
    assert [column.name for column in raw.columns or ()] == ["size", "age"]
    assert raw.weights is not None
    assert raw.weights.tolist() == [number % 3 + 0.5 for number in range(40)]
    prepare(data, Preprocess(), 0, tmp_path)
    train = open_split(tmp_path, "train")
    assert train.x.shape[1] == 2
    np.testing.assert_array_equal(train.weights, raw.weights[open_rows(tmp_path, "train")])
    assert open_split(tmp_path, "val").weights is None


@pytest.mark.parametrize("columns", ["size,age,count,kind", "kind,count,age,size", "age,size", "count,age,size"])
def test_new_rows_may_have_the_column_or_not(tmp_path: Path, columns: str) -> None:
    prepare(source(tmp_path), Preprocess(), 0, tmp_path)
    values = {"size": "3", "age": "4", "count": "9", "kind": "a"}
    (tmp_path / "new.csv").write_text(f"{columns}\n{','.join(values[name] for name in columns.split(','))}\n")
    found = apply_to_csv(Preparation.read(tmp_path), tmp_path / "new.csv")
    (tmp_path / "plain.csv").write_text("size,age\n3,4\n")
    np.testing.assert_array_equal(found, apply_to_csv(Preparation.read(tmp_path), tmp_path / "plain.csv"))


def test_without_a_header_all_columns_or_the_features_alone_are_taken(tmp_path: Path) -> None:
    prepare(source(tmp_path, "\n".join(ROWS), weight=2, header=False), Preprocess(), 0, tmp_path)
    found = []
    for text in ("3,4,9,a\n", "3,4\n"):
        (tmp_path / "new.csv").write_text(text)
        found.append(apply_to_csv(Preparation.read(tmp_path), tmp_path / "new.csv"))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(
    ("weight", "text", "said"),
    [
        ("kind", TABLE, "column 'kind' stands in data.target and in data.weight"),
        ("counts", TABLE, "there is no column 'counts' (data.weight). Did you mean 'count'?"),
        (9, TABLE, "data.weight is 9, but the file has 4 columns"),
        (
            "count",
            TABLE.replace("0,0,0.5", "0,0,-1"),
            "the weight 'count' is empty or below 0 in line 2 (1 of 40 rows)",
        ),
        ("count", TABLE.replace("0,0,0.5", "0,0,"), "the weight 'count' is empty or below 0 in line 2"),
        ("count", TABLE.replace("0,0,0.5", "0,0,much"), "column 'count' holds numbers and text"),
    ],
)
def test_a_wrong_column_of_weights_is_told(tmp_path: Path, weight: Any, text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        load(source(tmp_path, text, weight=weight), 0)
    assert said in str(caught.value)


def test_a_class_that_weighs_nothing_is_refused(tmp_path: Path) -> None:
    text = "\n".join(["size,count,kind", *(f"{number},{number % 2},{'ab'[number % 2]}" for number in range(40))])
    with pytest.raises(UserError, match="the weights of all training rows of class 'a' are 0"):
        prepare(source(tmp_path, text), Preprocess(), 0, tmp_path)


def test_weights_that_are_all_0_are_refused(tmp_path: Path) -> None:
    nothing = "\n".join(["size,count,kind", *(f"{number},0,{'ab'[number % 2]}" for number in range(40))])
    with pytest.raises(UserError, match="the weights of all training rows are 0"):
        prepare(source(tmp_path, nothing), Preprocess(), 0, tmp_path)
