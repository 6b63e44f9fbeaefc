"""The classifier: classes of any type, each an output of the network."""

from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets

from mindgap.nn.arrays import Array
from mindgap.nn.information import softmax
from mindgap.nn.losses import LOSSES, Targets
from mindgap.sklearn.estimator import MLP, Y
from mindgap.tasks import CLASSIFICATION, Task


def _has_probabilities(estimator: "MLPClassifier") -> bool:
    """Whether the loss makes log-probabilities of the outputs; with other losses they are scores."""
    name = estimator._task.loss if estimator.loss is None else estimator.loss
    return name in LOSSES and LOSSES[name].probabilities


class MLPClassifier(ClassifierMixin, MLP):  # type: ignore[misc]  # scikit-learn has no types
    """A multilayer perceptron that tells classes apart. `classes_` are their labels (classes,), sorted, of any type."""

    classes_: Y
    _task: ClassVar[Task] = CLASSIFICATION

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from these rows for one epoch. The first call names all `classes` that any call will have.

        Raises ValueError as `fit` does, and for classes that are missing at first, or not the same later on.
        """
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

    def _begin(self, y: Y, weights: Array | None, classes: Any) -> None:
        check_classification_targets(y)
        self.classes_ = np.unique(y if classes is None else classes)

    def _targets(self, y: Y) -> Targets:
        labels = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        unknown = self.classes_[labels] != y
        if unknown.any():
            raise ValueError(f"y has classes {np.unique(y[unknown])}, which are not among {self.classes_}")
        return labels

    def _outputs(self) -> int:
        return len(self.classes_)
