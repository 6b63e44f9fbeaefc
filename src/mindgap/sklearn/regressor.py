"""The regressor: one value a row, or several, each learned on a standard scale."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Targets
from mindgap.sklearn.estimator import MLP, Y
from mindgap.tasks import REGRESSION, Task

Values = NDArray[np.float64]


class MLPRegressor(RegressorMixin, MLP):  # type: ignore[misc]  # scikit-learn has no types
    """A multilayer perceptron that predicts a value for each row, or several at once, one an output.

    The network learns (y - `target_mean_`) / `target_scale_`, with the weighted mean and standard deviation of the
    training values (1 where all are equal; where a network goes on learning, those of the first call): numbers where y
    is (rows,), arrays (outputs,) where it is (rows, outputs). So its losses, `tol` and `huber_delta` mean the same
    whatever y is measured in, and each output counts the same; the mean squared error is the unexplained share of
    variance.
    """

    target_mean_: float | Values
    target_scale_: float | Values
    _task: ClassVar[Task] = REGRESSION

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from these rows for one epoch. Raises ValueError as `fit` does, and for another number of outputs."""
        return self._go_on(X, y, sample_weight)

    def predict(self, X: Any) -> Values:
        """The values of the rows, float64, (rows,) or (rows, outputs) as y was."""
        # Values far from 0 need more digits than the network's float32 has.
        outputs = self._forward(X).astype(np.float64).reshape(-1, *np.shape(self.target_mean_))
        return np.asarray(outputs * self.target_scale_ + self.target_mean_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _begin(self, y: Y, weights: Array | None, classes: Any) -> None:
        mean = np.average(y, axis=0, weights=weights)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            deviation = np.average((y - mean) ** 2, axis=0, weights=weights) ** 0.5
        spread = np.ptp(y, axis=0)
        if (
            not np.isfinite(deviation).all()
            or ((deviation == 0) & (spread > 64 * np.spacing(np.abs(y).max(axis=0)))).any()
        ):
            raise ValueError("y is too large or too small for float64 to square its distances; give it in other units")
        # Rounding can make the mean of equal values differ from them.
        scale = np.where((deviation > 0) & (spread > 0), deviation, 1)
        self.target_mean_, self.target_scale_ = (mean, scale) if y.ndim == 2 else (float(mean), float(scale))

    def _targets(self, y: Y) -> Targets:
        if y[0].size != self._outputs():
            raise ValueError(f"values a row of y: {self._outputs()} at first, {y[0].size} now")
        return np.asarray((y - self.target_mean_) / self.target_scale_)

    def _outputs(self) -> int:
        return np.size(self.target_mean_)
