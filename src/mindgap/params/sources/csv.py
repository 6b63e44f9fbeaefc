"""Params of the source `csv`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mindgap.params.sources._table import Table


class Csv(Table):
    """A table of numbers and categories in a text file, one row an example."""

    source: Literal["csv"]
    path: str = Field(
        min_length=1, description="The file, relative to the working directory; UTF-8 text, plain or in gzip (.csv.gz)."
    )
    delimiter: str | None = Field(
        None, min_length=1, max_length=1, description="Column separator; null finds it among comma, semicolon, tab, |."
    )
    header: bool | None = Field(None, description="Whether the first row holds names; null detects it.")
    missing: Literal["refuse", "impute"] = Field(
        "refuse",
        description="Empty cells (also ?, NA, N/A, NaN, null): refuse names them; impute takes the training rows' "
        "median (numbers) or most frequent category.",
    )

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.delimiter in ('"', "\r", "\n"):
            raise ValueError(f"delimiter {self.delimiter!r} cannot separate columns: use for example ',' or ';'")
        return self
