"""What both estimators share: checked rows and weights, training until it stops, and the fitted attributes."""

import warnings
from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from mindgap.errors import UserError
from mindgap.nn.arrays import Array
from mindgap.nn.losses import Targets
from mindgap.params.run import RunSpec
from mindgap.sklearn.fitting import train
from mindgap.sklearn.learner import Learned, Learner
from mindgap.sklearn.params import Params, Plan
from mindgap.tasks import REGRESSION
from mindgap.training.batches import Rows

Y = NDArray[Any]
"""What stands beside the rows: labels (rows,) or values, float64, (rows,) or (rows, outputs)."""

FLOATS = (np.float64, np.float32)
"""Precisions of rows; others are converted to the first."""


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

    def _match(self, y: Y) -> None:
        """Raise ValueError if y has other classes than the first."""

    def _weighed(self, targets: Targets, weights: Array | None) -> Array | None:
        """The weights (rows,) to learn with, from those given."""
        return weights

    @abstractmethod
    def _targets(self, y: Y) -> Targets:
        """y as the engine takes it."""

    @abstractmethod
    def _outputs(self) -> int:
        """Outputs of the network."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train a network on X (rows, features) and y, each row's loss times its weight (rows,).

        y holds labels (rows,), or in regression values (rows,) or (rows, outputs). As everywhere in scikit-learn, one
        column (rows, 1) is taken as (rows,), with a DataConversionWarning.

        Training ends after `epochs`, or once the loss has not fallen by `tol` below its least for more than `patience`
        epochs in a row: the loss in training or, with early stopping, that of the rows held out, whose best epoch's
        network is then kept. A loss that is no finite number is no fall. A row of weight 0 counts as absent.

        Each call begins a new network, but with `warm_start` one after the first goes on with the network there is, for
        `epochs` more: with its values, its optimiser's state and its precision. The seed stays that of the first call
        and the epochs count on, so that with `tol` None two calls of 5 epochs meet the same draws as one of 10. So does
        the schedule; one over all epochs reaches its end with this call's. The regressor's scale stays as it is. With
        early stopping, the network there is counts as an epoch before the first.

        Raises ValueError for params, rows and weights that cannot be; where training diverges, or early stopping finds
        no finite loss; and, with `warm_start`, for other classes, features or outputs than before, another model or
        optimiser; the network there is then stays. Warns with scikit-learn's ConvergenceWarning where `epochs` ended
        what `tol` would not have ended.
        """
        before = self._learned if self.warm_start and self.__sklearn_is_fitted__() else None
        plan = self._plan(None if before is None else before.spec.seed)
        x, targets, weights = self._taken(plan, before, X, y, sample_weight)
        rows, held = self._split(plan, x, targets, weights)
        run = plan.run if before is None else plan.run.vary({"epochs": before.epochs + plan.run.train.epochs})
        made = train(plan, self._learner(plan, run, rows, before), held, before)
        self._keep(before, made.learned, made.loss_curve, made.validation_curve)
        if plan.stopping.tol is not None and not made.settled:
            message = f"{plan.run.train.epochs} epochs ended the training before tol and patience did; allow for more"
            warnings.warn(message, ConvergenceWarning, stacklevel=2)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_learned")

    def _go_on(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """Learn from these rows for one epoch: of a new network at first, then of the one there is."""
        before = self._learned if self.__sklearn_is_fitted__() else None
        plan = self._plan(None if before is None else before.spec.seed)
        if plan.stopping.early_stopping:
            raise ValueError("stopping.early_stopping: one epoch of partial_fit cannot be stopped early; use fit")
        x, targets, weights = self._taken(plan, before, X, y, sample_weight, classes, part=True)
        learner = self._learner(plan, plan.run, Rows.of(x, targets, weights), before)
        loss = learner.learn()
        self._keep(before, learner.learned(), [loss], [])
        return self

    def _learner(self, plan: Plan, run: RunSpec, rows: Rows, before: Learned | None) -> Learner:
        """A network in training; ValueError where its convolution does not fit the images."""
        try:
            return Learner(run, rows, self._outputs(), before, plan.image_shape)
        except UserError as error:
            raise ValueError(f"run.{error}") from None

    def _keep(self, before: Learned | None, learned: Learned, curve: list[float], held_curve: list[float]) -> None:
        """Set the fitted attributes; a network that went on has its curves go on."""
        self._learned = learned
        self.loss_curve_ = curve if before is None else self.loss_curve_ + curve
        self.validation_curve_ = held_curve if before is None else self.validation_curve_ + held_curve
        self.n_iter_ = len(self.loss_curve_)

    def _forward(self, X: Any) -> Array:
        """The network's outputs (rows, outputs), a new array."""
        check_is_fitted(self)
        x = self._plain(X)
        if x is None:
            _refuse_sparse(X)
            x = validate_data(self, X, dtype=self._learned.values.dtype, order="C", reset=False)
        return self._learned.outputs(x)

    def _plain(self, X: Any) -> Array | None:
        """X (rows, features) for the network where it is plainly right, or None.

        scikit-learn's validation would let it pass as well, but takes longer than a network does for a row.
        """
        if type(X) is not np.ndarray or X.dtype not in FLOATS or hasattr(self, "feature_names_in_"):
            return None
        if X.shape[1:] != (self.n_features_in_,) or len(X) == 0:
            return None
        with np.errstate(over="ignore"):
            x = np.ascontiguousarray(X, self._learned.values.dtype)
        return x if np.isfinite(x).all() else None

    @property
    def coefs_(self) -> list[Array]:
        """Weights (in, out) of each layer, of blocks of convolution first."""
        return [weights[0] for weights, _ in self._dense()]

    @property
    def intercepts_(self) -> list[Array]:
        """Biases (out,) of each layer."""
        return [bias[0, 0] for _, bias in self._dense()]

    def _dense(self) -> list[tuple[Array, Array]]:
        check_is_fitted(self)
        learned = self._learned
        return learned.spec.model.architecture(*learned.units, learned.image).layers(learned.values)

    def _taken(
        self,
        plan: Plan,
        before: Learned | None,
        X: Any,
        y: Any,
        sample_weight: Any,
        classes: Any = None,
        *,
        part: bool = False,
    ) -> tuple[Array, Targets, Array | None]:
        """Rows, targets and weights for a new network, or to go on with `before`; rows of weight 0 are left out.

        `part` says that these are not all rows: they are learned as batches are, and need not hold every class.
        """
        if before is not None:
            _refuse_another(before, plan)
        x, y, weights = self._checked(X, y, sample_weight, reset=before is None)
        if before is None:
            if self.__sklearn_is_fitted__():
                del self._learned  # it would not go with the classes or the scale that come now, should training fail
            self._begin(y, weights, classes)
        elif not part:
            self._match(y)
        targets = self._targets(y)
        x, targets, weights = _present(x, targets, self._weighed(targets, weights))
        batches = part or (plan.run.train.batch_size is not None and len(x) > plan.run.train.batch_size)
        dtype = before.values.dtype if before is not None else np.float32 if batches else x.dtype
        return x.astype(dtype, copy=False), targets, weights

    def _checked(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> tuple[Array, Y, Array | None]:
        """Rows, y and weights, as they come; rows of weight 0 are left out."""
        _refuse_sparse(X)
        numeric = self._task is REGRESSION
        x, y = validate_data(self, X, y, dtype=FLOATS, order="C", multi_output=numeric, y_numeric=numeric, reset=reset)
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
        return _present(x, y, weights)

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


def _present(x: Array, y: Y, weights: Array | None) -> tuple[Array, Y, Array | None]:
    """What there is of rows, what stands beside them, and weights, without the rows of weight 0."""
    if weights is None:
        return x, y, None
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not 0 < total < np.inf:
        raise ValueError(f"the rows' weights have the sum {total:g}; it has to be finite and above 0")
    there = weights > 0
    return x[there], y[there], weights[there]


def _refuse_sparse(X: Any) -> None:
    """Raise TypeError for a sparse matrix or array, and for a data frame of sparse columns."""
    if issparse(X) or hasattr(X, "sparse"):
        how = "X.toarray()" if issparse(X) else "X.sparse.to_dense()"
        raise TypeError(f"X is sparse, and the networks here take dense rows: give {how}")


def _refuse_another(before: Learned, plan: Plan) -> None:
    """Raise ValueError where the params now describe what training cannot turn into."""
    instead = "where a network goes on learning; fit without warm_start begins a new one"
    if before.spec.model != plan.run.model:
        raise ValueError(f"run.model: no param of it may change {instead}")
    for name in ("optimizer", "epsilon"):  # what an optimiser keeps means what they say
        if getattr(before.spec.train, name) != getattr(plan.run.train, name):
            raise ValueError(f"run.train.{name}: it may not change {instead}")
