"""The search: which params are drawn from which ranges, level by level."""

from importlib.util import find_spec
from itertools import pairwise
from math import prod
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from mindgap.params.base import Block, Fraction, Integer, Name, Real
from mindgap.params.names import path_of
from mindgap.params.run import Objective


def _ascending(bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = bounds
    if not low < high:
        raise ValueError(f"the low end must be below the high end, found [{low:g}, {high:g}]")
    return bounds


class LogUniform(Block):
    """Uniform in the logarithm: for what acts by its order of magnitude, such as learning rates and penalties."""

    log_uniform: tuple[Real, Real]

    @field_validator("log_uniform")
    @classmethod
    def _positive(cls, bounds: tuple[float, float]) -> tuple[float, float]:
        if bounds[0] <= 0:
            raise ValueError(f"a log range begins above 0, found {bounds[0]:g}; 1e-6, say, or use `uniform`")
        return _ascending(bounds)


class Uniform(Block):
    """Uniform between two numbers."""

    uniform: tuple[Real, Real]
    _check = field_validator("uniform")(_ascending)


class IntegerRange(Block):
    """Whole numbers between two, both included, each as likely."""

    integer: tuple[Integer, Integer]
    _check = field_validator("integer")(_ascending)


class Categorical(Block):
    """One of a list, each as likely."""

    categorical: Annotated[tuple[Any, ...], Field(min_length=1)]


_KINDS = ("log_uniform", "uniform", "integer", "categorical")


def _kind(value: Any) -> str | None:
    names = list(type(value).model_fields if isinstance(value, Block) else value if isinstance(value, dict) else ())
    return names[0] if len(names) == 1 and names[0] in _KINDS else None


Range = Annotated[
    Annotated[LogUniform, Tag("log_uniform")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[IntegerRange, Tag("integer")]
    | Annotated[Categorical, Tag("categorical")],
    Discriminator(
        _kind,
        custom_error_type="range",
        custom_error_message="a range is one of {log_uniform: [low, high]}, {uniform: [low, high]}, "
        "{integer: [low, high]}, {categorical: [...]}",
    ),
]


def _without_nulls(value: Any) -> Any:
    """null takes away an entry that another params file put there."""
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(entry) for name, entry in value.items() if entry is not None}


def _last_kind(value: Any) -> Any:
    """Of the kinds that several params files gave a range, the last; null takes one away."""
    if not isinstance(value, dict):
        return value
    return {name: dict([*entry.items()][-1:]) if isinstance(entry, dict) else entry for name, entry in value.items()}


class Halving(Block):
    """Successive halving: all trials train for a few epochs, and of each rung only the best go on to the next."""

    eta: Integer = Field(3, ge=2, le=100, description="One trial in so many goes on, to so many times the epochs.")
    least: Integer = Field(
        1, ge=1, description="Epochs of the first rung are at least so many; the last rung's are the level's."
    )


class Rung(NamedTuple):
    """So many trials, which have trained for so many epochs at its end."""

    trials: int
    epochs: int


class Level(Block):
    """One pass of the search over its whole space."""

    trials: Integer = Field(ge=1, le=100_000, description="Points to try.")
    epochs: Integer = Field(ge=1, description="Passes over the training rows for each trial, at most.")
    sampler: Literal["random", "qmc", "grid", "tpe"] = Field(
        "random",
        description="random draws; qmc: a scrambled Sobol sequence, which covers the space more evenly; grid: every "
        "combination of k values of each range, both ends among them and at equal distances (in the logarithm if log), "
        "rounded if integer, and of all choices of each list. So of n numeric ranges, trials must be k^n times the "
        "numbers of choices, with k at least 2. After the first level a grid can have numeric ranges alone, as choices "
        "may be dropped. tpe: after a first round of random draws, rounds that are drawn where the trials before were "
        "good, by Optuna's tree-structured Parzen estimator (multivariate, constant liar); it needs Optuna.",
    )
    round: Integer = Field(
        10,
        ge=1,
        description="Trials of a round, for the sampler tpe: they train at once, and the next round knows what they "
        "reached. Small rounds know more, large ones use more cores. Which params matter is told from the "
        "first round alone, if it has ten trials at least.",
    )
    halving: Halving | None = Field(
        None,
        description="Rungs of epochs / eta^k epochs, rounded down, from `least` up to the level's. Trials go on from "
        "where they are, to the bits of one that trained through; schedules over epochs have the length of the last "
        "rung. Trials rank by the rung they reach, then by their value there. null: all trials train to the end.",
    )

    @model_validator(mode="after")
    def _halves(self) -> Self:
        if self.halving is not None and len(self.rungs) < 2:
            raise ValueError(
                f"halving: {self.epochs} epochs are one rung only, as {self.epochs} / {self.halving.eta} is less than "
                f"{self.halving.least}; more epochs, a smaller eta or a smaller least make more, or halving: null"
            )
        return self

    @model_validator(mode="after")
    def _asks_earlier_trials(self) -> Self:
        if self.sampler == "tpe":
            if self.halving is not None:
                raise ValueError("sampler: tpe knows the values of whole trials alone; use random, or halving: null")
            if find_spec("optuna") is None:
                raise ValueError("sampler: tpe needs Optuna: pip install 'optuna>=5,<6', or use random")
        return self

    @property
    def described(self) -> dict[str, Any]:
        """What trials depend on, in plain values: all but how they are halved, and a round that nothing asks for."""
        return self.model_dump(mode="json", exclude={"halving"} if self.sampler == "tpe" else {"halving", "round"})

    @property
    def rounds(self) -> list[tuple[int, int]]:
        """Ends of the numbers of trials that are drawn at once; all of them, unless they ask those before."""
        size = self.round if self.sampler == "tpe" else self.trials
        return list(pairwise([*range(0, self.trials, size), self.trials]))

    @property
    def rungs(self) -> list[Rung]:
        """The rungs from the first to the last, one alone without halving."""
        eta, least = (self.halving.eta, self.halving.least) if self.halving else (2, self.epochs)
        ends = [self.epochs]
        while ends[0] // eta >= least:
            ends.insert(0, ends[0] // eta)
        counts = [self.trials]
        for _ in ends[1:]:
            counts.append(-(-counts[-1] // eta))
        return [Rung(*pair) for pair in zip(counts, ends, strict=True)]


class Search(Block):
    """Search from coarse to fine: each level searches where the one before found its best trials."""

    objective: Objective | None = Field(
        None, description="What makes a trial good; null: val_accuracy for classes, val_rmse for regression."
    )
    space: Annotated[
        dict[str, Range], BeforeValidator(_last_kind), BeforeValidator(_without_nulls), Field(min_length=1)
    ] = Field(
        description="Range of each searched model or train param, by its name, and of `transform`, which is that of "
        "`preprocess`; null takes one away."
    )
    levels: Annotated[dict[Name, Level], BeforeValidator(_without_nulls), Field(min_length=1)] = Field(
        description="The passes, in order, each with a name; null takes one away."
    )
    keep: Fraction = Field(
        0.2, description="Share of a level's trials, at least 3, whose span the next level searches."
    )
    margin: Annotated[Real, Field(gt=0, le=1)] = Field(
        0.05, description="Widens that span at both ends, as a share of the range searched (in log units if log)."
    )

    @model_validator(mode="after")
    def _grids_are_whole(self) -> Self:
        for place, (name, level) in enumerate(self.levels.items()):
            if level.sampler != "grid":
                continue
            if place and self.choices:
                raise ValueError(
                    f"levels.{name}.sampler: after the first level a grid has numeric ranges alone, as choices may be "
                    f"dropped, and space has choices of {', '.join(self.choices)}; use random or qmc"
                )
            allowed = self._grids(level.trials)
            if level.trials not in allowed:
                raise ValueError(
                    f"levels.{name}.trials: a grid of this space has {' or '.join(map(str, allowed))} points, with as "
                    f"many values of each range, not {level.trials}"
                )
        return self

    def _grids(self, trials: int) -> list[int]:
        """The numbers of points nearest to `trials`, from below and above, of which a grid may be."""
        numeric = len(self.space) - len(self.choices)
        each = prod(len(values) for values in self.choices.values())
        if not numeric:
            return [each]
        whole = [domain.integer for domain in self.space.values() if isinstance(domain, IntegerRange)]
        most = min((high - low + 1 for low, high in whole), default=trials + 2)
        below = min(max(2, int((trials / each) ** (1 / numeric) + 1e-9)), most)
        return sorted({each * count**numeric for count in (below, min(below + 1, most))})

    @property
    def choices(self) -> dict[str, tuple[Any, ...]]:
        """The choices of each param that has such, by its name."""
        return {name: domain.categorical for name, domain in self.space.items() if isinstance(domain, Categorical)}

    @property
    def of_blocks(self) -> dict[str, tuple[int, int]]:
        """The high and the low end of each range of whole numbers that is of a setting of a block of convolution."""
        found = {name: domain.integer for name, domain in self.space.items() if isinstance(domain, IntegerRange)}
        return {name: (high, low) for name, (low, high) in found.items() if len(path_of(name)) > 1}
