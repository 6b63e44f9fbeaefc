"""Params of the source `breast_cancer`."""

from typing import Literal

from pydantic import Field

from mindgap.params.sources import CutTest, Labelled


class BreastCancer(Labelled):
    """569 breast tumours, benign or malignant, by 30 measures of their cells; bundled with scikit-learn (UCI)."""

    source: Literal["breast_cancer"]
    test_fraction: CutTest = Field(0.2, description="Share of all rows kept for the test.")
