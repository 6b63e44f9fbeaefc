"""Params of the source `mnist`."""

from typing import Literal

from mindgap.params.sources._idx import Idx


class Mnist(Idx):
    """MNIST, handwritten digits: 70,000 images of 28x28 pixels in IDX files, with a test set of their own."""

    source: Literal["mnist"]
