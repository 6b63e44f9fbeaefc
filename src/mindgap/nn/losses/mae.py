"""The mean absolute error."""

from typing import ClassVar

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.nn.losses._difference import Difference


class MAE(Difference):
    """|d|, averaged over the outputs; its slope is the sign of d, 0 at 0."""

    kinked: ClassVar[bool] = True

    def _loss(self, difference: Array) -> Array:
        return np.abs(difference)

    def _slope(self, difference: Array) -> Array:
        return np.sign(difference)
