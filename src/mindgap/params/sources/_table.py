"""Params of sources that are tables."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from mindgap.params.base import Integer, Real, TaskName
from mindgap.params.folds import Folds
from mindgap.params.sources import TASK, Columns, Orders, Source, Target


class Table(Source):
    """A table of numbers and categories, one row an example."""

    path: str = Field(min_length=1, description="The file, relative to the working directory.")
    target: Target = Field(-1, description="Column to predict: its name, or its index (-1 is the last).")
    weight: Target | None = Field(
        None,
        description="Column of how much each row counts, its name or its index: numbers from 0, of any scale. The loss "
        "and the fitted baselines weigh training rows by it; it is no feature, and what is measured counts each row "
        "once. null: all rows alike.",
    )
    task: TaskName = Field("classification", description=TASK)
    missing: Literal["refuse", "impute"] = Field(
        "refuse",
        description="Empty cells: refuse names them; impute takes the training rows' median (numbers) or most frequent "
        "category.",
    )
    group: Target | None = Field(
        None,
        description="Column of groups, such as patients, whose rows never stand in two splits; it is no feature. Of "
        "each class the splits have about their shares, as far as groups allow. null: rows are split one by one.",
    )
    time: Target | None = Field(
        None,
        description="Column of dates or numbers by which rows are split: the first are for training, then those for "
        "validation, the last for the test; rows of one time stay together. It is no feature. null: at random.",
    )
    ignore: Columns = Field((), description="Columns that are not read, by name or index.")
    categorical: Columns = Field(
        (),
        description="Columns whose numbers are codes, such as postcodes, or whose dates are names; 1, 1.0 and 01 are "
        "the same. Columns of texts are categorical anyway, and those of dates alone (2024-03-01, 2024-03-01 12:30) "
        "become days, and the angles of year, week and day, where training rows are spread over these.",
    )
    ordinal: Orders = Field(
        {},
        description="Columns of categories that have an order, from the least to the greatest, such as {size: [S, M, "
        "L]}; each becomes a number, its place. null takes one away.",
    )
    one_hot: Integer = Field(
        50,
        ge=1,
        description="A column with more categories than this does not get a feature for each, but the mean of the "
        "target over the training rows of a category (of classes, their shares), drawn towards that of all rows as by "
        "ten of them. A training row's mean is of the other four fifths of the training rows.",
    )
    rare: Real = Field(
        0.001,
        ge=0,
        lt=1,
        description="Categories of a smaller share of the training rows have one feature together, which unseen ones "
        "then have too; 0: each has its own.",
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

    @model_validator(mode="after")
    def _one_way_to_split(self) -> Self:
        if self.group is not None and self.time is not None:
            raise ValueError(f"group ({self.group}) and time ({self.time}) both say how rows are split: give one")
        if self.time is not None and isinstance(self.folds, Folds):
            raise ValueError(f"time ({self.time}) and folds both say how rows are split: give one")
        return self

    @property
    def encoded(self) -> dict[str, Any]:
        """How columns become features, as `mindgap.data.encoding.fit_encoding` takes it."""
        return {"one_hot": self.one_hot, "rare": self.rare}

    @property
    def imputes(self) -> bool:
        """Whether missing cells are to be filled."""
        return self.missing == "impute"
