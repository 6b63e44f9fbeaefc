"""Principal components: the directions in which the training rows vary most, and whitening along them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mindgap.data.blocks import blocks
from mindgap.data.standardisation import Features
from mindgap.errors import UserError
from mindgap.params.preprocess import Pca

MOST_FEATURES = 10_000
"""The covariance of more would need over 800 MB, and its decomposition hours."""

# Rows projected at a time, filled up with zeros where there are fewer: BLAS may round a product of another shape
# differently, and a row must give the same bits alone as among others.
_ROWS = 256
# Variances below this share of the greatest are what rounding leaves of none.
_NOTHING = 1e-12


@dataclass(frozen=True)
class Components:
    """y = (z W) / divisor, for standardised rows z whose training mean is 0.

    `directions` W float64 (features, components) has orthonormal columns, of falling variance; `variance` (components,)
    is that of the training rows along each; `divisor` (components,) is sqrt(variance + epsilon) where rows are
    whitened, otherwise 1; `explained` is the share of all variance that these components hold.
    """

    directions: Features
    variance: Features
    divisor: Features
    explained: float

    @property
    def constant(self) -> int:
        """How many components do not vary on the training rows, but for rounding."""
        return int(np.count_nonzero(self.variance <= _NOTHING * self.variance[0]))

    def apply(self, z: Features) -> Features:
        """Standardised rows (rows, features) to (rows, components); a row's bits do not depend on the other rows."""
        projected = np.empty((len(z), len(self.divisor)))
        for start in range(0, len(z), _ROWS):
            chunk = z[start : start + _ROWS]
            filled = np.zeros((_ROWS, z.shape[1]))
            filled[: len(chunk)] = chunk
            projected[start : start + _ROWS] = (filled @ self.directions)[: len(chunk)]
        return projected / self.divisor

    def restore(self, y: NDArray[np.floating]) -> Features:
        """(rows, components) back to standardised rows (rows, features), without what other components held."""
        restored: Features = (y * self.divisor) @ self.directions.T
        return restored


def fit_components(read: Callable[[slice], Features], rows: int, pca: Pca, origin: str) -> Components:
    """Fit on `rows` training rows, which `read` gives block by block as (rows, features), standardised, of mean 0.

    The covariance C = Z'Z / rows = W diag(variance) W' is decomposed in float64. Each direction's sign is such that the
    first of its largest entries is positive. Whitening divides by sqrt(variance + epsilon), which keeps directions of
    hardly any variance from being blown up. Raises UserError for more components than there are features or than rows
    in general position can span (rows - 1), and for more than MOST_FEATURES features.
    Source: Stanford CS231n, Neural Networks Part 2 (lecture 6), PCA and whitening.
    """
    features = read(slice(0, 1)).shape[1]
    most = min(features, rows - 1)
    if features > MOST_FEATURES:
        raise UserError(
            f"{origin}: preprocess.pca needs the covariance of all features, and {features:,} are too many for it "
            f"(at most {MOST_FEATURES:,}). Write preprocess.pca: null."
        )
    if isinstance(pca.components, int) and pca.components > most:
        raise UserError(
            f"{origin}: preprocess.pca.components is {pca.components}, but {rows} training rows of {features} features "
            f"have at most {most} (no more than features, and fewer than rows). Write a number up to {most}, or null."
        )
    covariance = np.zeros((features, features))
    for block in blocks(rows, features):
        z = read(block)
        covariance += z.T @ z
    ascending, vectors = np.linalg.eigh(covariance / rows)
    variance, directions = np.maximum(ascending[::-1], 0.0), vectors[:, ::-1]

    held = np.cumsum(variance)
    # Where nothing varies, the first component holds all there is.
    shares = held / held[-1] if held[-1] > 0 else np.ones(features)
    count = _count(pca.components, shares, most)
    variance, directions = variance[:count].copy(), directions[:, :count]
    sizes = np.abs(directions)
    # "The largest" would be decided by rounding where two are equal in size.
    first = np.argmax(sizes >= (1 - 1e-9) * sizes.max(axis=0), axis=0)
    directions = np.ascontiguousarray(directions * np.sign(directions[first, np.arange(count)]))
    divisor = np.sqrt(variance + pca.epsilon) if pca.whiten else np.ones(count)
    return Components(directions, variance, divisor, float(shares[count - 1]))


def _count(components: int | float | None, shares: Features, most: int) -> int:
    if components is None:
        return most
    if isinstance(components, int):
        return components
    return min(int(np.searchsorted(shares, components)) + 1, most)
