"""Params of the source `digits`."""

from typing import Literal

from pydantic import Field

from mindgap.params.sources import CutTest, Labelled


class Digits(Labelled):
    """1,797 handwritten digits of 8x8 pixels, bundled with scikit-learn (UCI Optical Recognition)."""

    source: Literal["digits"]
    test_fraction: CutTest = Field(0.2, description="Share of all rows kept for the test.")
