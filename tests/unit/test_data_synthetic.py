"""Tests of the points in the plane."""

from typing import Any

import numpy as np
import pytest

from mindgap.data.raw import Raw
from mindgap.data.synthetic import load
from mindgap.params.data import Synthetic


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
