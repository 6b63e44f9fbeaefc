"""What every block of params shares: strictness, and numbers as people write them."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Block(BaseModel):
    """A block of params: unknown keys are refused, values never change, infinities and NaN are no numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


def _not_boolean(value: Any) -> Any:
    """Refuse `true` where a number belongs; numbers in text stay allowed, as YAML reads `1e-5` as text."""
    if isinstance(value, bool):
        raise ValueError("a number is needed here, not true or false")
    return value


Real = Annotated[float, BeforeValidator(_not_boolean)]
Integer = Annotated[int, BeforeValidator(_not_boolean)]
Fraction = Annotated[Real, Field(gt=0, lt=1)]
TaskName = Literal["classification", "regression"]
TransformName = Literal["none", "log", "quantile"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


def class_name(value: Any) -> str:
    """A class as the sources call it, where whole numbers have no point."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"the name of a class is needed here, not {value!r}; one such as yes or true in quotes: 'yes'")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def known(names: Iterable[str]) -> AfterValidator:
    """A name that must stand in a registry of components; none of these is imported for it."""

    def check(name: str) -> str:
        if name not in set(names):
            raise ValueError(f"unknown name {name!r}; there are: {', '.join(names)}")
        return name

    return AfterValidator(check)


def not_taken(name: str) -> str:
    """A name that is no part of the results folder already."""
    if name.lower() in ("claims", "store", "ledger", "logs", "mlartifacts", "mlflow.db"):
        raise ValueError("results/ has a part of this name already; choose another")
    return name


def blocks_in(annotation: Any) -> list[type[Block]]:
    """All blocks that a field's type names, also inside unions and containers."""
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return [annotation]
    return [block for part in get_args(annotation) for block in blocks_in(part)]
