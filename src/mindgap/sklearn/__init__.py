"""The scikit-learn face: the engine's networks as a classifier and a regressor that scikit-learn can use."""

from mindgap.sklearn.classifier import MLPClassifier
from mindgap.sklearn.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
