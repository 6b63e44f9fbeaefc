"""Tests of means and scales: hand-worked numbers, constant features, images."""

from typing import Any

import numpy as np
import pytest

from mindgap.data.raw import Raw
from mindgap.data.standardisation import Standardisation, fit_standardisation, refuse_impossible_centring
from mindgap.errors import UserError
from mindgap.params.preprocess import Preprocess


def fit(x: Any, center: Any = "feature", scale: Any = "feature", image: Any = None) -> Standardisation:
    rows = np.asarray(x, dtype=np.float64)
    fitted, _ = fit_standardisation(rows.__getitem__, len(rows), Preprocess(center=center, scale=scale), image)
    return fitted


def test_features_get_mean_zero_and_deviation_one() -> None:
    fitted = fit([[1.0, 10.0], [3.0, 30.0]])
    assert (fitted.mean.tolist(), fitted.scale.tolist()) == ([2.0, 20.0], [1.0, 10.0])
    assert fitted.apply(np.array([[5.0, 0.0]])).tolist() == [[3.0, -2.0]]


def test_without_centre_and_scale_nothing_changes() -> None:
    assert fit([[1.0], [3.0]], "none", "none").apply(np.array([[7.0]])).tolist() == [[7.0]]


def test_scale_alone_divides_by_the_deviation_about_the_mean() -> None:
    assert fit([[1.0], [5.0]], "none").apply(np.array([[1.0]])).tolist() == [[0.5]]


def test_constant_features_become_exactly_zero() -> None:
    # 0.1 ten times sums to 0.9999999999999999, so the plain mean would leave a remainder to be blown up.
    x = np.array([[0.1, float(row)] for row in range(10)])
    fitted, constant = fit_standardisation(x.__getitem__, len(x), Preprocess(), None)
    assert constant == 1
    assert fitted.scale[0] == 1.0
    assert fitted.apply(np.array([[0.1, 4.5]])).tolist() == [[0.0, 0.0]]


def test_channels_are_centred_on_one_mean_each() -> None:
    # Two images of 1x2 pixels and 2 channels: channel means (1+3+5+7)/4 and (0+0+4+8)/4.
    fitted = fit([[1.0, 0.0, 3.0, 0.0], [5.0, 4.0, 7.0, 8.0]], "channel", "none", (1, 2, 2))
    assert fitted.mean.tolist() == [4.0, 3.0, 4.0, 3.0]


def test_the_mean_image_is_the_mean_of_each_pixel() -> None:
    assert fit([[1.0, 0.0], [5.0, 4.0]], "image", "none", (1, 2, 1)).mean.tolist() == [3.0, 2.0]


def test_blocks_of_rows_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(5.0, 3.0, (101, 7))
    monkeypatch.setattr("mindgap.data.blocks._BLOCK_VALUES", 70)
    fitted = fit(x)
    assert np.allclose(fitted.mean, x.mean(axis=0), rtol=1e-14)
    assert np.allclose(fitted.scale, x.std(axis=0), rtol=1e-14)


@pytest.mark.parametrize("center", ["image", "channel"])
def test_centring_of_images_is_refused_for_vectors(center: Any) -> None:
    raw = Raw("own", "own.csv (data.path)", np.zeros((2, 1)), np.array([0, 1]), ("a", "b"))
    with pytest.raises(UserError, match=f"preprocess.center: {center} needs images"):
        refuse_impossible_centring(raw, center)
