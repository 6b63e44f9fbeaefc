"""The params of each source of data, a file a source; here what they share."""

from collections import Counter
from itertools import chain
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from mindgap.params.base import Block, Fraction, Integer, Real, TaskName, class_name
from mindgap.params.folds import AUTO, FEW, AskedFolds, Folds
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


def _groups(value: Any) -> Any:
    """Classes by their names, however YAML reads these; refuse in one message what is no list of groups of them."""
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(g, list | tuple) and len(g) > 1 for g in value):
        raise ValueError(f"groups of two classes or more are needed, such as [[0, 2, 4], [1, 3]], not {value!r}")
    groups = [[class_name(name) for name in group] for group in value]
    twice = [name for name, times in Counter(chain.from_iterable(groups)).items() if times > 1]
    if twice:
        raise ValueError(f"a class goes into one group, once; more often stands {', '.join(map(repr, twice))}")
    return groups


def _columns(value: Any) -> Any:
    """Refuse in one message what is no list of names or indices."""
    if not isinstance(value, list | tuple) or not all(type(column) in (str, int) for column in value):
        raise ValueError(f"a list of columns is needed, by name or index, such as [age, 3], not {value!r}")
    return value


def _some_columns(value: Any) -> Any:
    """One column alone as a list of it; see `_columns`."""
    return (value,) if type(value) in (str, int) else _columns(value)


def _orders(value: Any) -> Any:
    """Orders of categories by column; null takes one away; refuse in one message what is no list of two or more."""
    if not isinstance(value, dict):
        raise ValueError(f"columns with their order are needed, such as {{size: [S, M, L]}}, not {value!r}")
    orders = {}
    for column, order in value.items():
        if order is None:
            continue
        if type(column) not in (str, int) or not isinstance(order, list | tuple) or len(order) < 2:
            raise ValueError(
                f"an order of two categories or more is needed, from the least to the greatest, such as [S, M, L], for "
                f"{column!r}, not {order!r}"
            )
        orders[column] = tuple(map(class_name, order))
        if len(set(orders[column])) < len(order):
            raise ValueError(f"the order of {column!r} has a category twice: {', '.join(orders[column])}")
    return orders


GivenTest = Annotated[None, BeforeValidator(_null_only)]
Target = Annotated[str | int, BeforeValidator(_name_or_index)]
Columns = Annotated[tuple[str | int, ...], BeforeValidator(_columns)]
SomeColumns = Annotated[tuple[str | int, ...], BeforeValidator(_some_columns)]
Orders = Annotated[dict[str | int, tuple[str, ...]], BeforeValidator(_orders)]
Groups = Annotated[tuple[tuple[str, ...], ...] | None, BeforeValidator(_groups)]
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
    folds: AskedFolds = Field(
        AUTO,
        description="Whether all rows are cut into folds, each of which is once the test rows, where the whole study, "
        "its search too, is made without them. test_fraction then has no effect; classes are balanced, and the rows of "
        f"a group in one fold. auto: 5, once, for a file of one's own with fewer than {FEW:,} rows, where it can be, "
        "and else none. null: one split.",
        examples=[AUTO, "null", "{folds: 5, repeats: 1}"],
    )

    train_rows: Integer | None = Field(
        None,
        ge=1,
        description="Train on so many of the training rows, of each class its share, at least one; those of fewer are "
        "among those of more. Validation and test rows stay. null: all.",
    )
    label_noise: Real = Field(
        0.0,
        ge=0,
        lt=1,
        description="Classes only: share of the training labels replaced by another class, each as likely. Validation "
        "and test labels stay true.",
    )
    outliers: Real = Field(
        0.0,
        ge=0,
        lt=1,
        description="Regression only: share of the training targets moved upwards by ten of their standard deviations, "
        "before they are standardised. Validation and test targets stay true.",
    )
    blanks: Real = Field(
        0.0,
        ge=0,
        lt=1,
        description="Chance of each cell of the training rows to be missing: it counts as the mean of what is left of "
        "its feature, in a table as `missing: impute` has it. Validation and test rows stay complete.",
    )
    merge: Groups = Field(
        None,
        description="Classes only: groups of classes that become one each, such as [[0, 2, 4], [1, 3]], by the names "
        "that the source gives them; other classes stay. null: none.",
    )

    positive: Annotated[str | None, BeforeValidator(lambda name: None if name is None else class_name(name))] = Field(
        None,
        description="Two classes only: the one that precision, recall, F1, ROC AUC and average precision are of, and "
        "the threshold; it comes second. null: the second as the source has them, which sorts tables' classes.",
    )
    tolerance: Real | None = Field(
        None,
        gt=0,
        description="Regression only: by how much a prediction may be off, in the target's units, to count as right "
        "for within_tolerance. null: this is not measured.",
    )

    @property
    def imputes(self) -> bool:
        """Whether missing cells are to be filled."""
        return False

    @property
    def encoded(self) -> dict[str, Any]:
        """How columns become features, as `mindgap.data.encoding.fit_encoding` takes it."""
        return {}

    @model_validator(mode="after")
    def _leave_training_rows(self) -> Self:
        if isinstance(self.folds, Folds):
            return self._without_a_fold(self.folds.folds)
        if self.test_fraction is not None and self.val_fraction + self.test_fraction >= 1:
            raise ValueError(
                f"val_fraction ({self.val_fraction}) and test_fraction ({self.test_fraction}) leave no rows to train "
                "on: their sum must be below 1"
            )
        return self

    def _without_a_fold(self, folds: int) -> Self:
        if self.test_fraction is None:
            raise ValueError(
                "folds are of all rows, and test_fraction: null says that the source brings a test set: write folds: "
                "null, or give no test set"
            )
        if self.val_fraction + 1 / folds >= 1:
            raise ValueError(
                f"val_fraction ({self.val_fraction}) and one of {folds} folds leave no rows to train on: val_fraction "
                f"must be below {1 - 1 / folds:.2g}"
            )
        return self


class Labelled(Source):
    @property
    def task(self) -> TaskName:
        """What is asked of a network."""
        return "classification"


SOURCE_PARAMS: Registry[type[Source]] = Registry(__name__)
