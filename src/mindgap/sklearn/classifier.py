"""The classifier: classes of any type, each an output of the network."""

from collections.abc import Mapping
from inspect import Parameter, Signature, signature
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets

from mindgap.nn.arrays import Array
from mindgap.nn.information import softmax
from mindgap.nn.losses import LOSSES, Targets
from mindgap.sklearn.estimator import MLP, Y
from mindgap.tasks import CLASSIFICATION, Task

BALANCED = "balanced"
"""The class weight with which all classes count the same."""


def _has_probabilities(estimator: "MLPClassifier") -> bool:
    """Whether the loss makes log-probabilities of the outputs; with other losses they are scores."""
    name = estimator._task.loss if estimator.loss is None else estimator.loss
    return name in LOSSES and LOSSES[name].probabilities


def _signature() -> Signature:
    """All params of both estimators, and the classifier's own: scikit-learn reads them here."""
    params = signature(MLP.__init__).parameters.values()
    return Signature([*params, Parameter("class_weight", Parameter.KEYWORD_ONLY, default=None)])


class MLPClassifier(ClassifierMixin, MLP):  # type: ignore[misc]  # scikit-learn has no types
    """A multilayer perceptron that tells classes apart. `classes_` are their labels (classes,), sorted, of any type.

    Each row's weight is multiplied by that of its class, in training and among the rows that early stopping holds out.
    `class_weight` is None for 1; or a dict {label: weight}, with 1 for labels that it does not name; or "balanced", the
    sum of all rows' weights / (classes * the sum in the class), so that each class counts the same.
    """

    classes_: Y
    _task: ClassVar[Task] = CLASSIFICATION

    def __init__(self, *params: Any, class_weight: Any = None, **named: Any) -> None:
        super().__init__(*params, **named)
        self.class_weight = class_weight

    __init__.__signature__ = _signature()  # type: ignore[attr-defined]

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from these rows for one epoch. The first call names all `classes` that any call will have.

        Raises ValueError as `fit` does, for classes that are missing at first, or not the same later on, and for
        balanced class weights.
        """
        if isinstance(self.class_weight, str) and self.class_weight == BALANCED:
            raise ValueError(
                "class_weight: 'balanced' is not supported for partial_fit, which does not see all rows. Give a dict "
                "of weights, such as those of compute_class_weight('balanced', classes=classes, y=y) for a sample y"
            )
        begun = self.__sklearn_is_fitted__()
        if classes is None and not begun:
            raise ValueError("classes: the first call of partial_fit has to name all classes")
        if classes is not None and begun and set(classes) != set(self.classes_):
            raise ValueError(f"classes: {self.classes_} at first, {np.unique(classes)} in this call")
        return self._go_on(X, y, sample_weight, classes)

    def predict(self, X: Any) -> Y:
        """The class of each row, (rows,): that of the largest output."""
        largest = self._forward(X).argmax(axis=1)
        return np.asarray(self.classes_[largest])

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (rows, classes): the softmax of the outputs. With cross_entropy only."""
        return softmax(self._forward(X))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of each class's probability, (rows, classes), finite also where that is 0 as a float.

        log p_j = (z_j - m) - log sum_k exp(z_k - m), with m the largest output z. With cross_entropy only.
        """
        outputs = self._forward(X)
        with np.errstate(over="ignore"):
            shifted = outputs - outputs.max(axis=1, keepdims=True)
            found = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return np.asarray(np.maximum(found, np.finfo(found.dtype).min))

    def _begin(self, y: Y, weights: Array | None, classes: Any) -> None:
        check_classification_targets(y)
        self.classes_ = np.unique(y if classes is None else classes)

    def _targets(self, y: Y) -> Targets:
        labels = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        unknown = self.classes_[labels] != y
        if unknown.any():
            raise ValueError(f"y has classes {np.unique(y[unknown])}, which are not among {self.classes_}")
        return labels

    def _match(self, y: Y) -> None:
        if set(np.unique(y)) != set(self.classes_):
            raise ValueError(f"y: with warm_start its classes stay; {self.classes_} at first, {np.unique(y)} now")

    def _weighed(self, targets: Targets, weights: Array | None) -> Array | None:
        if self.class_weight is None:
            return weights
        if isinstance(self.class_weight, str) and self.class_weight == BALANCED:
            numbers = np.arange(len(self.classes_))
            of_classes = compute_class_weight(BALANCED, classes=numbers, y=targets, sample_weight=weights)
        else:
            of_classes = self._given_weights()
        with np.errstate(over="ignore"):
            return np.asarray(of_classes[targets] if weights is None else of_classes[targets] * weights)

    def _given_weights(self) -> Array:
        """The weights (classes,) that a dict gives. scikit-learn's function would read the label "1" as the number."""
        given, labels = self.class_weight, self.classes_.tolist()
        if not isinstance(given, Mapping):
            raise ValueError(f"class_weight: None, 'balanced' or a dict of labels and weights (found {given!r})")
        for label, weight in given.items():
            if not (isinstance(weight, Real) and 0 <= float(weight) < np.inf):
                raise ValueError(f"class_weight: weights are numbers of 0 or more (found {weight!r} for {label!r})")
        others = [label for label in given if label not in labels]
        missing = [label for label in labels if label not in given]
        if others and missing:  # else the rows have not all classes: other weights are of no harm
            raise ValueError(f"class_weight: {others} are not among the classes {labels}, and {missing} have no weight")
        return np.array([given.get(label, 1) for label in labels], np.float64)

    def _outputs(self) -> int:
        return len(self.classes_)
