"""Params of sources in IDX files."""

from pydantic import Field

from mindgap.params.sources import GivenTest, Labelled


class Idx(Labelled):
    """70,000 images of 28x28 pixels in IDX files, with a test set of their own."""

    dir: str | None = Field(
        None,
        min_length=1,
        description="Folder of the four IDX files (.gz or plain), relative to the working directory; what is absent is "
        "downloaded into it. null: data/mnist or data/fashion_mnist.",
    )
    test_fraction: GivenTest = Field(None, description="null: the source's own 10,000 test rows.")
