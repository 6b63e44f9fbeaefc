"""Tests of the source `npz`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mindgap.data.raw import Raw
from mindgap.data.sources.npz import load
from mindgap.errors import UserError
from mindgap.params.sources.npz import Npz

X = np.arange(8.0).reshape(4, 2)
Y = np.array([0, 1, 0, 1])


def read(folder: Path, task: Any = "classification", **arrays: Any) -> Raw:
    np.savez(folder / "own.npz", **arrays)
    return load(Npz(source="npz", path=str(folder / "own.npz"), task=task), seed=0)


def refusal(folder: Path, **arrays: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(folder, **arrays)
    assert "own.npz (data.path)" in str(caught.value)
    return str(caught.value)


def test_vectors_are_taken_as_they_are(tmp_path: Path) -> None:
    raw = read(tmp_path, x=X, y=Y)
    assert raw.x.tolist() == X.tolist()
    assert (raw.image_shape, raw.divisor, raw.test_rows, raw.name) == (None, 1.0, 0, "own")


def test_images_of_bytes_are_flattened_in_c_order_and_divided_by_255(tmp_path: Path) -> None:
    images = np.arange(4 * 2 * 3 * 2, dtype=np.uint8).reshape(4, 2, 3, 2)
    raw = read(tmp_path, x=images, y=Y)
    assert raw.x[1].tolist() == list(range(12, 24))
    assert (raw.image_shape, raw.divisor) == ((2, 3, 2), 255.0)


def test_images_without_channels_have_one(tmp_path: Path) -> None:
    assert read(tmp_path, x=np.zeros((4, 2, 3)), y=Y).image_shape == (2, 3, 1)


def test_a_test_set_gives_the_last_rows(tmp_path: Path) -> None:
    raw = read(tmp_path, x=X, y=Y, x_test=X[:1] + 100, y_test=Y[:1])
    assert raw.test_rows == 1
    assert raw.x[-1].tolist() == [100.0, 101.0]


@pytest.mark.parametrize(
    "y", [np.array(["b", "a", "b", "a"]), np.array([2.0, 1.0, 2.0, 1.0]), np.array([True, False] * 2)]
)
def test_labels_may_be_texts_whole_floats_and_booleans(tmp_path: Path, y: Any) -> None:
    assert read(tmp_path, x=X, y=y).y.tolist() == [1, 0, 1, 0]


def test_objects_are_refused_and_never_run(tmp_path: Path) -> None:
    message = refusal(tmp_path, x=np.array([[1], None], dtype=object), y=Y[:2])
    assert "array x cannot be read" in message
    assert "Python objects are never loaded" in message


def test_missing_arrays_are_named_with_those_found(tmp_path: Path) -> None:
    message = refusal(tmp_path, images=X, y=Y)
    assert "array x is missing; found images, y" in message


def test_test_features_without_test_labels_are_refused(tmp_path: Path) -> None:
    assert "array y_test is missing" in refusal(tmp_path, x=X, y=Y, x_test=X)


def test_unequal_counts_are_refused(tmp_path: Path) -> None:
    assert "x has 4 rows and y has 3" in refusal(tmp_path, x=X, y=Y[:3])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_named_by_row_and_column(tmp_path: Path, value: float) -> None:
    x = X.copy()
    x[2, 1] = value
    assert f"x holds {value} in row 2, column 1" in refusal(tmp_path, x=x, y=Y)


def test_measurements_are_no_labels_and_the_way_to_fit_them_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path, x=X, y=np.array([0.0, 0.5, 1.0, 1.0]))
    assert "y holds 0.5 in row 1" in message
    assert "If y holds measurements, write data.task: regression" in message


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16, np.uint8])
def test_measurements_may_be_any_real_numbers(tmp_path: Path, kind: Any) -> None:
    raw = read(tmp_path, task="regression", x=X, y=np.array([3, 1, 4, 1], dtype=kind))
    assert (raw.y.tolist(), raw.y.dtype, raw.classes, raw.target) == ([3.0, 1.0, 4.0, 1.0], np.float64, (), "y")


def test_measurements_of_a_test_set_are_the_last(tmp_path: Path) -> None:
    raw = read(tmp_path, task="regression", x=X, y=Y + 0.5, x_test=X[:1], y_test=np.array([9]))
    assert raw.y.tolist() == [0.5, 1.5, 0.5, 1.5, 9.0]


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.array([1.0, np.nan, 2.0, np.inf]), "y holds nan in row 1 (counted from 0); 2 of 4 rows"),
        (np.array([1.0, 2.0, 3.0, -np.inf]), "y holds -inf in row 3"),
        (np.array(["1", "2", "3", "4"]), "y has type <U1; data.task: regression needs real numbers"),
        (np.array([True, False] * 2), "y has type bool"),
        (np.array([1j, 2, 3, 4]), "y has type complex128"),
        (np.zeros((4, 1)), "y has shape (4, 1); it must be (rows,), one label or value"),
    ],
)
def test_what_is_no_measurement_is_refused(tmp_path: Path, y: Any, words: str) -> None:
    assert words in refusal(tmp_path, task="regression", x=X, y=y)


def test_measurements_of_the_test_set_are_named_as_such(tmp_path: Path) -> None:
    message = refusal(tmp_path, task="regression", x=X, y=Y, x_test=X[:1], y_test=np.array([np.nan]))
    assert "y_test holds nan in row 0" in message


@pytest.mark.parametrize("x", [np.zeros(4), np.zeros((4, 2), dtype=complex), np.zeros((4, 0)), np.full((4, 2), "1")])
def test_arrays_that_are_no_rows_of_real_numbers_are_refused(tmp_path: Path, x: Any) -> None:
    assert str(x.shape) in refusal(tmp_path, x=x, y=Y)


def test_labels_of_two_axes_are_refused(tmp_path: Path) -> None:
    assert "y has shape (4, 1)" in refusal(tmp_path, x=X, y=Y[:, None])


def test_test_rows_of_another_width_are_refused(tmp_path: Path) -> None:
    assert "x_test has rows of shape (1,)" in refusal(tmp_path, x=X, y=Y, x_test=X[:, :1], y_test=Y)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"own\.npz \(data\.path\): this is no \.npz archive"):
        load(Npz(source="npz", path=str(tmp_path / "own.npz")), seed=0)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", x=X, y=Y)
    content = bytearray((tmp_path / "own.npz").read_bytes())
    content[content.index(X.tobytes()) + 8] ^= 0xFF
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(UserError, match="the archive is damaged"):
        load(Npz(source="npz", path=str(tmp_path / "own.npz")), seed=0)


def test_an_archive_that_claims_to_be_encrypted_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", x=X, y=Y)
    content = bytearray((tmp_path / "own.npz").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "own.npz").write_bytes(content)
    with pytest.raises(UserError, match="the archive is damaged: .*encrypted"):
        load(Npz(source="npz", path=str(tmp_path / "own.npz")), seed=0)


def test_arrays_that_are_not_asked_for_are_not_read(tmp_path: Path) -> None:
    assert read(tmp_path, x=X, y=Y, notes=np.array([None], dtype=object)).x.tolist() == X.tolist()
