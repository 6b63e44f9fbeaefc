"""Tests of new rows: prepared bit by bit as the training rows were, and what is said of rows that do not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from mindgap.data.apply import apply_to_csv, apply_to_rows
from mindgap.data.met import Met
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import open_pixels, open_split
from mindgap.data.raw import Raw
from mindgap.data.sources import SOURCES
from mindgap.data.splits import Splits, split
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.preprocess import Pca, Preprocess
from mindgap.stages.prepare import prepare

ADAPTER: TypeAdapter[Data] = TypeAdapter(Data)
PREPROCESSES = [Preprocess(), Preprocess(pca=Pca(components=2)), Preprocess(pca=Pca(whiten=True))]
PETS = "size,fur,kind\n" + "".join(
    f"{row if row % 5 else ''},{('?', 'long', 'short')[row % 3]},{'cat' if row % 2 else 'dog'}\n" for row in range(60)
)


def prepare_rows(folder: Path, rows: np.ndarray) -> np.ndarray:
    return apply_to_rows(Preparation.read(folder), rows)


def prepare_csv(folder: Path, path: Path) -> np.ndarray:
    return apply_to_csv(Preparation.read(folder), path)


def prepared(folder: Path, params: dict[str, Any], preprocess: Preprocess | None = None) -> tuple[Raw, Splits]:
    """Prepare into `folder`, and load and split the raw rows once more."""
    folder.mkdir()
    data = ADAPTER.validate_python(params)
    prepare(data, preprocess or Preprocess(), 0, folder)
    raw = SOURCES[data.source].load(data, 0)
    return raw, split(raw, val_fraction=data.val_fraction, test_fraction=data.test_fraction, seed=0)


def pets(folder: Path, preprocess: Preprocess | None = None, text: str = PETS, **params: Any) -> Path:
    """The folder of a prepared table of pets."""
    (folder / "pets.csv").write_text(text)
    data = {"source": "csv", "path": str(folder / "pets.csv"), "missing": "impute", **params}
    prepared(folder / "out", data, preprocess)
    return folder / "out"


def new(folder: Path, text: str) -> Path:
    path = folder / "new.csv"
    path.write_text(text)
    return path


def refusal(folder: Path, path: Path) -> str:
    with pytest.raises(UserError) as caught:
        prepare_csv(folder, path)
    return str(caught.value)


@pytest.mark.parametrize("preprocess", PREPROCESSES)
@pytest.mark.parametrize("data", [{"source": "digits"}, {"source": "synthetic", "kind": "moons"}])
def test_raw_training_rows_become_the_training_rows_bit_by_bit(
    tmp_path: Path, data: dict[str, Any], preprocess: Preprocess
) -> None:
    raw, splits = prepared(tmp_path / "out", data, preprocess)
    for name in ("train", "test"):
        rows = raw.x[getattr(splits, name)]
        assert np.array_equal(prepare_rows(tmp_path / "out", rows), open_split(tmp_path / "out", name).x)


@pytest.mark.parametrize("preprocess", PREPROCESSES)
def test_a_row_alone_gets_the_bits_that_it_gets_among_others(tmp_path: Path, preprocess: Preprocess) -> None:
    raw, splits = prepared(tmp_path / "out", {"source": "digits"}, preprocess)
    x = open_split(tmp_path / "out", "train").x
    for row in (0, 1, 255, 256, 700, len(x) - 1):
        alone = prepare_rows(tmp_path / "out", raw.x[splits.train[row : row + 1]])
        assert np.array_equal(alone[0], x[row])


def test_images_may_come_as_images(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (40, 3, 2), dtype=np.uint8)
    np.savez(tmp_path / "own.npz", x=images, y=np.arange(40) % 2)
    _, splits = prepared(tmp_path / "out", {"source": "npz", "path": str(tmp_path / "own.npz")})
    x = open_split(tmp_path / "out", "train").x
    assert np.array_equal(prepare_rows(tmp_path / "out", images[splits.train]), x)
    assert np.array_equal(prepare_rows(tmp_path / "out", images[splits.train][..., None]), x)


@pytest.mark.parametrize("preprocess", PREPROCESSES)
@pytest.mark.parametrize("with_target", [True, False])
def test_the_lines_of_the_training_rows_become_the_training_rows_bit_by_bit(
    tmp_path: Path, preprocess: Preprocess, with_target: bool
) -> None:
    folder = pets(tmp_path, preprocess)
    header, *lines = PETS.splitlines()
    data = ADAPTER.validate_python({"source": "csv", "path": str(tmp_path / "pets.csv"), "missing": "impute"})
    raw = SOURCES["csv"].load(data, 0)
    train = split(raw, val_fraction=0.2, test_fraction=0.2, seed=0).train
    kept = [header, *(lines[row] for row in train)]
    if not with_target:
        kept = [line.rsplit(",", 1)[0] for line in kept]
    found = prepare_csv(folder, new(tmp_path, "\n".join(kept)))
    assert np.array_equal(found, open_split(folder, "train").x)


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    folder = pets(tmp_path)
    expected = prepare_csv(folder, new(tmp_path, "size,fur\n3,long\n4,?\n"))
    assert np.array_equal(prepare_csv(folder, new(tmp_path, "fur,kind,size\nlong,cat,3\n?,,4\n")), expected)


def test_columns_without_names_are_found_by_position(tmp_path: Path) -> None:
    folder = pets(tmp_path, text="".join(f"{row};{row % 2};{row * row}\n" for row in range(30)), target=1)
    expected = prepare_csv(folder, new(tmp_path, "3;16\n5;1\n"))
    assert np.array_equal(prepare_csv(folder, new(tmp_path, "3;0;16\n5;1;1\n")), expected)
    message = refusal(folder, new(tmp_path, "3;0;16;1\n5;1;1;1\n"))
    assert "found 4 columns (separator ';'); the network was trained on 2, and the target at index 1" in message


def test_an_unseen_category_is_all_zeros(tmp_path: Path) -> None:
    text = "fur,kind\n" + "long,cat\nshort,dog\nlong,dog\nshort,cat\n" * 10
    folder = pets(tmp_path, Preprocess(center="none", scale="none"), text, target="kind")
    assert prepare_csv(folder, new(tmp_path, "fur\nlong\ncurly\n")).tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_missing_cells_get_what_the_training_rows_gave_or_are_refused_with_their_line(tmp_path: Path) -> None:
    text = "size,fur,kind\n" + "2,long,cat\n2,long,dog\n2,short,dog\n5,long,cat\n" * 10
    (tmp_path / "a").mkdir()
    folder = pets(tmp_path / "a", Preprocess(center="none", scale="none"), text)
    assert prepare_csv(folder, new(tmp_path, "size,fur\nNA,\n")).tolist() == [[2.0, 1.0, 0.0]]
    message = refusal(pets(tmp_path, text=text, missing="refuse"), new(tmp_path, "size,fur\n1,long\n,short\n"))
    assert "new.csv (the path of the new rows): 1 cell is missing: line 3 column 'size'" in message
    assert "train again with data.missing: impute" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("size\n3\n", "missing are 'fur'"),
        ("size,furr\n3,long\n", "missing are 'fur'; unknown are 'furr'"),
        ("size;fur\n3;long\n", "(separator ',') are not those that the network was trained on: missing are"),
        ("size;fur\n3;long\n", "the same columns, by the same separator"),
        ("3,long\n4,long\n", "missing are 'size', 'fur'; unknown are '3', 'long'"),
        ("size,fur\nbig,long\n", "column 'size' holds text: line 2 'big' (1 of 1 rows)"),
        ("size,fur\ninf,long\n", "column 'size' holds infinities: line 2 'inf'"),
        (
            "size,fur\n3,long\n3,7\n",
            "column 'fur' held categories in training, such as 'long', but here numbers: line 3",
        ),
        ("size,fur\n", "a header and no rows"),
        ("size,fur\n1e300,long\n", "feature 'size' holds values too large"),
        ("size,fur\n3\n", "line 2 has 1"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    message = refusal(pets(tmp_path), new(tmp_path, text))
    assert "new.csv" in message
    assert words in message


def test_what_new_rows_had_that_training_rows_had_not_is_told(tmp_path: Path) -> None:
    folder, met = pets(tmp_path), Met()
    text = "colour,fur,size\nred,long,3\nred,silky,3\nred,silky,\nred,?,3\n"
    found = apply_to_csv(Preparation.read(folder), new(tmp_path, text), met)
    assert met.said() == [
        "the columns come in another order than in training; they were found by their names",
        "not used, as the network was not trained on them: columns 'colour'",
        "column 'fur': 2 of 4 rows hold categories that no training row had, and count as none of those known: 'silky'",
        "column 'size': 1 of 4 cells are missing, and were filled in as in training",
        "column 'fur': 1 of 4 cells are missing, and were filled in as in training",
    ]
    plain = Met()
    same = apply_to_csv(Preparation.read(folder), new(tmp_path, "size,fur\n3,long\n"), plain)
    assert plain.said() == []
    assert np.array_equal(found[:1], same)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "the path of the new rows: there is no file" in refusal(pets(tmp_path), tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((2, 63)), "a row has 63 values, but the network was trained on rows of 64"),
        (np.zeros(64), "found an array of shape (64,)"),
        (np.array([["1"] * 64]), "real numbers"),
        (np.where(np.arange(128).reshape(2, 64) == 70, np.nan, 1.0), "row 1, column 6 (counted from 0) holds nan"),
        (np.full((1, 64), 1e300), "feature number 0 (counted from 0) holds values too large"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, rows: Any, words: str) -> None:
    prepared(tmp_path / "out", {"source": "digits"})
    with pytest.raises(UserError) as caught:
        prepare_rows(tmp_path / "out", rows)
    assert words in str(caught.value)


def test_a_table_of_numbers_may_come_as_an_array_and_one_with_categories_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    text = "a,b,kind\n" + "".join(f"{row},{row % 7},{row % 2}\n" for row in range(40))
    folder = pets(tmp_path / "a", text=text)
    expected = prepare_csv(folder, new(tmp_path, "a,b\n3,\n4,5\n"))
    assert np.array_equal(prepare_rows(folder, np.array([[3.0, np.nan], [4.0, 5.0]])), expected)
    with pytest.raises(UserError, match="give the rows as a CSV file"):
        prepare_rows(pets(tmp_path), np.zeros((1, 2)))


def test_a_file_is_refused_where_no_table_was_trained_on(tmp_path: Path) -> None:
    prepared(tmp_path / "out", {"source": "digits"})
    assert "not trained on a CSV file" in refusal(tmp_path / "out", new(tmp_path, "a\n1\n"))


def test_no_rows_give_no_rows(tmp_path: Path) -> None:
    prepared(tmp_path / "out", {"source": "digits"}, Preprocess(pca=Pca(components=3)))
    assert prepare_rows(tmp_path / "out", np.zeros((0, 64))).shape == (0, 3)


@pytest.mark.parametrize("pca", [None, Pca(), Pca(whiten=True)])
def test_prepared_rows_can_be_taken_back_to_features(tmp_path: Path, pca: Pca | None) -> None:
    raw, splits = prepared(tmp_path / "out", {"source": "digits"}, Preprocess(pca=pca))
    x = open_split(tmp_path / "out", "train").x
    assert np.allclose(Preparation.read(tmp_path / "out").restore(x), raw.x[splits.train] / 16.0, atol=1e-5)


def test_a_pixel_of_zero_becomes_the_background(tmp_path: Path) -> None:
    prepared(tmp_path / "out", {"source": "digits"})
    pixels = open_pixels(tmp_path / "out")
    assert pixels is not None
    background, scale = pixels.background, pixels.scale
    assert np.array_equal(prepare_rows(tmp_path / "out", np.zeros((1, 64)))[0], background)
    lit = prepare_rows(tmp_path / "out", np.full((1, 64), 8.0))[0]
    assert np.allclose(lit, 0.5 / scale + background, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("header", ["a,b", "size,a,b"])
def test_new_rows_of_a_regression_need_no_target(tmp_path: Path, header: str) -> None:
    text = "a,size,b\n" + "".join(f"{row},{row / 7},{row % 5}\n" for row in range(40))
    folder = pets(tmp_path, text=text, target="size", task="regression")
    rows = "3,2\n4,1\n" if header == "a,b" else ",3,2\nunknown,4,1\n"
    found = prepare_csv(folder, new(tmp_path, f"{header}\n{rows}"))
    assert np.array_equal(found, prepare_rows(folder, np.array([[3.0, 2.0], [4.0, 1.0]])))
