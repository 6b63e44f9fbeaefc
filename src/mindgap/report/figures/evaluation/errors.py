"""The errors on the test rows: which classes are taken for which, or how far values are off."""

from mindgap.report.drawing import confusion, residuals
from mindgap.report.drawing.style import Drawing
from mindgap.report.study import FinishedStudy

TITLE = "The errors on test rows"


def draw(study: FinishedStudy) -> Drawing:
    """The confusion matrix of classes, or the residuals of a regression."""
    return confusion.draw(study) if study.target is None else residuals.draw(study, study.predictions.test)
