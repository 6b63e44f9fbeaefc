"""Tests of the points in the plane and of the sine."""

from typing import Any

import numpy as np
import pytest

from mindgap.data.raw import Raw
from mindgap.data.sources.synthetic import load
from mindgap.params.sources.synthetic import Synthetic


def points(seed: int = 0, **params: Any) -> Raw:
    return load(Synthetic(source="synthetic", **{"noise": 0.0, "rows": 300, **params}), seed)


def test_circles_have_their_radii() -> None:
    raw = points(kind="circles")
    assert np.allclose(np.hypot(*raw.x.T), np.where(raw.y == 0, 1.0, 0.5))


def test_moons_are_half_circles_about_their_centres() -> None:
    raw = points(kind="moons")
    upper, lower = raw.x[raw.y == 0], raw.x[raw.y == 1]
    assert np.allclose(np.hypot(*upper.T), 1.0)
    assert (upper[:, 1] >= 0).all()
    assert np.allclose(np.hypot(lower[:, 0] - 1.0, lower[:, 1] - 0.5), 1.0)
    assert (lower[:, 1] <= 0.5).all()


def test_xor_is_the_product_of_the_signs() -> None:
    raw = points(kind="xor")
    assert np.array_equal(raw.x.prod(axis=1) < 0, raw.y == 1)
    assert {(a, b) for a, b in np.sign(raw.x).astype(int).tolist()} == {(-1, -1), (-1, 1), (1, -1), (1, 1)}


def test_arms_of_spirals_are_turned_copies_of_one_curve() -> None:
    raw = points(kind="spirals", classes=3)
    radius = np.hypot(*raw.x.T)
    angle = np.arctan2(raw.x[:, 1], raw.x[:, 0])
    along = np.exp(1j * (angle - 2 * np.pi * radius))
    assert np.allclose(along, np.exp(2j * np.pi * raw.y / 3))


@pytest.mark.parametrize("kind", ["moons", "spirals", "xor", "circles"])
def test_classes_are_of_equal_size_and_points_follow_the_seed(kind: str) -> None:
    raw = points(kind=kind, rows=301)
    assert sorted(np.bincount(raw.y).tolist()) == [150, 151]
    assert np.array_equal(raw.x, points(kind=kind, rows=301).x)
    assert not np.array_equal(raw.x, points(kind=kind, rows=301, seed=1).x)


def test_noise_has_the_standard_deviation_asked_for() -> None:
    moved = points(kind="circles", rows=20_000, noise=0.3).x - points(kind="circles", rows=20_000).x
    # Five standard errors of a standard deviation over 40,000 draws: 5 x 0.3 / sqrt(2 x 40,000).
    assert abs(moved.std() - 0.3) < 0.0054


def test_a_sine_has_two_waves_between_minus_one_and_one() -> None:
    raw = points(kind="sine")
    x = raw.x[:, 0]
    assert (raw.x.shape, raw.y.dtype, raw.classes, raw.feature_names) == ((300, 1), np.float64, (), ("x",))
    assert np.array_equal(raw.y, np.sin(2 * np.pi * x))
    assert -1 <= x.min() < -0.9
    assert 0.9 < x.max() < 1


def test_the_noise_of_a_sine_is_on_y_alone() -> None:
    noisy, exact = (points(kind="sine", rows=20_000, noise=noise) for noise in (0.3, 0.0))
    assert np.array_equal(noisy.x, exact.x)
    # Five standard errors of a standard deviation over 20,000 draws: 5 x 0.3 / sqrt(2 x 20,000).
    assert abs((noisy.y - exact.y).std() - 0.3) < 0.0075
