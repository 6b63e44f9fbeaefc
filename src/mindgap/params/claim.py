"""A claim: what a lecture says, the arms that test it, the measure and the prediction, declared in a file."""

from collections.abc import Collection, Mapping
from itertools import chain, product
from math import isfinite
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mindgap.params.base import Block, Integer, Name, Real, not_taken
from mindgap.params.run import objectives
from mindgap.params.search import Range

Blocks = dict[str, dict[str, Any]]
"""Params of a study, block by block; those of an arm are laid over those of the claim and of the task."""

Label = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$")]
"""What people call an arm."""

JUDGES = 1000
"""Replicates that may judge, counted from 1; those beyond them tune."""

BLOCKS = ("data", "preprocess", "model", "train", "search", "probes", "simulation")

Ends = tuple[Real, Real]

Pair = tuple[Label, Label]


def _is_tuned_by(name: str) -> str:
    """An objective of a search, or the loss of the training rows."""
    there = [*objectives(), "train_loss"]
    if name not in there:
        raise ValueError(f"unknown name {name!r}; there are: {', '.join(there)}")
    return name


class Tune(Block):
    """What every arm tunes for itself, with the same budget, on splits that judge nothing."""

    space: dict[str, Range] = Field(
        min_length=1,
        description="Range of each tuned param, as in `search.space`; an arm tunes those that have an effect in it.",
    )
    trials: Integer = Field(24, ge=1, le=10_000, description="Points that each arm tries, spread evenly as by `qmc`.")
    splits: Integer = Field(
        3,
        ge=1,
        le=20,
        description="Splits on which each point is trained, with an initialisation and order of its own; the mean over "
        f"them counts. They are the replicates from {JUDGES + 1} on, none of which judges.",
    )
    epochs: Integer | None = Field(None, ge=1, description="Epochs of a trial; null: as many as the arm trains.")
    objective: Annotated[str, AfterValidator(_is_tuned_by)] | None = Field(
        None,
        description="What makes a point good: as `search.objective`, or train_loss where the measure is how soon or "
        "how far training lowers that.",
    )

    @property
    def slice(self) -> list[int]:
        """The replicates that tune, the first and the one after the last."""
        return [JUDGES + 1, JUDGES + 1 + self.splits]

    @property
    def trainings(self) -> int:
        """How many networks an arm trains to tune."""
        return self.trials * self.splits


Named = Annotated[dict[Name, dict[str, Any]], Field(min_length=1, max_length=1)]
"""The name of a component, and its settings."""


