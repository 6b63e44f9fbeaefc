"""A whole study: all blocks of params together."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from mindgap.metrics import METRICS
from mindgap.params.base import Block, Integer, Name, Real, not_taken
from mindgap.params.data import Data
from mindgap.params.folds import Folds
from mindgap.params.preprocess import Preprocess
from mindgap.params.remarks import remarks
from mindgap.params.run import Model, RunSpec, Train
from mindgap.params.search import Search
from mindgap.tasks import TASKS, Task


def _enough(shuffles: int | None) -> int | None:
    """So many that none of their scores being as good as the real one means something."""
    if shuffles is not None and shuffles < 19:
        raise ValueError("at least 19 shuffles are needed, as p can be no less than 1 / (shuffles + 1); null: none")
    return shuffles


class Check(Block):
    """The gates before money is spent."""

    on_failure: Literal["stop", "warn"] = Field("stop", description="Whether a failed gate stops the study.")
    permutation: Annotated[Integer | None, AfterValidator(_enough)] = Field(
        None,
        description="Shuffles of the labels (of a regression, the targets), at least 19, from which the study must "
        "learn less than from the real ones, with p at most 0.05; null: the gate is not asked.",
    )


class Costs(Block):
    """What a wrong decision between two classes costs; what is right costs nothing."""

    missed: Real = Field(gt=0, description="A row of the second class that is taken for the first.")
    false_alarm: Real = Field(1.0, gt=0, description="A row of the first class that is taken for the second.")


def _aim(value: Any) -> Any:
    """Refuse in one message what is no aim."""
    if value in (None, *AIMS) or isinstance(value, Costs):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"{', '.join(AIMS)} or costs such as {{missed: 10, false_alarm: 1}}, not {value!r}")
    try:
        return Costs(**value)
    except (TypeError, ValidationError):
        raise ValueError(
            f"costs are numbers above 0, as {{missed: 10, false_alarm: 1}}, or it is {' or '.join(AIMS)}; not {value!r}"
        ) from None


AIMS = ("f1", "balanced_accuracy")


class Final(Block):
    """The final training of the best candidates."""

    candidates: Integer = Field(3, ge=1, le=100, description="How many of the last level's best trials to train again.")
    seeds: Integer = Field(5, ge=1, le=1000, description="Times each is trained, each with its own random draws.")
    threshold: Annotated[Literal["f1", "balanced_accuracy"] | Costs | None, BeforeValidator(_aim)] = Field(
        None,
        description="Two classes only: where a network decides for the second, chosen on validation rows for the "
        "highest F1 or balanced accuracy, or for the least cost of what is missed and of false alarms, as in {missed: "
        "10, false_alarm: 1}; the saved model decides so too. null: for the class of the larger output.",
        examples=["null", "f1", "balanced_accuracy", "{missed: cost, false_alarm: cost}"],
    )
    temperature: bool = Field(
        False,
        description="Whether each final network's outputs are divided by the temperature at which its probabilities "
        "lose least on validation rows; its decisions stay. For cross_entropy only.",
    )
    save: Literal["first", "ensemble"] = Field(
        "first",
        description="What the saved model is: the network of the first seed; or the ensemble of all seeds, which says "
        "the mean of their probabilities, or of their outputs where these are none.",
    )

    @model_validator(mode="after")
    def _several_are_an_ensemble(self) -> Self:
        if self.save == "ensemble" and self.seeds == 1:
            raise ValueError("save: an ensemble is of several seeds, and seeds is 1; use more, or save: first")
        return self


class Baselines(Block):
    """What stands beside the network, tuned on the validation rows by the search's objective."""

    linear: Integer = Field(
        0,
        ge=0,
        le=1000,
        description="Strengths of the penalty that are tried for the linear baseline, 1 and others at equal distances "
        "in the logarithm, each with every transform that the search goes through; 0: it has the strength 1.",
    )
    trees: Integer = Field(
        0,
        ge=0,
        le=1000,
        description="Settings that are tried for a baseline of gradient-boosted trees (scikit-learn's, by histograms), "
        "first its own and then random ones, each with as many trees as the validation rows ask for; 0: there is no "
        "such baseline.",
    )


class Report(Block):
    """What people look at."""

    title: str | None = Field(
        None, min_length=1, max_length=200, description="Heading of the report; null: one made of the study's name."
    )


class Workflow(Block):
    """How the work is cut up; no result depends on it."""

    shard_size: Integer | None = Field(
        None,
        ge=1,
        description="Networks that one job trains, side by side; null: as many as take some seconds, or fewer, so that "
        "there are several jobs.",
    )


class Study(Block):
    """One params file, and all that follows from it."""

    study: Annotated[Name, AfterValidator(not_taken)] = Field(
        description="Names results/<study> and the MLflow experiment."
    )
    seed: Annotated[Integer, Field(ge=0, lt=2**63)] = Field(0, description="All random draws follow from it.")
    data: Data
    preprocess: Preprocess = Preprocess()
    model: Model = Model()
    train: Train = Train()
    check: Check = Check()
    search: Search | None = Field(None, description="null: no search, the model is trained as it stands.")
    final: Final = Final()
    baselines: Baselines = Baselines()
    report: Report = Report()
    workflow: Workflow = Workflow()

    @property
    def task(self) -> Task:
        """What is asked of the network."""
        return TASKS[self.data.task]

    def run(self) -> RunSpec:
        """The run that model and train describe, from which the search varies."""
        train = self.train
        if "loss" not in train.model_fields_set:
            train = train.model_copy(update={"loss": self.task.loss})
        chosen_by = self.objective.removeprefix("val_")
        if METRICS[chosen_by].final and chosen_by not in train.metrics:
            train = train.model_copy(update={"metrics": (*train.metrics, chosen_by)})
        return RunSpec(model=self.model, train=train, seed=self.seed)

    def remarks(self) -> list[str]:
        """What in the params has no effect, a sentence each."""
        space, levels = (self.search.space, self.search.levels) if self.search else ({}, {})
        rounds = [
            f"search.levels.{name}.round: {level.round} has no effect: tpe uses it, and sampler is {level.sampler}"
            for name, level in levels.items()
            if level.sampler != "tpe" and "round" in level.model_fields_set
        ]
        share, own = self.data.test_fraction, type(self.data).model_fields["test_fraction"].default
        unused = isinstance(self.data.folds, Folds) and share != own
        folds = [f"data.test_fraction: {share:g} has no effect: each of data.folds is once the test rows"] * unused
        return [*folds, *remarks(self.run(), space, self.search.choices if self.search else {}), *rounds]

    @property
    def objective(self) -> str:
        """What trials and candidates are chosen by."""
        asked = None if self.search is None else self.search.objective
        return asked or f"val_{self.task.headline}"
