"""Params of the source `fashion_mnist`."""

from typing import Literal

from mindgap.params.sources._idx import Idx


class FashionMnist(Idx):
    """Fashion-MNIST, pieces of clothing: 70,000 images of 28x28 pixels in IDX files, with a test set of their own."""

    source: Literal["fashion_mnist"]
