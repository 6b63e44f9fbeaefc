"""The scikit-learn face: the engine's networks as a classifier and a regressor that scikit-learn can use."""

from mindgap.sklearn.classifier import MLPClassifier
from mindgap.sklearn.regressor import MLPRegressor
from mindgap.sklearn.saved import SavedClassifier, SavedRegressor, load_estimator

__all__ = ["MLPClassifier", "MLPRegressor", "SavedClassifier", "SavedRegressor", "load_estimator"]
