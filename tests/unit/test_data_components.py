"""Tests of principal components and whitening: hand-worked numbers, training rows only, refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from mindgap.data import components as module
from mindgap.data.components import Components, fit_components
from mindgap.data.preparation import Preparation
from mindgap.data.prepared import Dataset, open_split
from mindgap.errors import UserError
from mindgap.params.data import Data
from mindgap.params.preprocess import Pca, Preprocess
from mindgap.stages.prepare import prepare

ADAPTER: TypeAdapter[Data] = TypeAdapter(Data)
# Variance 4 along (1, 1) / sqrt 2 and 1 along (1, -1) / sqrt 2: four points at two and at one such
# length, times sqrt 2.
CROSS = np.array([[2.0, 2.0], [-2.0, -2.0], [1.0, -1.0], [-1.0, 1.0]])


def fit(z: Any, **pca: Any) -> Components:
    rows = np.asarray(z, dtype=np.float64)
    return fit_components(rows.__getitem__, len(rows), Pca(**pca), "own.csv (data.path)")


def prepared(folder: Path, data: dict[str, Any], seed: int = 0, **pca: Any) -> Dataset:
    folder.mkdir()
    prepare(ADAPTER.validate_python(data), Preprocess(pca=Pca(**pca)), seed, folder)
    return Dataset.read(folder)


def test_the_axes_of_a_cross_are_found_and_its_variances() -> None:
    fitted = fit(CROSS)
    half = np.sqrt(0.5)
    assert np.allclose(fitted.directions, [[half, half], [half, -half]], atol=1e-15)
    assert np.allclose(fitted.variance, [4.0, 1.0], atol=1e-14)
    assert np.allclose(fitted.apply(CROSS), np.sqrt(2) * np.array([[2, 0], [-2, 0], [0, 1], [0, -1]]), atol=1e-14)
    assert fitted.explained == 1.0


def test_whitening_divides_by_the_root_of_variance_and_epsilon() -> None:
    fitted = fit(CROSS, whiten=True, epsilon=5.0)
    assert np.allclose(fitted.divisor, [3.0, np.sqrt(6.0)], atol=1e-14)
    assert np.allclose(fitted.apply(np.array([[3.0, 3.0]])), [[np.sqrt(2.0), 0.0]], atol=1e-14)


@pytest.mark.parametrize(
    ("components", "kept"),
    [(None, 2), (1, 1), (2, 2), (0.5, 1), (0.79, 1), (0.81, 2), (0.999, 2), ("1", 1), ("5e-1", 1)],
)
def test_components_are_kept_by_number_or_by_share_of_the_variance(components: Any, kept: int) -> None:
    # The first holds 4 of 5, so 0.8 of the variance.
    fitted = fit(CROSS, components=components)
    assert fitted.directions.shape == (2, kept)
    assert fitted.explained == pytest.approx(0.8 if kept == 1 else 1.0)


def test_the_first_largest_entry_of_each_direction_is_positive() -> None:
    z = np.random.default_rng(0).normal(size=(50, 6))
    directions = fit(z - z.mean(axis=0)).directions
    assert (directions[np.abs(directions).argmax(axis=0), np.arange(6)] > 0).all()


def test_components_without_variance_are_counted_and_stay_finite() -> None:
    z = np.column_stack([CROSS, CROSS[:, 0], np.zeros(4)])
    fitted = fit(z, components=3, whiten=True)
    assert fitted.constant == 1
    assert np.isfinite(fitted.apply(z)).all()


def test_rows_that_are_all_equal_have_components_of_zeros() -> None:
    fitted = fit(np.zeros((5, 3)), components=0.9, whiten=True)
    assert fitted.apply(np.zeros((2, 3))).tolist() == [[0.0], [0.0]]
    assert fitted.explained == 1.0


def test_blocks_of_rows_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    z = np.random.default_rng(0).normal(size=(101, 7))
    z -= z.mean(axis=0)
    monkeypatch.setattr("mindgap.data.blocks._BLOCK_VALUES", 70)
    assert np.allclose(fit(z).variance, np.linalg.svd(z, compute_uv=False) ** 2 / 101, rtol=1e-12)


@pytest.mark.parametrize(("shape", "most"), [((4, 3), 3), ((3, 5), 2)])
def test_more_components_than_features_or_rows_can_span_are_refused(shape: tuple[int, int], most: int) -> None:
    with pytest.raises(
        UserError, match=rf"own\.csv \(data\.path\): preprocess\.pca\.components is 9.* at most {most} "
    ):
        fit(np.ones(shape), components=9)
    assert fit(np.ones(shape), components=most).directions.shape == (shape[1], most)


def test_features_beyond_what_a_covariance_can_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FEATURES", 1)
    with pytest.raises(UserError, match=r"2 are too many for it \(at most 1\)"):
        fit(CROSS)


@pytest.mark.parametrize("components", [0, -1, 1.0, 0.0, 50.0, 1.5, "half", True, [1], "nan"])
def test_what_is_neither_a_number_of_components_nor_a_share_is_refused(components: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Pca(components=components)
    assert len(caught.value.errors()) == 1
    assert "a whole number of components, a share" in str(caught.value)


@pytest.mark.parametrize("center", ["none", "channel"])
def test_components_need_rows_centred_by_feature(center: Any) -> None:
    with pytest.raises(ValidationError, match=f"write center: feature, not {center}"):
        Preprocess(center=center, pca=Pca())


def test_whitened_training_rows_are_uncorrelated_with_variance_one(tmp_path: Path) -> None:
    dataset = prepared(tmp_path / "out", {"source": "digits"}, components=30, whiten=True)
    x = open_split(tmp_path / "out", "train").x.astype(np.float64)
    assert (dataset.features, dataset.image_shape, dataset.feature_names) == (30, None, None)
    assert x.shape == (dataset.rows["train"], 30)
    assert np.allclose(x.mean(axis=0), 0.0, atol=1e-6)
    # Variances are at least 0.4 here, so that epsilon takes away at most 1e-5 / 0.4.
    assert np.allclose(np.cov(x.T, bias=True), np.eye(30), atol=3e-5)


def test_components_that_are_not_whitened_keep_their_variance(tmp_path: Path) -> None:
    prepared(tmp_path / "out", {"source": "digits"}, components=10)
    x = open_split(tmp_path / "out", "train").x.astype(np.float64)
    fitted = Preparation.read(tmp_path / "out").components
    assert fitted is not None
    assert np.allclose(np.cov(x.T, bias=True), np.diag(fitted.variance), atol=1e-5)


def test_the_components_of_the_training_rows_do_not_depend_on_the_test_rows(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("a,b,kind\n" + "".join(f"{i % 7},{i * i % 11},{i % 2}\n" for i in range(60)))
    for name, rows in (("one", "1,2,0\n3,4,1\n"), ("two", "1000,-2,0\n3,9999,1\n")):
        (tmp_path / f"{name}.csv").write_text(f"a,b,kind\n{rows}")
        test = {"test_path": str(tmp_path / f"{name}.csv"), "test_fraction": None}
        prepared(tmp_path / name, {"source": "csv", "path": str(tmp_path / "own.csv"), **test}, whiten=True)
    for file in ("preprocessing.npz", "x_train.npy", "x_val.npy"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    val = open_split(tmp_path / "one", "val").x
    assert np.abs(np.cov(val.T, bias=True) - np.eye(2)).max() > 1e-2


def test_equal_params_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        prepared(tmp_path / name, {"source": "digits"}, components=0.9, whiten=True)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_the_share_of_variance_that_was_kept_is_stored(tmp_path: Path) -> None:
    dataset = prepared(tmp_path / "out", {"source": "digits"}, components=0.9)
    described = json.loads((tmp_path / "out" / "preprocessing.json").read_text())
    assert 0.9 <= described["explained_variance"] < 0.92
    assert dataset.features < 64
    assert dataset.constant_features == 0
