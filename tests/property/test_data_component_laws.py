"""Laws of principal components: orthonormal, uncorrelated, of falling variance, and together all there is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mindgap.data.components import Components, fit_components
from mindgap.params.preprocess import Pca

SHAPES = st.tuples(st.integers(3, 40), st.integers(1, 8))


def centred(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Rows with correlated features of different sizes, of mean 0."""
    random = np.random.default_rng(seed)
    z = random.normal(size=shape) @ random.normal(size=(shape[1], shape[1]))
    return z - z.mean(axis=0)


def fit(z: np.ndarray, whiten: bool = False) -> Components:
    return fit_components(z.__getitem__, len(z), Pca(whiten=whiten), "own")


@given(SHAPES, st.integers(0, 2**32), st.booleans())
def test_all_components_together_give_the_rows_back(shape: tuple[int, int], seed: int, whiten: bool) -> None:
    z = centred(shape, seed)
    fitted = fit(z, whiten)
    assert np.allclose(fitted.restore(fitted.apply(z)), z, atol=1e-9 * max(1.0, np.abs(z).max()))


@given(SHAPES, st.integers(0, 2**32))
def test_directions_are_orthonormal_and_variance_falls(shape: tuple[int, int], seed: int) -> None:
    fitted = fit(centred(shape, seed))
    count = fitted.directions.shape[1]
    assert np.allclose(fitted.directions.T @ fitted.directions, np.eye(count), atol=1e-12)
    assert (np.diff(fitted.variance) <= 0).all()


@given(SHAPES, st.integers(0, 2**32))
def test_projected_rows_are_uncorrelated_and_no_variance_is_lost(shape: tuple[int, int], seed: int) -> None:
    z = centred(shape, seed)
    y = fit(z).apply(z)
    total = np.square(z).sum()
    assert np.allclose(y.T @ y, np.diag(np.square(y).sum(axis=0)), atol=1e-12 * total)
    assert np.isclose(np.square(y).sum(), total, rtol=1e-12)


@given(SHAPES, st.integers(0, 2**32), st.integers(0, 100))
def test_a_row_has_the_same_bits_wherever_it_stands(shape: tuple[int, int], seed: int, before: int) -> None:
    z = centred(shape, seed)
    fitted = fit(z)
    moved = np.concatenate([np.ones((before, shape[1])), z])
    assert np.array_equal(fitted.apply(moved)[before:], fitted.apply(z))
