"""What both estimators share: checked rows and weights, training until it stops, and the fitted attributes."""

import warnings
from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from mindgap.nn.arrays import Array
from mindgap.nn.losses import Targets
from mindgap.sklearn.learner import Learned, Learner, Rows
from mindgap.sklearn.params import Params, Plan
from mindgap.tasks import REGRESSION

Y = NDArray[Any]
"""What stands beside the rows: labels (rows,) or values, float64, (rows,) or (rows, outputs)."""


class MLP(Params):
    """A multilayer perceptron, trained in float32: twice as fast as float64, and its rounding is far below the noise of
    batches. Only where `fit` has no such noise, as one batch holds all rows, it trains in the precision of its rows.

    Fitted attributes: `loss_curve_`, each epoch's mean loss of the rows, each taken before its batch's step and without
    penalties; `validation_curve_`, with early stopping, the mean loss of the held-out rows after each epoch; `n_iter_`,
    the number of epochs; `coefs_` and `intercepts_`, weights (in, out) and biases (out,) of each dense layer.
    """

    loss_curve_: list[float]
    validation_curve_: list[float]
    n_iter_: int
    _learned: Learned

    @abstractmethod
    def _begin(self, y: Y, weights: Array | None, classes: Any) -> None:
        """Set what turns y into targets, from the first y."""

    @abstractmethod
    def _targets(self, y: Y) -> Targets:
        """y as the engine takes it."""

    @abstractmethod
    def _outputs(self) -> int:
        """Outputs of the network."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a new network on X (rows, features) and y, each row's loss times its weight (rows,).

        y holds labels (rows,), or in regression values (rows,) or (rows, outputs). As everywhere in scikit-learn, one
        column (rows, 1) is taken as (rows,), with a DataConversionWarning.

        Training ends after `epochs`, or once the loss has not fallen by `tol` below its least for more than `patience`
        epochs in a row: the loss in training or, with early stopping, that of the rows held out, whose best epoch's
        network is then kept. A row of weight 0 counts as absent.

        Raises ValueError for params, rows and weights that cannot be, and where training diverges. Warns with
        scikit-learn's ConvergenceWarning where `epochs` ended what `tol` would not have ended.
        """
        plan = self._plan()
        x, y, weights = self._checked(X, y, sample_weight, reset=True)
        if plan.run.train.batch_size is not None and len(x) > plan.run.train.batch_size:
            x = x.astype(np.float32, copy=False)
        if self.__sklearn_is_fitted__():
            del self._learned  # it would not go with the classes or the scale that come now, should training fail
        self._begin(y, weights, None)
        rows, held = self._split(plan, x, self._targets(y), weights)
        learner = Learner(plan.run, rows, self._outputs())
        self.loss_curve_, self.validation_curve_ = [], []
        least, waited = np.inf, 0
        for _ in range(plan.run.train.epochs):
            loss = learner.learn()
            self.loss_curve_.append(loss)
            if held is not None:
                loss = learner.measure(held)
                self.validation_curve_.append(loss)
                if loss < least:
                    self._learned = learner.learned()
            if plan.stopping.tol is not None:
                waited = waited + 1 if loss > least - plan.stopping.tol else 0
            least = min(loss, least)
            if waited > plan.stopping.patience:
                break
        else:
            if plan.stopping.tol is not None:
                message = (
                    f"{plan.run.train.epochs} epochs ended the training before tol and patience did; allow for more"
                )
                warnings.warn(message, ConvergenceWarning, stacklevel=2)
        if held is None:
            self._learned = learner.learned()
        self.n_iter_ = len(self.loss_curve_)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_learned")

    def _go_on(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """Learn from these rows for one epoch: of a new network at first, then of the one there is."""
        before = self._learned if self.__sklearn_is_fitted__() else None
        plan = self._plan(None if before is None else before.spec.seed)
        if plan.stopping.early_stopping:
            raise ValueError("stopping.early_stopping: one epoch of partial_fit cannot be stopped early; use fit")
        x, y, weights = self._checked(X, y, sample_weight, reset=before is None)
        if before is None:
            self._begin(y, weights, classes)
            self.loss_curve_ = []
        else:
            _refuse_another(before, plan)
        x = x.astype(np.float32 if before is None else before.values.dtype, copy=False)
        learner = Learner(plan.run, Rows.of(x, self._targets(y), weights), self._outputs(), before)
        self.loss_curve_.append(learner.learn())
        self._learned = learner.learned()
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _forward(self, X: Any) -> Array:
        """The network's outputs (rows, outputs), a new array."""
        check_is_fitted(self)
        dtype = self._learned.values.dtype
        return self._learned.outputs(validate_data(self, X, dtype=dtype, order="C", reset=False))

    @property
    def coefs_(self) -> list[Array]:
        """Weights (in, out) of each dense layer."""
        return [weights[0] for weights, _ in self._dense()]

    @property
    def intercepts_(self) -> list[Array]:
        """Biases (out,) of each dense layer."""
        return [bias[0, 0] for _, bias in self._dense()]

    def _dense(self) -> list[tuple[Array, Array]]:
        check_is_fitted(self)
        return self._learned.spec.model.architecture(*self._learned.units).dense(self._learned.values)

    def _checked(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> tuple[Array, Y, Array | None]:
        """Rows, y and weights to train on; rows of weight 0 are left out."""
        numeric = self._task is REGRESSION
        x, y = validate_data(
            self, X, y, dtype=[np.float64, np.float32], order="C", multi_output=numeric, y_numeric=numeric, reset=reset
        )
        if numeric:  # where y may have several columns, validate_data lets sparse ones and text pass
            y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
            y = column_or_1d(y, warn=True) if y.shape[1:] == (1,) else y
        if sample_weight is None:
            return x, y, None
        weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
        if weights.shape != (len(y),):
            raise ValueError(f"sample_weight has shape {weights.shape}; one weight for each row makes {(len(y),)}")
        if weights.min() < 0 or not weights.any():
            raise ValueError("sample_weight: weights are zero or more, and not all of them zero")
        there = weights > 0
        return x[there], y[there], weights[there]

    def _split(self, plan: Plan, x: Array, targets: Targets, weights: Array | None) -> tuple[Rows, Rows | None]:
        """The rows to learn from and those that early stopping holds out; of each class, the same share."""
        if not plan.stopping.early_stopping:
            return Rows.of(x, targets, weights), None
        parts = train_test_split(
            np.arange(len(x)),
            test_size=plan.stopping.validation_fraction,
            random_state=plan.run.seed,
            stratify=targets if self._task is not REGRESSION else None,
        )
        learned, held = (Rows.of(x[part], targets[part], None if weights is None else weights[part]) for part in parts)
        return learned, held


def _refuse_another(before: Learned, plan: Plan) -> None:
    """Raise ValueError where the params now describe what training cannot turn into."""
    if before.spec.model != plan.run.model:
        raise ValueError("run.model: no param of it may change between calls of partial_fit; use fit")
    if before.spec.train.optimizer != plan.run.train.optimizer:
        raise ValueError("run.train.optimizer: it may not change between calls of partial_fit; use fit")
