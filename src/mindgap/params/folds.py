"""Params of folds: into how many parts rows are cut, and how often."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from mindgap.params.base import Block, Integer

AUTO: Literal["auto"] = "auto"
"""Asks for folds where a file of one's own has few rows."""

FEW = 1000
"""Fewer rows than this are few."""


class Folds(Block):
    """Parts of the rows, each of which is once the test rows."""

    folds: Integer = Field(5, ge=2, le=50, description="Parts that rows are cut into.")
    repeats: Integer = Field(1, ge=1, le=50, description="How often they are cut, each time at random anew.")

    @property
    def count(self) -> int:
        """How many times some rows are the test rows."""
        return self.folds * self.repeats


def _folds(value: Any) -> Any:
    """Refuse in one message what are no folds."""
    if value in (None, AUTO) or isinstance(value, Folds):
        return value
    try:
        if isinstance(value, Mapping):
            return Folds(**value)
    except (TypeError, ValidationError):
        pass
    raise ValueError(
        f"{AUTO}, null for one split, or whole numbers of folds (2 to 50) and repeats (1 to 50) such as {{folds: 5, "
        f"repeats: 1}} are needed, not {value!r}"
    )


AskedFolds = Annotated[Literal["auto"] | Folds | None, BeforeValidator(_folds)]
