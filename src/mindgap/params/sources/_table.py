"""Params of sources that are tables."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mindgap.params.base import TaskName
from mindgap.params.sources import TASK, Source, Target, Weight


class Table(Source):
    """A table of numbers and categories, one row an example."""

    path: str = Field(min_length=1, description="The file, relative to the working directory.")
    target: Target = Field(-1, description="Column to predict: its name, or its index (-1 is the last).")
    weight: Weight = Field(
        None,
        description="Column of how much each row counts, its name or its index: numbers from 0, of any scale. The loss "
        "and the linear baseline weigh training rows by it; it is no feature, and what is measured counts each row "
        "once. null: all rows alike.",
    )
    task: TaskName = Field("classification", description=TASK)
    missing: Literal["refuse", "impute"] = Field(
        "refuse",
        description="Empty cells: refuse names them; impute takes the training rows' median (numbers) or most frequent "
        "category.",
    )
    test_path: str | None = Field(
        None,
        min_length=1,
        description="A second file of the same columns as the test set; then test_fraction must be null.",
    )

    @model_validator(mode="after")
    def _one_test_set(self) -> Self:
        if self.test_path is not None and self.test_fraction is not None:
            raise ValueError(
                f"test_path gives the test rows, so write test_fraction: null (found {self.test_fraction})"
            )
        if self.test_path is None and self.test_fraction is None:
            raise ValueError("test_fraction is null and there is no test_path: give one of them, e.g. 0.2")
        return self

    @property
    def imputes(self) -> bool:
        """Whether missing cells are to be filled."""
        return self.missing == "impute"
