"""The mean squared error."""

from mindgap.nn.arrays import Array
from mindgap.nn.losses._difference import Difference


class MSE(Difference):
    """d^2, averaged over the outputs; its slope is 2 d."""

    def _loss(self, difference: Array) -> Array:
        return difference * difference

    def _slope(self, difference: Array) -> Array:
        return 2 * difference
