"""A saved model of a study as scikit-learn takes it: an estimator that is fitted already."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from mindgap.models.file import load_model
from mindgap.models.model import Rows, TrainedModel


def load_estimator(path: str | Path) -> "SavedClassifier | SavedRegressor":
    """The estimator of a saved file, such as results/churn/model.npz. Raises UserError for what is no such file."""
    kind = SavedClassifier if load_model(Path(path)).target is None else SavedRegressor
    return kind(str(path))


class _Saved(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both have in common: raw rows as `TrainedModel` takes them, a data frame where the study had a table.

    Its only param is the `path` of the file, so that its clones are fitted too.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def model_(self) -> TrainedModel:
        """The model, read when it is first asked for, and again where the path is another."""
        if self.__dict__.get("_read") != self.path:
            self._model, self._read = load_model(Path(self.path)), self.path
        return self._model

    def fit(self, X: Rows, y: Any = None) -> Self:
        """Learn nothing: the study has."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def n_features_in_(self) -> int:
        """The columns of a table, or the values of a row."""
        encoding = self.model_.preparation.encoding
        return len(encoding.columns) if encoding.columns else len(self.model_.preparation.standardisation.mean)

    @property
    def feature_names_in_(self) -> NDArray[np.object_]:
        """The names of a table's columns. Raises AttributeError where there are none, as scikit-learn asks for."""
        columns = self.model_.preparation.encoding.columns
        if columns is None:
            raise AttributeError("the rows have no columns with names")
        return np.array([column.column.name for column in columns], object)

    def predict(self, X: Rows) -> NDArray[Any]:
        """The class of each raw row, or its value, (rows,); errors as for `TrainedModel.outputs`."""
        return self.model_.predict(X)


class SavedClassifier(ClassifierMixin, _Saved):  # type: ignore[misc]
    """A saved model that tells classes apart; their labels `classes_` (classes,) are texts, sorted."""

    @property
    def classes_(self) -> NDArray[np.str_]:
        """The labels, in the order of the columns of `predict_proba`."""
        return np.sort(np.array(self.model_.classes))

    def predict_proba(self, X: Rows) -> NDArray[np.float64]:
        """The probability of each class, (rows, classes); errors as for `TrainedModel.probabilities`."""
        return self.model_.probabilities(X)[:, np.argsort(self.model_.classes)]


class SavedRegressor(RegressorMixin, _Saved):  # type: ignore[misc]
    """A saved model that predicts a value, in the target's units."""
