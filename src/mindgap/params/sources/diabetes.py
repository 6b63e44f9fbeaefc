"""Params of the source `diabetes`."""

from typing import Literal

from pydantic import Field

from mindgap.params.base import TaskName
from mindgap.params.sources import CutTest, Source


class Diabetes(Source):
    """442 diabetes patients and how far the disease went in a year, to be fitted; bundled with scikit-learn."""

    source: Literal["diabetes"]
    test_fraction: CutTest = Field(0.2, description="Share of all rows kept for the test.")

    @property
    def task(self) -> TaskName:
        """What is asked of a network."""
        return "regression"
