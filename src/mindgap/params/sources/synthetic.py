"""Params of the source `synthetic`."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from mindgap.params.base import Integer, Real, TaskName
from mindgap.params.sources import CutTest, Source


class Synthetic(Source):
    """Points in the plane whose classes no line can separate; or a curve to be fitted, y = sin(2 pi x)."""

    drawn: ClassVar[bool] = True

    source: Literal["synthetic"]
    kind: Literal["moons", "spirals", "xor", "circles", "sine"] = Field(
        "moons", description="Which figure; sine is a regression of y on x in -1..1, the others have classes."
    )
    rows: Integer = Field(1000, ge=20, le=1_000_000, description="Number of points.")
    classes: Integer = Field(
        2, ge=2, le=10, description="Number of arms; only spirals may have more than two, and a sine has none."
    )
    noise: Real = Field(
        0.1,
        ge=0,
        le=100,
        description="Standard deviation of the Gaussian noise on both coordinates; of a sine, on y alone.",
    )
    test_fraction: CutTest = Field(0.2, description="Share of all rows kept for the test.")

    @model_validator(mode="after")
    def _arms_of_spirals_only(self) -> Self:
        if self.kind == "sine" and self.classes != 2:
            raise ValueError(
                f"kind sine has no classes: leave out classes (found {self.classes}), or write kind: spirals"
            )
        if self.kind != "spirals" and self.classes != 2:
            raise ValueError(f"kind {self.kind} has 2 classes, not {self.classes}: write classes: 2, or kind: spirals")
        return self

    @property
    def task(self) -> TaskName:
        """What is asked of a network."""
        return "regression" if self.kind == "sine" else "classification"
