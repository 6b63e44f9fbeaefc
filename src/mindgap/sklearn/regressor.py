"""The regressor: one value a row, learned on a standard scale."""

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import RegressorMixin

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Targets
from mindgap.sklearn.estimator import MLP, Column


class MLPRegressor(RegressorMixin, MLP):  # type: ignore[misc]  # scikit-learn has no types
    """A multilayer perceptron that predicts a value.

    The network learns (y - `target_mean_`) / `target_scale_`, with the weighted mean and standard deviation of the
    training values (1 where all are equal; in `partial_fit`, those of the first call). So its losses, `tol` and
    `huber_delta` mean the same whatever y is measured in; the mean squared error is the unexplained share of variance.
    """

    target_mean_: float
    target_scale_: float
    _task: ClassVar[str] = "regression"
    _default_loss: ClassVar[str] = "mse"

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from these rows for one epoch. Raises ValueError as `fit` does."""
        return self._go_on(X, y, sample_weight)

    def predict(self, X: Any) -> Array:
        """The value of each row, (rows,)."""
        return self._forward(X)[:, 0] * self.target_scale_ + self.target_mean_

    def _begin(self, y: Column, weights: Array | None, classes: Any) -> None:
        self.target_mean_ = float(np.average(y, weights=weights))
        deviation = float(np.average((y - self.target_mean_) ** 2, weights=weights)) ** 0.5
        self.target_scale_ = deviation or 1.0

    def _targets(self, y: Column) -> Targets:
        return np.asarray((y - self.target_mean_) / self.target_scale_)

    def _outputs(self) -> int:
        return 1