class Prediction(Block):
    """One number that the arms give, and where the claim says that it lies."""

    says: str | None = Field(None, description="The sentence that it tests; null: the claim's statement.")
    tasks: tuple[Name, ...] | None = Field(None, min_length=1, description="On which tasks; null: on all.")
    measure: Named | None = Field(None, description="What is measured; null: the claim's measure.")

    ratio: Pair | None = Field(None, description="The first arm's measure over the second's.")
    difference: Pair | None = Field(None, description="The first arm's measure minus the second's.")
    differences: tuple[Pair, Pair] | None = Field(
        None, description="The difference of the first pair of arms minus that of the second."
    )
    value: Label | None = Field(None, description="One arm's measure.")
    above: Real | None = Field(None, description="The claim says that it is above this.")
    below: Real | None = Field(None, description="The claim says that it is below this.")
    within: Ends | None = Field(None, description="The claim says that it lies between these.")
    stated: Real | None = Field(
        None, description="The strength that the lecture states, on the same side: at least, or at most, this."
    )

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that it is about."""
        pairs = self.differences or ((self.ratio or self.difference or (str(self.value),)),)
        return tuple(dict.fromkeys(chain.from_iterable(pairs)))

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if sum(asked is not None for asked in (self.ratio, self.difference, self.differences, self.value)) != 1:
            raise ValueError(
                "a prediction is about one of ratio: [arm, arm], difference: [arm, arm], "
                "differences: [[arm, arm], [arm, arm]], value: arm"
            )
        if sum(side is not None for side in (self.above, self.below, self.within)) != 1:
            raise ValueError("a prediction says one of above: number, below: number, within: [low, high]")
        for first, second in filter(None, (self.ratio, self.difference, *(self.differences or ()))):
            if first == second:
                raise ValueError(f"a prediction compares two arms, not {first} with itself")
        if self.differences is not None and self.differences[0] == self.differences[1]:
            raise ValueError("a prediction compares two differences, not one with itself")
        if self.within is not None and not self.within[0] < self.within[1]:
            raise ValueError(f"within: the low end must be below the high end, found {list(self.within)}")
        ends = [end for end in (self.above, self.below, *(self.within or ())) if end is not None]
        if self.ratio is not None and (min(ends) < 0 or max(ends) == 0):
            raise ValueError("a ratio is of numbers that are not negative: its limit must be above 0")
        if self.stated is not None and self.within is None:
            limit = self.above if self.above is not None else self.below
            if (self.stated < limit) if self.above is not None else (self.stated > limit):  # type: ignore[operator]
                raise ValueError(f"stated: {self.stated:g} claims no more than {limit:g}, which is claimed anyway")
        if self.stated is not None and self.within is not None:
            raise ValueError("stated goes with above or below; within says both ends itself")
        return self


def _of_an_arm(blocks: Blocks) -> Blocks:
    """Refuse blocks that a claim decides for all arms."""
    for name in blocks:
        if name not in BLOCKS:
            raise ValueError(f"an arm has no block {name!r}; it has {', '.join(BLOCKS)}")
    return blocks


ArmBlocks = Annotated[Blocks, AfterValidator(_of_an_arm)]


def _numbers(value: Any) -> Any:
    """Numbers in text as numbers, as YAML reads `1e-5` as text; all else as it is."""
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return number if isfinite(number) else value


class Claim(Block):
    """One claim, and the experiment that tests it."""

    claim: Annotated[Name, AfterValidator(not_taken)] = Field(description="What it is called, such as N7.")
    statement: Annotated[str, Field(min_length=1)] = Field(description="What is claimed, in one's own words.")
    source: str | None = Field(None, description="Who says so, and where; null: it is one's own question.")
    stated: str | None = Field(None, description="The strength that the source states, in words; null: none.")
    published: str | None = Field(
        None, description="Who has published what of it, on what, and how this differs; null: nothing."
    )
    tasks: dict[Name, ArmBlocks] = Field(
        min_length=1, description="The data that it is tested on, each with a name: params of a study."
    )
    base: ArmBlocks = Field({}, description="Params that all arms share, laid over those of the task.")
    arms: dict[Label, ArmBlocks] = Field(min_length=1, description="What differs, laid over the base.")
    tune: Tune | None = Field(None, description="null: no arm tunes anything.")
    replicates: Integer = Field(
        20, ge=2, le=JUDGES, description="Splits, initialisations and orders; all arms share them."
    )
    over: dict[Name, Annotated[list[Any], Field(min_length=1), BeforeValidator(_numbers)]] = Field(
        {},
        max_length=2,
        description="A param and its values, each of which every arm trains, in each replicate; of two, all pairs.",
    )
    measure: Named | None = Field(None, description="The measure's name, and its settings.")
    predict: tuple[Prediction, ...] = Field(min_length=1, description="What must hold, all of it.")
    pictures: tuple[Named, ...] = Field(({"values": {}},), description="What the page draws, and its settings.")

    @property
    def points(self) -> list[dict[str, Any]]:
        """What each arm trains in a replicate: the values of the sweep, all pairs of two; one empty point of none."""
        return [dict(zip(self.over, values, strict=True)) for values in product(*self.over.values())]

    def simulated(self, task: str) -> bool:
        """Whether a task is a simulation, in which nothing is trained on data."""
        return "simulation" in self.tasks[task]

    def measures(self) -> list[dict[str, dict[str, Any]]]:
        """The measure of each prediction."""
        return [prediction.measure or self.measure or {} for prediction in self.predict]

    @model_validator(mode="after")
    def _of_its_arms(self) -> Self:
        if not all(self.measures()):
            raise ValueError("predict: each prediction needs a measure, its own or the claim's")
        for prediction in self.predict:
            for task in prediction.tasks or ():
                if task not in self.tasks:
                    raise ValueError(f"predict: there is no task {task!r}; there are: {', '.join(self.tasks)}")
            for arm in prediction.arms:
                if arm not in self.arms:
                    raise ValueError(f"predict: there is no arm {arm!r}; there are: {', '.join(self.arms)}")
        for name, values in self.over.items():
            if any(values.count(value) > 1 for value in values):
                raise ValueError(f"over: {name} has a value twice")
        self._require_free(self.over, "over")
        self._require_free(self.tune.space if self.tune else (), "tune.space")
        for task in self.tasks:
            if not any(prediction.tasks is None or task in prediction.tasks for prediction in self.predict):
                raise ValueError(f"predict: nothing is predicted on the task {task}")
        return self

    def _require_free(self, names: Collection[str], place: str) -> None:
        """Refuse arms that set what all arms go through anyway."""
        for arm, blocks in self.arms.items():
            simulated = [own for own in blocks.get("simulation", {}).values() if isinstance(own, Mapping)]
            for name in chain(blocks.get("model", ()), blocks.get("train", ()), *simulated):
                if name in names:
                    raise ValueError(f"arms: {arm} sets {name}, which {place} goes through in all arms")
