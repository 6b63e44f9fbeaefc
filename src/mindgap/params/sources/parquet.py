"""Params of the source `parquet`."""

from typing import Literal

from pydantic import Field

from mindgap.params.sources._table import Table


class Parquet(Table):
    """A table of numbers and categories in a Parquet file, whose schema says which column is what."""

    source: Literal["parquet"]
    path: str = Field(
        min_length=1,
        description="The file, relative to the working directory. Columns hold numbers, booleans (as 0 and 1) or "
        "texts (categories, whatever they spell).",
    )
    missing: Literal["refuse", "impute"] = Field(
        "refuse",
        description="Nulls, and NaN among numbers: refuse names them; impute takes the training rows' median (numbers) "
        "or most frequent category.",
    )
