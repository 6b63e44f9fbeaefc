"""The params of each source of data, a file a source; here what they share."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from mindgap.params.base import Block, Fraction, TaskName
from mindgap.registry import Registry
from mindgap.words import words


def _null_only(value: Any) -> Any:
    """Refuse a share where the source brings its own test rows, and say what to write instead."""
    if value is not None:
        raise ValueError(f"this source brings its own 10,000 test rows: write test_fraction: null, not {value!r}")
    return value


def _never_null(value: Any) -> Any:
    """Refuse null where the source has no test rows of its own."""
    if value is None:
        raise ValueError("this source has no test rows of its own: write a share between 0 and 1, for example 0.2")
    return value


def _name_or_index(value: Any) -> Any:
    """Refuse in one message what is neither a name nor an index; a union would give one for each of its types."""
    if type(value) not in (str, int):
        raise ValueError(f"the name of a column or its index is needed here, not {value!r}")
    return value


GivenTest = Annotated[None, BeforeValidator(_null_only)]
Target = Annotated[str | int, BeforeValidator(_name_or_index)]
CutTest = Annotated[Fraction, BeforeValidator(_never_null)]
TASK = words(
    "What the target holds: classes; or, for regression, numbers, which are standardised by the training rows."
)


class Source(Block):
    """A source: its name, its shares of rows, and (a field or a property) what its `task` is."""

    drawn: ClassVar[bool] = False
    """Whether its rows are drawn at random, by params and the study's seed."""

    source: str
    val_fraction: Fraction = Field(
        0.2, description="Share kept for validation, of all rows that are no given test set; larger for small data."
    )
    test_fraction: Fraction | None = Field(
        0.2, description="Share of all rows kept for the test; null where the source brings its own test set."
    )

    @property
    def imputes(self) -> bool:
        """Whether missing cells are to be filled."""
        return False

    @model_validator(mode="after")
    def _leave_training_rows(self) -> Self:
        if self.test_fraction is not None and self.val_fraction + self.test_fraction >= 1:
            raise ValueError(
                f"val_fraction ({self.val_fraction}) and test_fraction ({self.test_fraction}) leave no rows to train "
                "on: their sum must be below 1"
            )
        return self


class Labelled(Source):
    @property
    def task(self) -> TaskName:
        """What is asked of a network."""
        return "classification"


SOURCE_PARAMS: Registry[type[Source]] = Registry(__name__)
