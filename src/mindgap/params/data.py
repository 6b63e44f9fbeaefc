"""Where the data come from, how they are split, and how they are prepared."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from mindgap.params.base import Block, Fraction, Integer, Real, TaskName

Center = Literal["none", "feature", "image", "channel"]


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


_GivenTest = Annotated[None, BeforeValidator(_null_only)]
_Target = Annotated[str | int, BeforeValidator(_name_or_index)]
_CutTest = Annotated[Fraction, BeforeValidator(_never_null)]
_TASK = "What the target holds: classes; or, for regression, numbers, which are standardised by the training rows."


class _Source(Block):
    val_fraction: Fraction = Field(
        0.2, description="Share kept for validation, of all rows that are no given test set; larger for small data."
    )
    test_fraction: Fraction | None = Field(
        0.2, description="Share of all rows kept for the test; null where the source brings its own test set."
    )

    @model_validator(mode="after")
    def _leave_training_rows(self) -> Self:
        if self.test_fraction is not None and self.val_fraction + self.test_fraction >= 1:
            raise ValueError(
                f"val_fraction ({self.val_fraction}) and test_fraction ({self.test_fraction}) leave no rows to train "
                "on: their sum must be below 1"
            )
        return self


class _Labelled(_Source):
    @property
    def task(self) -> TaskName:
        """What is asked of a network."""
        return "classification"


class Digits(_Labelled):
    """1,797 handwritten digits of 8x8 pixels, bundled with scikit-learn (UCI Optical Recognition)."""

    source: Literal["digits"]
    test_fraction: _CutTest = Field(0.2, description="Share of all rows kept for the test.")


class Idx(_Labelled):
    """MNIST or Fashion-MNIST: 70,000 images of 28x28 pixels in IDX files, with a test set of their own."""

    source: Literal["mnist", "fashion_mnist"]
    dir: str | None = Field(
        None,
        min_length=1,
        description="Folder of the four IDX files (.gz or plain), relative to the working directory; what is absent is "
        "downloaded into it. null: data/mnist or data/fashion_mnist.",
    )
    test_fraction: _GivenTest = Field(None, description="null: the source's own 10,000 test rows.")


class Csv(_Source):
    """A table of numbers and categories in a text file, one row an example."""

    source: Literal["csv"]
    path: str = Field(min_length=1, description="The file, relative to the working directory; UTF-8 text.")
    target: _Target = Field(-1, description="Column to predict: its name, or its index (-1 is the last).")
    task: TaskName = Field("classification", description=_TASK)
    delimiter: str | None = Field(
        None, min_length=1, max_length=1, description="Column separator; null finds it among comma, semicolon, tab, |."
    )
    header: bool | None = Field(None, description="Whether the first row holds names; null detects it.")
    missing: Literal["refuse", "impute"] = Field(
        "refuse",
        description="Empty cells (also ?, NA, N/A, NaN, null): refuse names them; impute takes the training rows' "
        "median (numbers) or most frequent category.",
    )
    test_path: str | None = Field(
        None,
        min_length=1,
        description="A second file of the same columns as the test set; then test_fraction must be null.",
    )

    @model_validator(mode="after")
    def _one_test_set(self) -> Self:
        if self.delimiter in ('"', "\r", "\n"):
            raise ValueError(f"delimiter {self.delimiter!r} cannot separate columns: use for example ',' or ';'")
        if self.test_path is not None and self.test_fraction is not None:
            raise ValueError(
                f"test_path gives the test rows, so write test_fraction: null (found {self.test_fraction})"
            )
        if self.test_path is None and self.test_fraction is None:
            raise ValueError("test_fraction is null and there is no test_path: give one of them, e.g. 0.2")
        return self


class Npz(_Source):
    """Arrays in a .npz file: `x` of shape (rows, ...) and `y` of shape (rows,), optionally `x_test`, `y_test`."""

    source: Literal["npz"]
    path: str = Field(
        min_length=1,
        description="The file, relative to the working directory. x may be (n, features), (n, height, width) or (n, "
        "height, width, channels); images of type uint8 are divided by 255.",
    )
    task: TaskName = Field("classification", description=_TASK)


class Diabetes(_Source):
    """442 diabetes patients and how far the disease went in a year, to be fitted; bundled with scikit-learn."""

    source: Literal["diabetes"]
    test_fraction: _CutTest = Field(0.2, description="Share of all rows kept for the test.")

    @property
    def task(self) -> TaskName:
        """What is asked of a network."""
        return "regression"


class Synthetic(_Source):
    """Points in the plane whose classes no line can separate; or a curve to be fitted, y = sin(2 pi x)."""

    source: Literal["synthetic"]
    kind: Literal["moons", "spirals", "xor", "circles", "sine"] = Field(
        "moons", description="Which figure; sine is a regression of y on x in -1..1, the others have classes."
    )
    rows: Integer = Field(1000, ge=20, le=1_000_000, description="Number of points.")
    classes: Integer = Field(
        2, ge=2, le=10, description="Number of arms; only spirals may have more than two, and a sine has none."
    )
    noise: Real = Field(
        0.1,
        ge=0,
        le=100,
        description="Standard deviation of the Gaussian noise on both coordinates; of a sine, on y alone.",
    )
    test_fraction: _CutTest = Field(0.2, description="Share of all rows kept for the test.")

    @model_validator(mode="after")
    def _arms_of_spirals_only(self) -> Self:
        if self.kind == "sine" and self.classes != 2:
            raise ValueError(
                f"kind sine has no classes: leave out classes (found {self.classes}), or write kind: spirals"
            )
        if self.kind != "spirals" and self.classes != 2:
            raise ValueError(f"kind {self.kind} has 2 classes, not {self.classes}: write classes: 2, or kind: spirals")
        return self

    @property
    def task(self) -> TaskName:
        """What is asked of a network."""
        return "regression" if self.kind == "sine" else "classification"


Data = Annotated[Digits | Idx | Csv | Npz | Diabetes | Synthetic, Field(discriminator="source")]


def _number_or_share(value: Any) -> int | float | None:
    """Refuse in one message what is neither a number of components nor a share; both may come as text."""
    if value is None:
        return None
    for kind in (int, float):
        try:
            number = kind(str(value))
        except ValueError:
            continue
        if number >= 1 if kind is int else 0 < number < 1:
            return number
    raise ValueError(
        f"a whole number of components, a share of the variance between 0 and 1, or null is needed here, not {value!r}"
    )


class Pca(Block):
    """Principal components in place of the features, in order of falling variance; images then are vectors."""

    components: Annotated[int | float | None, BeforeValidator(_number_or_share)] = Field(
        None,
        description="How many to keep: a whole number; a share below 1, as 0.95, for the fewest that hold this share "
        "of the variance; null for all.",
    )
    whiten: bool = Field(False, description="Divide each component by sqrt(its variance + epsilon).")
    epsilon: Real = Field(
        1e-5, gt=0, description="For whitening; larger where directions of little variance are only noise."
    )


class Preprocess(Block):
    """Statistics are fitted on the training rows and applied to all.

    Pixels are brought to 0..1 first (divided by 255, the digits by 16), so that `scale: none` is a sensible choice.
    """

    center: Center = Field(
        "feature",
        description="What to subtract: each feature's mean; for images also the mean image (the same numbers, refused "
        "for other data) or one mean for each channel.",
    )
    scale: Literal["none", "feature"] = Field(
        "feature", description="Divide each feature by its standard deviation; none keeps the relative sizes of pixels."
    )
    pca: Pca | None = Field(
        None,
        description="Rotate the centred, scaled features onto their principal components; null keeps the features.",
    )

    @model_validator(mode="after")
    def _centred_for_components(self) -> Self:
        if self.pca is not None and self.center not in ("feature", "image"):
            raise ValueError(
                f"pca turns the rows about their mean, so each feature must be centred: write center: feature, not "
                f"{self.center}; or pca: null"
            )
        return self
