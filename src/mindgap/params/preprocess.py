"""How the rows are prepared."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from mindgap.params.base import Block, Real, TransformName

Center = Literal["none", "feature", "image", "channel"]


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

    transform: TransformName = Field(
        "none",
        description="Tables only: what is done to columns of numbers before all else. log: sign(x) log(1 + |x| / m) "
        "of those whose skewness is beyond 1, where m is the median of |x| other than 0; quantile: each number becomes "
        "the normal quantile of its rank, which also tames outliers. Where a search goes through them, by the name "
        "`transform`, this one is what the gates see, and baselines but for a tuned linear one.",
    )
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
